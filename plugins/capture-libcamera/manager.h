/// The one camera manager of this process.
#pragma once

#include <memory>
#include <string>

#include "compat.h"

namespace porchlight::libcamera_source {

/// **Owns** the library's camera manager; a second one in a process aborts it, so a second object is refused. A manager
/// lists the cameras as they were when it was made: to see a camera that was plugged in since, make a new one.
/// **Thread**: thread-bound (capture). Throws Error(Unavailable).
class Manager {
  public:
    Manager();
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The camera with that id; without an id the only one of that model, or the first of all. An id that is gone is
    /// replaced by the only camera of `model` (ids contain bus numbers, which change with kernels).
    std::shared_ptr<libcamera::Camera> find(const std::string& id, const std::string& model) const;

    /// "0.0.3", as found at run time.
    static std::string version();

  private:
    std::string names() const;

    std::unique_ptr<libcamera::CameraManager> manager_;
};

}  // namespace porchlight::libcamera_source
