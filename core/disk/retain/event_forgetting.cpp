#include "disk/retain/event_forgetting.h"

namespace porchlight::disk {
namespace {

constexpr std::size_t kForgetPage = 40;
constexpr microseconds kForgetInterval = std::chrono::hours(1);
constexpr microseconds kDeletedInterval{30'000'000};

}  // namespace

void EventForgetting::forgetThumbnail(const store::EventRow& event) {
    if (event.has_thumbnail) leftovers_.remove(thumbnails_dir_ / event.camera / (event.id + ".jpg"));
}

bool EventForgetting::forgetOld() {
    if (clock_.now() < next_) return false;
    const WallTime before = clock_.wallNow() - max_age_;
    if (before < WallTime{}) return false;
    const auto forgotten = store_.events.forget(forgotten_until_, before, kForgetPage);
    for (const auto& event : forgotten.events) forgetThumbnail(event);
    if (forgotten.looked_at > 0) forgotten_until_ = forgotten.last_start;
    const std::size_t rows = store_.removals.forgetGone(before, kForgetPage);
    if (forgotten.looked_at == kForgetPage || rows == kForgetPage) return true;
    forgotten_until_ = WallTime::min();
    next_ = clock_.now() + kForgetInterval;
    return false;
}

void EventForgetting::forgetDeleted() {
    if (clock_.now() < next_deleted_) return;
    next_deleted_ = clock_.now() + kDeletedInterval;  // also after a failure
    const auto gone = store_.events.forgetRemoved(clock_.wallNow() - store::kRestoreTime, kForgetPage);
    for (const auto& event : gone) forgetThumbnail(event);
    if (gone.size() == kForgetPage) next_deleted_ = {};
}

}  // namespace porchlight::disk
