#include "alert/outbox.h"

#include <algorithm>

namespace porchlight::alert {

namespace {

bool isEvent(const std::shared_ptr<const Alert>& alert) { return alert->kind != AlertKind::CameraState; }

}  // namespace

void Outbox::push(std::shared_ptr<const Alert> alert) {
    if (!isEvent(alert)) {
        std::erase_if(entries_, [&](const auto& entry) { return !isEvent(entry) && entry->camera == alert->camera; });
    } else if (static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), isEvent)) >= kMaxEvents) {
        dropOldestEvent();
    }
    entries_.push_back(std::move(alert));
    dropOldestPictures();
}

void Outbox::remove(const std::shared_ptr<const Alert>& alert) { std::erase(entries_, alert); }

void Outbox::dropOldestEvent() {
    const auto oldest = std::find_if(entries_.begin(), entries_.end(), isEvent);
    if (oldest == entries_.end()) return;
    entries_.erase(oldest);
    ++dropped_;
}

void Outbox::dropOldestPictures() {
    std::size_t bytes = 0;
    for (const auto& entry : entries_) bytes += entry->thumbnail.size();
    for (auto entry = entries_.begin(); entry != entries_.end() && bytes > kMaxPictureBytes; ++entry) {
        // The first may be in delivery and is known by its address: it stays as it is.
        if ((*entry)->thumbnail.empty() || entry == entries_.begin()) continue;
        bytes -= (*entry)->thumbnail.size();
        Alert without = **entry;
        without.thumbnail.clear();
        *entry = std::make_shared<const Alert>(std::move(without));
    }
}

}  // namespace porchlight::alert
