#include "camera/live_hub.h"

namespace porchlight::camera {

LiveHub::Viewer::Viewer(LiveHub& hub, std::string camera) : hub_(hub), camera_(std::move(camera)) {}

LiveHub::Viewer::~Viewer() {
    std::function<void(const std::string&, bool)> callback;
    {
        const LockGuard lock(hub_.mutex_);
        Slot& slot = hub_.slots_[camera_];
        --hub_.total_viewers_;
        if (--slot.viewers == 0) {
            slot.frame.reset();  // the next first viewer must not see an old picture
            callback = hub_.on_demand_change_;
        }
    }
    if (callback) callback(camera_, false);
}

std::shared_ptr<const LiveFrame> LiveHub::Viewer::next(std::uint64_t after, Deadline deadline) {
    UniqueLock lock(hub_.mutex_);
    Slot& slot = hub_.slots_[camera_];
    const auto isReady = [&]() PORCHLIGHT_REQUIRES(hub_.mutex_) {
        return hub_.is_closed_ || (slot.frame && slot.frame->number > after);
    };
    if (!hub_.changed_.waitUntil(lock, deadline.at(), isReady) || hub_.is_closed_) return nullptr;
    return slot.frame;
}

void LiveHub::onDemandChange(std::function<void(const std::string&, bool)> callback) {
    const LockGuard lock(mutex_);
    on_demand_change_ = std::move(callback);
}

std::unique_ptr<LiveHub::Viewer> LiveHub::watch(const std::string& camera) {
    std::function<void(const std::string&, bool)> callback;
    {
        const LockGuard lock(mutex_);
        if (is_closed_ || total_viewers_ >= max_viewers_) return nullptr;
        ++total_viewers_;
        if (++slots_[camera].viewers == 1) callback = on_demand_change_;
    }
    auto viewer = std::make_unique<Viewer>(*this, camera);
    if (callback) callback(camera, true);
    return viewer;
}

void LiveHub::publish(const std::string& camera, WallTime at, std::vector<std::uint8_t> jpeg) {
    {
        const LockGuard lock(mutex_);
        Slot& slot = slots_[camera];
        if (slot.viewers == 0) return;
        slot.frame = std::make_shared<const LiveFrame>(LiveFrame{++slot.number, at, std::move(jpeg)});
    }
    changed_.notifyAll();
}

std::uint32_t LiveHub::viewers(const std::string& camera) const {
    const LockGuard lock(mutex_);
    const auto found = slots_.find(camera);
    return found == slots_.end() ? 0 : found->second.viewers;
}

void LiveHub::setMaxViewers(std::uint32_t max_viewers) {
    const LockGuard lock(mutex_);
    max_viewers_ = max_viewers;
    parts_.setMaxViewers(max_viewers);
}

void LiveHub::close() {
    parts_.close();
    {
        const LockGuard lock(mutex_);
        is_closed_ = true;
    }
    changed_.notifyAll();
}

bool LiveHub::isClosed() const {
    const LockGuard lock(mutex_);
    return is_closed_;
}

}  // namespace porchlight::camera
