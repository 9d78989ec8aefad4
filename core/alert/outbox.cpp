#include "alert/outbox.h"

#include <algorithm>

namespace porchlight::alert {

namespace {

using AlertPtr = std::shared_ptr<const Alert>;

bool isStart(const AlertPtr& alert) {
    return alert->kind == AlertKind::EventStart;
}
bool isEnd(const AlertPtr& alert) {
    return alert->kind == AlertKind::EventEnd;
}
bool isUpdate(const AlertPtr& alert) {
    return alert->kind == AlertKind::EventUpdate;
}
bool isEvent(const AlertPtr& alert) {
    return isStart(alert) || isUpdate(alert) || isEnd(alert);
}

std::shared_ptr<const Alert> withoutPicture(const Alert& alert) {
    Alert without = alert;
    without.thumbnail = {};
    return std::make_shared<const Alert>(std::move(without));
}

}  // namespace

std::size_t Outbox::bytesOf(const Alert& alert) noexcept {
    std::size_t problems = 0;
    for (const std::string& problem : alert.problems) problems += sizeof problem + problem.size();
    return problems + sizeof(Alert) + alert.thumbnail.size() + alert.camera.size() + alert.event_id.size() +
           alert.zone.size() + alert.clip_url.size() + alert.thumbnail_url.size() + alert.state.size() +
           alert.reason.size() + alert.fault_kind.size() + alert.label.size();
}

void Outbox::push(std::shared_ptr<const Alert> alert) {
    if (!isEvent(alert)) forgetState(*alert);
    if (alert->thumbnail.size() > kMaxPictureBytes) {
        alert = withoutPicture(*alert);
        ++dropped_pictures_;
    }
    bytes_ += bytesOf(*alert);
    entries_.push_back(std::move(alert));
    if (bytes_ > kMaxBytes) dropOldestPictures();
    while (isTooFull() && dropOldestEvent()) {
    }
}

bool Outbox::isTooFull() const {
    return bytes_ > kMaxBytes ||
           static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), isEvent)) > kMaxEvents;
}

void Outbox::remove(const std::shared_ptr<const Alert>& alert) {
    const auto found = std::find(entries_.begin(), entries_.end(), alert);
    if (found != entries_.end()) erase(found);
}

void Outbox::erase(Entries::iterator entry) {
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
    return dropOldest(isUpdate) || dropOldestPair() || dropOldest(isStart) || dropOldestEnd();
}

void Outbox::drop(Entries::iterator entry) {
    erase(entry);
    ++dropped_;
}

/// An event that is over before anybody heard of it.
bool Outbox::dropOldestPair() {
    for (auto end = afterFirst(); end != entries_.end(); ++end) {
        if (!isEnd(*end)) continue;
        const auto start = std::find_if(afterFirst(), end, [&](const AlertPtr& other) {
            return isStart(other) && other->event_id == (*end)->event_id && other->camera == (*end)->camera;
        });
        if (start == end) continue;
        const auto place = start - entries_.begin();
        drop(end);
        drop(entries_.begin() + place);
        return true;
    }
    return false;
}

bool Outbox::dropOldest(bool (*is_one)(const AlertPtr&)) {
    const auto oldest = std::find_if(afterFirst(), entries_.end(), is_one);
    if (oldest == entries_.end()) return false;
    drop(oldest);
    return true;
}

/// Only ends are left: a later end of the same camera says as much.
bool Outbox::dropOldestEnd() {
    for (auto end = afterFirst(); end != entries_.end(); ++end) {
        const auto isLater = [&](const AlertPtr& other) {
            return isEnd(other) && other->camera == (*end)->camera;
        };
        if (!isEnd(*end) || std::none_of(end + 1, entries_.end(), isLater)) continue;
        drop(end);
        return true;
    }
    return false;
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
