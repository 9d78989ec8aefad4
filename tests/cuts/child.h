/// The recorder that is killed: two cameras at their real rate.
#pragma once

#include <cstdint>
#include <filesystem>

#include "record/recorder.h"
#include "unit/media/footage.h"

namespace cuts {

/// What the child tells through its pipe, whole at once (less than PIPE_BUF).
struct Note {
    enum Kind : std::uint32_t { Handed = 1, Announced } kind = Handed;
    std::uint32_t camera = 0;  ///< 0 continuous, 1 motion
    std::int64_t wall_us = 0;  ///< Handed: end of the footage handed to the recorder; Announced: now
    std::uint64_t event = 0;   ///< Announced: id
};

inline const char* nameOf(std::uint32_t camera) {
    return camera == 0 ? "always" : "moving";
}

porchlight::record::RecorderOptions optionsFor(const std::filesystem::path& folder);

/// Records until it is killed. Fragments of half a second, handed over at the moment they end; events of the
/// second camera last two seconds and follow each other every four. Never returns.
[[noreturn]] void runChild(const std::filesystem::path& folder, const footage::Stream& stream, int pipe);

}  // namespace cuts
