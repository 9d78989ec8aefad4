/// Which profile of a camera a setting means.
#pragma once

#include <string>
#include <vector>

#include "onvif/camera.h"

namespace porchlight::onvif {

/// `wanted`: the token of a profile, "main" (the best of the first sensor), or "sub" (the small one beside
/// `main`, which is a token or "main"). Null: the camera has no such stream. Pure.
const Profile* chosenProfile(const std::vector<Profile>& profiles, const std::string& wanted,
                             const std::string& main);

}  // namespace porchlight::onvif
