/// Settings of a camera that its owner may want otherwise.
#pragma once

#include <string>
#include <vector>

#include "onvif/camera.h"

namespace porchlight::onvif {

/// A sentence each, of the first sensor or channel; empty: all is well, or not told. Pure.
std::string adviceOn(std::vector<Profile> profiles);

}  // namespace porchlight::onvif
