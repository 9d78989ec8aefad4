/// The one camera manager of this process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compat.h"

namespace porchlight::libcamera_source {

/// A lease of the library's camera manager, of which a second in a process aborts it; a second lease is
/// refused. Making one means looking through every media device, so the manager stays for the next lease:
/// while a camera is away it is asked every two seconds. It follows what is plugged in by itself; after a
/// minute a lease gets a new one all the same.
/// **Thread**: thread-bound (capture). Throws Error(Unavailable).
class Manager {
  public:
    Manager();
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The camera with that id; without an id the only one of that model, or the first of all. An id that is
    /// gone is replaced by the only camera of `model` (ids contain bus numbers, which change with kernels).
    std::shared_ptr<libcamera::Camera> find(const std::string& id, const std::string& model) const;

    std::vector<std::shared_ptr<libcamera::Camera>> cameras() const { return manager_->cameras(); }

    /// "0.0.3", as found at run time.
    static std::string version();

    /// "0.0.3", of the headers this was built with.
    static std::string builtWith();

  private:
    std::string names() const;

    libcamera::CameraManager* manager_ = nullptr;
};

}  // namespace porchlight::libcamera_source
