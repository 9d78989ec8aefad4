#include "camera/fleet/postbox.h"

namespace porchlight::camera {
namespace {

constexpr std::size_t kMaxPosted = 256;

}  // namespace

bool Postbox::post(std::string camera, Command command) {
    const LockGuard lock(mutex_);
    if (is_closed_ || posted_.size() >= kMaxPosted) return false;
    posted_.emplace_back(std::move(camera), std::move(command));
    return true;
}

std::vector<std::pair<std::string, Postbox::Command>> Postbox::take() {
    const LockGuard lock(mutex_);
    return std::exchange(posted_, {});
}

void Postbox::close() {
    const LockGuard lock(mutex_);
    is_closed_ = true;
}

}  // namespace porchlight::camera
