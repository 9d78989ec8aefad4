/// What all parts of one unit are given.
#pragma once

#include <string>

#include "base/clock.h"
#include "camera/fleet_options.h"
#include "camera/listener.h"
#include "config/config.h"

namespace porchlight::camera {

/// Borrowed for the unit's life; owned by the unit (camera) and the fleet (the rest).
struct Site {
    const config::CameraConfig& camera;
    const FleetOptions& options;
    const base::Clock& clock;
    Listener& listener;

    std::string component() const { return "camera/" + camera.name; }  ///< of its lines in the log
};

}  // namespace porchlight::camera
