#include "record/cameras.h"

#include <algorithm>

namespace porchlight::record {

void Cameras::add(const CameraRecording& settings) {
    if (auto* camera = find(settings.name))
        camera->change(settings);
    else
        cameras_[settings.name] = std::make_unique<CameraRecorder>(context_, options_, listeners_, settings);
}

void Cameras::remove(const std::string& name) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    found->second->finish("camera_removed");
    cameras_.erase(found);
}

CameraRecorder* Cameras::find(const std::string& name) noexcept {
    const auto found = cameras_.find(name);
    return found == cameras_.end() ? nullptr : found->second.get();
}

std::map<std::string, RecordingStatus> Cameras::status() const {
    std::map<std::string, RecordingStatus> out;
    for (const auto& [name, camera] : cameras_) out[name] = camera->status();
    return out;
}

std::vector<disk::CameraLimits> Cameras::limits() const {
    std::vector<disk::CameraLimits> out;
    for (const auto& [name, camera] : cameras_)
        out.push_back({name, camera->settings().max_bytes, camera->settings().max_age});
    return out;
}

std::map<std::string, std::uint64_t> Cameras::openBytes() const {
    std::map<std::string, std::uint64_t> out;
    for (const auto& [name, camera] : cameras_) out[name] = camera->file().bytes();
    return out;
}

std::set<std::string> Cameras::openPaths() const {
    std::set<std::string> out;
    for (const auto& [name, camera] : cameras_)
        if (camera->file().isOpen()) out.insert(camera->file().path());
    return out;
}

std::optional<std::uint64_t> Cameras::spooledBytes() const {
    std::optional<std::uint64_t> out;
    for (const auto& [name, camera] : cameras_)
        if (camera->file().isSpooled()) out = out.value_or(0) + camera->file().bytes();
    return out;
}

std::set<std::string> Cameras::runningEvents() const {
    std::set<std::string> out;
    for (const auto& [name, camera] : cameras_) camera->collectEvents(out);
    return out;
}

std::optional<Monotonic::time_point> Cameras::rowRefusedSince() const noexcept {
    std::optional<Monotonic::time_point> out;
    for (const auto& [name, camera] : cameras_)
        if (const auto since = camera->rowRefusedSince()) out = std::min(*since, out.value_or(*since));
    return out;
}

std::string Cameras::volumeError() const {
    for (const auto& [name, camera] : cameras_)
        if (!camera->volumeError().empty()) return " (" + name + ": " + camera->volumeError() + ")";
    return {};
}

}  // namespace porchlight::record
