#include "manager.h"

#include <atomic>
#include <cstring>
#include <iostream>

#include "porchlight/error.h"

namespace porchlight::libcamera_source {
namespace {

std::atomic<bool> is_in_use{false};

}  // namespace

Manager::Manager() {
    if (is_in_use.exchange(true))
        throw Error(ErrorKind::Unavailable, "open libcamera: the last session of this process has not ended yet");
    libcamera::logSetStream(&std::cerr);  // without colours: it goes to the journal
    libcamera::logSetLevel("*", "WARN");
    manager_ = std::make_unique<libcamera::CameraManager>();
    if (const int result = manager_->start(); result < 0) {
        manager_.reset();
        is_in_use = false;
        throw Error(ErrorKind::Unavailable, std::string("start libcamera: ") + std::strerror(-result));
    }
}

Manager::~Manager() {
    manager_->stop();
    manager_.reset();
    is_in_use = false;
}

std::string Manager::version() {
    std::string text = libcamera::CameraManager::version();
    return text.starts_with('v') ? text.substr(1) : text;
}

std::string Manager::names() const {
    std::string text;
    for (const auto& camera : manager_->cameras()) {
        if (!text.empty()) text += "; ";
        text += '\'' + camera->id() + "' (" + modelOf(*camera) + ')';
    }
    return text.empty() ? "libcamera finds no camera at all: is it plugged in, and may this user open /dev/media* and /dev/video*?"
                        : "found: " + text;
}

std::shared_ptr<libcamera::Camera> Manager::find(const std::string& id, const std::string& model) const {
    if (!id.empty())
        if (auto camera = manager_->get(id)) return camera;
    std::shared_ptr<libcamera::Camera> found;
    for (const auto& camera : manager_->cameras()) {
        if (!model.empty() ? modelOf(*camera) != model : !id.empty()) continue;
        if (found && !model.empty())
            throw Error(ErrorKind::Misconfigured, "more than one camera of model '" + model + "': set camera to one id; " + names());
        if (!found) found = camera;
    }
    if (found) return found;
    const std::string wanted = !id.empty() ? "camera '" + id + '\'' : !model.empty() ? "camera of model '" + model + '\'' : "a camera";
    throw Error(ErrorKind::Unavailable, "open " + wanted + ": not there; " + names());
}

}  // namespace porchlight::libcamera_source
