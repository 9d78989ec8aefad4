#include "worker/analyse/viewers.h"

#include <algorithm>
#include <utility>

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxStills = 16;

bool fits(int width_px, int max_width_px) noexcept {
    return max_width_px == 0 || width_px <= max_width_px;
}

}  // namespace

void Viewers::setLive(const ipc::Live& live) {
    const LockGuard lock(mutex_);
    live_ = live;
}

void Viewers::requestStill(const ipc::StillRequest& request) {
    {
        const LockGuard lock(mutex_);
        if (stills_.size() < kMaxStills) {
            stills_.push_back(Wish{request, clock_.now()});
            return;
        }
    }
    outbox_.put(ipc::Still{request.id, 0, "too many stills are waiting", {}});
}

void Viewers::refuseStills(const std::string& reason, Monotonic::duration age) {
    const LockGuard lock(mutex_);
    const auto latest = clock_.now() - age;
    for (; !stills_.empty() && stills_.front().asked_at <= latest; stills_.pop_front())
        outbox_.put(ipc::Still{stills_.front().request.id, 0, reason, {}});
}

bool Viewers::isAnyone() const {
    const LockGuard lock(mutex_);
    return live_.is_wanted || !stills_.empty();
}

bool Viewers::hasStills() const {
    const LockGuard lock(mutex_);
    return !stills_.empty();
}

/// What is wanted, when a live picture is due now.
std::optional<ipc::Live> Viewers::takeLiveTurn() {
    const auto now = clock_.now();
    const LockGuard lock(mutex_);
    if (!live_.is_wanted) return std::nullopt;
    // A quarter of a frame early is on time: cameras jitter.
    const auto interval = microseconds(1'000'000 / std::max<int>(live_.max_rate_hz, 1));
    if (now < live_due_ - interval / 4) return std::nullopt;
    live_due_ = std::max(live_due_ + interval, now + interval / 2);
    return live_;
}

/// All of them, or those that a picture of that width may answer as it is.
std::deque<Viewers::Wish> Viewers::takeStills(std::optional<int> that_fit_px) {
    const LockGuard lock(mutex_);
    const auto rest = std::stable_partition(stills_.begin(), stills_.end(), [&](const Wish& wish) {
        return !that_fit_px || fits(*that_fit_px, wish.request.max_width_px);
    });
    std::deque<Wish> out(std::make_move_iterator(stills_.begin()), std::make_move_iterator(rest));
    stills_.erase(stills_.begin(), rest);
    return out;
}

std::int64_t Viewers::wallUs(Monotonic::time_point at) const {
    const auto age = std::max(Monotonic::duration::zero(), clock_.now() - at);
    return clock_.wallNow().time_since_epoch().count() -
           std::chrono::duration_cast<microseconds>(age).count();
}

void Viewers::putLive(const Picture& picture, const ipc::Live& live) {
    outbox_.putLive({wallUs(picture.arrived_at), encoder_.encode(picture, live.max_width_px, live.quality)});
}

void Viewers::answerStills(const Picture& picture) {
    for (const Wish& wish : takeStills()) {
        ipc::Still still;
        still.id = wish.request.id;
        still.at_us = wallUs(takenAt(picture));
        try {
            still.jpeg = encoder_.encode(picture, wish.request.max_width_px, wish.request.quality);
        } catch (const Error& error) {
            still.error = error.what();
        }
        outbox_.put(std::move(still));
    }
}

void Viewers::show(const Picture& picture, bool is_clean) {
    if (const auto live = takeLiveTurn()) putLive(picture, *live);
    if (is_clean) answerStills(picture);
}

void Viewers::showJpeg(const Packet& packet, const MakePicture& decode) {
    const auto live = takeLiveTurn();
    if (!live && !hasStills()) return;
    const int width_px = jpegSize(packet.data).width_px;
    const base::Bytes bytes(packet.data.begin(), packet.data.end());
    const bool has_live_to_scale = live && !fits(width_px, live->max_width_px);
    if (live && !has_live_to_scale) outbox_.putLive({wallUs(packet.arrived_at), bytes});
    for (const Wish& wish : takeStills(width_px))
        outbox_.put(ipc::Still{wish.request.id, wallUs(takenAt(packet)), {}, bytes});
    if (!has_live_to_scale && !hasStills()) return;
    Picture picture = decode();
    picture.arrived_at = packet.arrived_at;
    picture.captured_at = packet.captured_at;
    if (has_live_to_scale) putLive(picture, *live);
    answerStills(picture);
}

}  // namespace porchlight::worker
