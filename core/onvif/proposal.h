/// Which streams of a camera to record and to detect on. Pure.
#pragma once

#include <string>
#include <vector>

#include "onvif/camera.h"

namespace porchlight::onvif {

/// For one sensor or channel; pointers into the profiles that were judged.
struct Proposal {
    std::string source;
    const Profile* main = nullptr;
    const Profile* sub = nullptr;  ///< may be null
    std::string main_reason;       ///< for people, a sentence each
    std::string sub_reason;
};

/// One for each source that has a stream, in the camera's order.
std::vector<Proposal> propose(const std::vector<Profile>& profiles);

/// "H.264 2560x1440, 25 fps, GOP 50 (2 s), 4096 kbit/s": what is told.
std::string describe(const Profile& profile);

}  // namespace porchlight::onvif
