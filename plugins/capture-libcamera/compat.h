/// What differs between the releases of libcamera this plugin compiles against (0.0.3 to 0.7), in one place.
#pragma once

#include <libcamera/libcamera.h>

#include <cstdint>
#include <optional>
#include <string>

/// True when the headers are of release 0.`minor`.`patch` or later.
#define PORCHLIGHT_LIBCAMERA_AT_LEAST(minor, patch)                      \
    (LIBCAMERA_VERSION_MAJOR > 0 || LIBCAMERA_VERSION_MINOR > (minor) || \
     (LIBCAMERA_VERSION_MINOR == (minor) && LIBCAMERA_VERSION_PATCH >= (patch)))

namespace porchlight::libcamera_source {

enum class Turn : std::uint8_t { None = 1, Rotate180, Mirror, Flip };

#if PORCHLIGHT_LIBCAMERA_AT_LEAST(2, 0)
using TurnValue = libcamera::Orientation;
inline TurnValue& turnOf(libcamera::CameraConfiguration& configuration) {
    return configuration.orientation;
}
inline TurnValue turnValue(Turn turn) {
    switch (turn) {
        case Turn::Rotate180:
            return TurnValue::Rotate180;
        case Turn::Mirror:
            return TurnValue::Rotate0Mirror;
        case Turn::Flip:
            return TurnValue::Rotate180Mirror;
        case Turn::None:
            break;
    }
    return TurnValue::Rotate0;
}
#else
using TurnValue = libcamera::Transform;
inline TurnValue& turnOf(libcamera::CameraConfiguration& configuration) {
    return configuration.transform;
}
inline TurnValue turnValue(Turn turn) {
    switch (turn) {
        case Turn::Rotate180:
            return TurnValue::Rot180;
        case Turn::Mirror:
            return TurnValue::HFlip;
        case Turn::Flip:
            return TurnValue::VFlip;
        case Turn::None:
            break;
    }
    return TurnValue::Identity;
}
#endif

/// The sensor's name ("imx708", "HD Webcam"); empty when the camera does not tell.
inline std::string modelOf(const libcamera::Camera& camera) {
    const auto model = camera.properties().get(libcamera::properties::Model);
    return model ? std::string(*model) : std::string();
}

}  // namespace porchlight::libcamera_source
