#include "disk/recover/disk_memory.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"
#include "disk/recording_walk.h"

namespace porchlight::disk {
namespace {

constexpr const char* kKey =
    "recordings_elsewhere";  // "/name/name": the recordings folder itself is an empty name

}  // namespace

DiskMemory::DiskMemory(store::Store& store, std::filesystem::path recordings_dir)
    : store_(store), dir_(std::move(recordings_dir)) {
    const auto known = store_.meta.get(kKey);
    if (!known) return;
    elsewhere_.emplace();
    auto names = base::split(*known, '/');
    elsewhere_->insert(names.begin() + 1, names.end());
}

std::optional<bool> DiskMemory::isElsewhere(const std::string& camera) const {
    const auto folder = camera.empty() ? dir_ : dir_ / camera;
    const auto above = camera.empty() ? dir_.parent_path() : dir_;
    struct stat here {};
    struct stat there {};
    if (::stat(folder.c_str(), &here) == 0 && ::stat(above.c_str(), &there) == 0)
        return here.st_dev != there.st_dev;
    if (isFaultOfDisk(errno)) return std::nullopt;
    return false;
}

bool DiskMemory::isAway(const std::string& camera) const {
    if (!elsewhere_) return false;
    const auto isUnplugged = [&](const std::string& name) {
        return elsewhere_->contains(name) && !isElsewhere(name).value_or(false);
    };
    return isUnplugged("") || (!camera.empty() && isUnplugged(camera));
}

void DiskMemory::remember(const std::set<std::string>& cameras, const std::set<std::string>& kept) {
    std::set<std::string> now;
    const auto note = [&](const std::string& name, bool stays) {
        const auto is_elsewhere = isElsewhere(name);
        const bool is_kept = (stays || !is_elsewhere) && elsewhere_ && elsewhere_->contains(name);
        if (is_elsewhere.value_or(false) || is_kept) now.insert(name);
    };
    note("", !kept.empty());
    for (const std::string& camera : cameras) note(camera, kept.contains(camera));
    if (elsewhere_ == now) return;
    std::string text;
    for (const std::string& name : now) text += "/" + name;
    store_.meta.set(kKey, text);
    elsewhere_ = std::move(now);
}

void DiskMemory::forget() {
    elsewhere_.emplace();
    store_.meta.set(kKey, "");
}

}  // namespace porchlight::disk
