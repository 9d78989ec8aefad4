#include "manager.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <iostream>

#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::libcamera_source {
namespace {

constexpr std::chrono::seconds kFresh{60};

/// The manager of this process, made when it is first needed. Used under the lease only.
struct Kept {
    std::unique_ptr<libcamera::CameraManager> manager;
    Monotonic::time_point made_at{};

    ~Kept() { drop(); }
    void drop() {
        if (manager) manager->stop();
        manager.reset();
    }
};

Kept& kept() {
    static Kept one;
    return one;
}

std::atomic<bool> is_leased{false};

void makeManager(Kept& place) {
    place.drop();
    libcamera::logSetStream(&std::cerr);  // without colours: it goes to the journal
    auto made = std::make_unique<libcamera::CameraManager>();
    if (const int result = made->start(); result < 0)
        throw Error(ErrorKind::Unavailable, std::string("start libcamera: ") + std::strerror(-result));
    // By name, and only once they are in use: early releases know no "*". These tell of every configuration.
    for (const char* category : {"*", "Camera", "V4L2", "RPI", "IPAManager", "IPARPI"})
        libcamera::logSetLevel(category, "WARN");
    place.manager = std::move(made);
    place.made_at = Monotonic::now();
}

}  // namespace

Manager::Manager() {
    if (is_leased.exchange(true))
        throw Error(ErrorKind::Unavailable,
                    "open libcamera: the last session of this process has not ended yet");
    try {
        Kept& place = kept();
        if (!place.manager || Monotonic::now() - place.made_at > kFresh) makeManager(place);
        manager_ = place.manager.get();
    } catch (...) {
        is_leased = false;
        throw;
    }
}

Manager::~Manager() {
    is_leased = false;
}

std::string Manager::version() {
    std::string text = libcamera::CameraManager::version();
    return text.starts_with('v') ? text.substr(1) : text;
}

std::string Manager::builtWith() {
    return std::to_string(LIBCAMERA_VERSION_MAJOR) + '.' + std::to_string(LIBCAMERA_VERSION_MINOR) + '.' +
           std::to_string(LIBCAMERA_VERSION_PATCH);
}

std::string Manager::names() const {
    std::string text;
    for (const auto& camera : manager_->cameras()) {
        if (!text.empty()) text += "; ";
        text += '\'' + camera->id() + "' (" + modelOf(*camera) + ')';
    }
    return text.empty() ? "libcamera finds no camera at all: is it plugged in, and may this user open "
                          "/dev/media* and /dev/video*?"
                        : "found: " + text;
}

std::shared_ptr<libcamera::Camera> Manager::find(const std::string& id, const std::string& model) const {
    if (!id.empty())
        if (auto camera = manager_->get(id)) return camera;
    std::shared_ptr<libcamera::Camera> found;
    for (const auto& camera : manager_->cameras()) {
        if (!model.empty() ? modelOf(*camera) != model : !id.empty()) continue;
        if (found && !model.empty())
            throw Error(ErrorKind::Misconfigured,
                        "more than one camera of model '" + model + "': set camera to one id; " + names());
        if (!found) found = camera;
    }
    if (found) return found;
    const std::string wanted = !id.empty()      ? "camera '" + id + '\''
                               : !model.empty() ? "camera of model '" + model + '\''
                                                : "a camera";
    throw Error(ErrorKind::Unavailable, "open " + wanted + ": not there; " + names());
}

}  // namespace porchlight::libcamera_source
