#include "alert/outbox.h"

#include <algorithm>

namespace porchlight::alert {

namespace {

bool isEvent(const std::shared_ptr<const Alert>& alert) { return alert->kind == AlertKind::EventStart || alert->kind == AlertKind::EventEnd; }

std::shared_ptr<const Alert> withoutPicture(const Alert& alert) {
    Alert without = alert;
    without.thumbnail = {};
    return std::make_shared<const Alert>(std::move(without));
}

}  // namespace

std::size_t Outbox::bytesOf(const Alert& alert) noexcept {
    std::size_t problems = 0;
    for (const std::string& problem : alert.problems) problems += sizeof problem + problem.size();
    return problems + sizeof(Alert) + alert.thumbnail.size() + alert.camera.size() + alert.event_id.size() + alert.zone.size() + alert.clip_url.size() +
           alert.thumbnail_url.size() + alert.state.size() + alert.reason.size();
}

void Outbox::push(std::shared_ptr<const Alert> alert) {
    if (!isEvent(alert)) {
        forgetState(*alert);
    } else if (static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), isEvent)) >= kMaxEvents) {
        dropOldestEvent();
    }
    if (alert->thumbnail.size() > kMaxPictureBytes) {
        alert = withoutPicture(*alert);
        ++dropped_pictures_;
    }
    bytes_ += bytesOf(*alert);
    entries_.push_back(std::move(alert));
    if (bytes_ > kMaxBytes) dropOldestPictures();
    while (bytes_ > kMaxBytes && dropOldestEvent()) {
    }
}

void Outbox::remove(const std::shared_ptr<const Alert>& alert) {
    const auto found = std::find(entries_.begin(), entries_.end(), alert);
    if (found != entries_.end()) erase(found);
}

void Outbox::erase(std::deque<std::shared_ptr<const Alert>>::iterator entry) {
    bytes_ -= bytesOf(**entry);
    entries_.erase(entry);
}

/// Of a camera only the newest state is worth telling, of the appliance only its newest problems.
void Outbox::forgetState(const Alert& newer) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (isEvent(*entry) || (*entry)->kind != newer.kind || (*entry)->camera != newer.camera) continue;
        erase(entry);
        ++superseded_;
        return;
    }
}

bool Outbox::dropOldestEvent() {
    const auto oldest = std::find_if(entries_.begin(), entries_.end(), isEvent);
    if (oldest == entries_.end()) return false;
    erase(oldest);
    ++dropped_;
    return true;
}

void Outbox::dropOldestPictures() {
    for (auto entry = entries_.begin(); entry != entries_.end() && bytes_ > kMaxBytes; ++entry) {
        // The first may be in delivery and is known by its address: it stays as it is.
        if ((*entry)->thumbnail.empty() || entry == entries_.begin()) continue;
        bytes_ -= (*entry)->thumbnail.size();
        *entry = withoutPicture(**entry);
        ++dropped_pictures_;
    }
}

}  // namespace porchlight::alert
