/// One folder in which cut after cut is made and looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "unit/media/footage.h"

namespace cuts {

struct LaneOptions {
    std::filesystem::path folder;
    bool is_power = false;  ///< cut the power of its disk; else kill -9 only
    unsigned cuts = 10;
    unsigned seed = 1;
    bool is_strict = false;  ///< a single cut that takes more than a second is a failure; else one that takes
                             ///< more than 2.5 s
    unsigned decode_each = 10;  ///< every so many cuts all new files are decoded by ffmpeg as well
};

struct LaneReport {
    unsigned cuts = 0;
    unsigned files = 0;  ///< looked through, fragment by fragment
    unsigned decoded_files = 0;
    unsigned events = 0;   ///< announced, and found again after every later cut
    unsigned adopted = 0;  ///< findings of `check` are failures; this counts recordings seen after restarts
    std::vector<std::int64_t> missing_us;  ///< of each cut and camera: handed over, but not there afterwards
    std::vector<std::int64_t>
        behind_us;  ///< of each cut and camera: from the last picture there to the cut itself
    std::vector<std::string> failures;
};

/// Blocks until all cuts are made. Throws std::runtime_error when the disk cannot be made.
LaneReport runLane(const LaneOptions& options, const footage::Stream& stream);

}  // namespace cuts
