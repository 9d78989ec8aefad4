#include "disk/retain/event_forgetting.h"

namespace porchlight::disk {
namespace {

constexpr std::size_t kForgetPage = 40;
constexpr microseconds kForgetInterval = std::chrono::hours(1);

}  // namespace

bool EventForgetting::step() {
    if (clock_.now() < next_) return false;
    const WallTime before = clock_.wallNow() - max_age_;
    if (before < WallTime{}) return false;
    const auto forgotten = store_.events.forget(forgotten_until_, before, kForgetPage);
    for (const auto& event : forgotten.events)
        if (event.has_thumbnail) leftovers_.remove(thumbnails_dir_ / event.camera / (event.id + ".jpg"));
    if (forgotten.looked_at > 0) forgotten_until_ = forgotten.last_start;
    const std::size_t rows = store_.removals.forgetGone(before, kForgetPage);
    if (forgotten.looked_at == kForgetPage || rows == kForgetPage) return true;
    forgotten_until_ = WallTime::min();
    next_ = clock_.now() + kForgetInterval;
    return false;
}

}  // namespace porchlight::disk
