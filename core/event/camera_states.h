/// What a camera says that it sees, as long as it counts.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "porchlight/companion.h"
#include "porchlight/detect.h"

namespace porchlight::event {

/// The camera's own detections. A **state** lasts until the camera says its end, or has not said it again for
/// kStateHolds: a camera that never says an end must not hold an event for ever, and one that watches a
/// parked car says it again. A **moment**, of which no end is told, lasts kMomentHolds. What has ended is
/// remembered for kLinger, so that it names the motion that is found a little later.
///
/// Bounded: kMaxStates at once, the oldest goes. Of the camera's names for its rules the first kMaxPlaces are
/// kept: each becomes a zone of the history, and no camera may fill that with names.
/// **Thread**: thread-bound; all times come from outside. **Throws** nothing but std::bad_alloc.
class CameraStates {
  public:
    static constexpr std::size_t kMaxStates = 64;
    static constexpr std::size_t kMaxPlaces = 16;
    static constexpr seconds kStateHolds{600};
    static constexpr seconds kMomentHolds{3};
    static constexpr seconds kLinger{3};

    /// `labels`: those that count; the others are not heard.
    explicit CameraStates(std::vector<std::string> labels) : labels_(std::move(labels)) {}

    /// True: something that counts began, or is said again.
    bool take(const CameraDetection& said, Monotonic::time_point now);

    /// What the camera said last is over now.
    void endAll(Monotonic::time_point now);

    /// What the time has ended.
    void expire(Monotonic::time_point now);

    /// The most telling of what is seen now, as the picture's detection; nothing when nothing is.
    std::optional<Detection> seen() const;

    /// The same, with what ended a moment ago.
    std::optional<Detection> seenLately() const;

  private:
    struct State {
        std::string label;
        std::string place;
        float score = 0;
        Monotonic::time_point until;
        bool is_over = false;  ///< only remembered
    };

    bool counts(const std::string& label) const;
    std::string placeOf(const std::string& place);
    void note(const CameraDetection& said, const std::string& place, Monotonic::time_point now);
    std::optional<Detection> best(bool with_over) const;

    const std::vector<std::string> labels_;
    std::vector<State> states_;  ///< oldest first
    std::set<std::string> places_;
};

}  // namespace porchlight::event
