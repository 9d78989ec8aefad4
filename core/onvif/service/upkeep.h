/// The camera's clock, its restart, and keyframes when they are wanted.
#pragma once

#include <string>

#include "onvif/camera.h"

namespace porchlight::onvif {

/// All block as Client does and throw OnvifError.

/// To `now`, as UTC; keeps the time zone that the camera has. It then asks no time server any more.
void setTime(Client& client, WallTime now);

/// Takes effect some seconds later.
void restart(Client& client);

/// The next picture of the stream is a keyframe.
void askKeyframe(Client& client, const Services& services, int media_version, const std::string& profile);

}  // namespace porchlight::onvif
