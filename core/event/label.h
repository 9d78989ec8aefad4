/// What can be seen, in words, and which word tells more.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::event {

/// A word of an event's label, and how telling it is: of several the one with the highest rank is the
/// event's.
struct LabelFacts {
    std::string_view label;
    int rank;
    bool is_default;  ///< counts where `detect.labels` says nothing
};

/// What cameras detect by themselves (CameraDetection::label), but for troubles. What moves and lives comes
/// first; that something moved at all, was heard or closed a contact tells least.
inline constexpr std::array<LabelFacts, 9> kLabels{{
    {"person", 10, true},
    {"vehicle", 9, true},
    {"animal", 8, true},
    {"face", 7, true},
    {"package", 6, true},
    {"line", 4, true},
    {"motion", 3, true},
    {"input", 2, false},
    {"sound", 1, false},
}};

inline constexpr int kRankOfOther = 5;  ///< a word of a detector's own: "bicycle"

inline constexpr const LabelFacts* factsOf(std::string_view label) noexcept {
    for (const LabelFacts& facts : kLabels)
        if (facts.label == label) return &facts;
    return nullptr;
}

/// Empty is motion.
constexpr int rankOf(std::string_view label) noexcept {
    const LabelFacts* facts = factsOf(label.empty() ? std::string_view("motion") : label);
    return facts == nullptr ? kRankOfOther : facts->rank;
}

/// What the camera's own detections are good for.
enum class CameraWord : std::uint8_t {
    Ignored = 1,  ///< nobody listens
    Opens,        ///< they open events and keep them open; no picture is looked at for it
    Labels,       ///< motion opens events, the camera says what it was
    Vetoes,       ///< motion opens an event only if the camera saw something as well
};

}  // namespace porchlight::event
