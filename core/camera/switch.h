/// What somebody switched at run time, against the configuration.
#pragma once

#include <string>

#include "porchlight/time.h"

namespace porchlight::camera {

/// Survives restarts until it is switched back, or until the owner changes the same key of the configuration:
/// whoever spoke last is heard.
struct Switch {
    std::string camera;
    std::string key;         ///< enabled, detect, record
    std::string value;       ///< on, off; of record: off, motion, continuous
    std::string configured;  ///< what the configuration says instead
    std::string by;          ///< the user's name; "local" for the command line
    WallTime at{};
    bool operator==(const Switch&) const = default;
};

}  // namespace porchlight::camera
