/// The owner's settings as controls of the camera, as far as it offers them.
#pragma once

#include <string>
#include <vector>

#include "compat.h"
#include "porchlight/settings.h"

namespace porchlight::libcamera_source {

/// Controls to start the camera with. They are looked up by name among those the camera lists, so that one
/// source compiles against all releases: names are stable, identifiers and header places are not.
class ControlWishes {
  public:
    /// `camera` must live as long as this object.
    explicit ControlWishes(const libcamera::Camera& camera);

    /// Takes what differs from "leave it to the camera". Throws Error(Misconfigured) for what this camera
    /// does not offer, with what it does, and for a value outside its range.
    void take(const Settings& settings);

    /// A fixed frame rate; false: the camera cannot be told.
    bool setRate(double rate_hz);

    const libcamera::ControlList& list() const noexcept { return list_; }

  private:
    const libcamera::ControlId* find(const std::string& name) const;
    /// False: not offered.
    bool set(const char* setting, const std::string& control, double value);
    std::string offered() const;
    void wish(const char* setting, const std::string& control, double value);
    void takeExposure(const Settings& settings);
    void takeFocus(const Settings& settings);

    const libcamera::Camera& camera_;
    libcamera::ControlList list_;
};

}  // namespace porchlight::libcamera_source
