#include "worker/report/outbox.h"

#include <algorithm>

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxLogBytes = 128U << 10U;
constexpr std::size_t kMaxSmallBytes = 512U << 10U;
constexpr std::size_t kMaxPartBytes = 2U << 20U;
constexpr std::size_t kMessageBytes = 256;  ///< of the object and its place in the queue

std::size_t bytesOf(const std::vector<CameraItem>& items) noexcept {
    std::size_t bytes = items.size() * sizeof(CameraItem);
    for (const CameraItem& item : items) bytes += item.token.size() + item.name.size();
    return bytes;
}

std::size_t bytesOf(const ipc::Message& message) noexcept {
    if (const auto* line = std::get_if<ipc::LogLine>(&message))
        return kMessageBytes + line->component.size() + line->text.size();
    if (const auto* fault = std::get_if<ipc::Fault>(&message))
        return kMessageBytes + fault->issue.size() + fault->text.size();
    if (const auto* detection = std::get_if<ipc::DetectionReady>(&message))
        return kMessageBytes + detection->thumbnail.size() + detection->detection.zone.size() +
               detection->detection.regions.size() * sizeof(Region);
    if (const auto* still = std::get_if<ipc::Still>(&message))
        return kMessageBytes + still->jpeg.size() + still->error.size();
    if (const auto* stream = std::get_if<ipc::StreamStarted>(&message))
        return kMessageBytes + stream->init.size() + stream->description.size();
    if (const auto* answer = std::get_if<ipc::CommandAnswer>(&message))
        return kMessageBytes + answer->error.size();
    if (const auto* detected = std::get_if<ipc::CameraDetected>(&message))
        return kMessageBytes + detected->label.size() + detected->place.size();
    if (const auto* offer = std::get_if<ipc::Offer>(&message))
        return kMessageBytes + offer->problem.size() + offer->description.size() + offer->advice.size() +
               bytesOf(offer->presets) + bytesOf(offer->outputs);
    return kMessageBytes;
}

/// Nothing that the core waits for, or that nothing later says again, is dropped.
bool isVital(const ipc::Message& message) noexcept {
    return std::holds_alternative<ipc::StreamStarted>(message) ||
           std::holds_alternative<ipc::Heartbeat>(message) || std::holds_alternative<ipc::Hello>(message) ||
           std::holds_alternative<ipc::Offer>(message) || std::holds_alternative<ipc::CommandAnswer>(message);
}

}  // namespace

void Outbox::setMaxBytes(std::size_t max_bytes) {
    const LockGuard lock(mutex_);
    max_bytes_ = max_bytes;
}

void Outbox::push(ipc::Message message, std::size_t bytes) {
    small_bytes_ += bytes;
    waiting_.push_back(std::move(message));
}

/// A newer heartbeat says all that an older one says, and so does an announcement that no fragment has
/// followed.
bool Outbox::replaceWaiting(ipc::Message& message) {
    if (std::holds_alternative<ipc::Heartbeat>(message)) {
        const auto isHeartbeat = [](const ipc::Message& m) {
            return std::holds_alternative<ipc::Heartbeat>(m);
        };
        const auto old = std::find_if(waiting_.begin(), waiting_.end(), isHeartbeat);
        if (old == waiting_.end()) return false;
        *old = std::move(message);
        return true;
    }
    if (std::holds_alternative<ipc::Offer>(message)) {
        const auto isOffer = [](const ipc::Message& m) { return std::holds_alternative<ipc::Offer>(m); };
        const auto old = std::find_if(waiting_.begin(), waiting_.end(), isOffer);
        if (old == waiting_.end()) return false;
        small_bytes_ += bytesOf(message) - bytesOf(*old);
        *old = std::move(message);
        return true;
    }
    if (!std::holds_alternative<ipc::StreamStarted>(message) || waiting_.empty() ||
        !std::holds_alternative<ipc::StreamStarted>(waiting_.back()))
        return false;
    small_bytes_ += bytesOf(message) - bytesOf(waiting_.back());
    waiting_.back() = std::move(message);
    return true;
}

void Outbox::put(ipc::Message message) {
    {
        const LockGuard lock(mutex_);
        if (!replaceWaiting(message)) {
            const std::size_t bytes = bytesOf(message);
            auto* still = std::get_if<ipc::Still>(&message);
            const std::size_t most =
                std::holds_alternative<ipc::LogLine>(message) ? kMaxLogBytes : kMaxSmallBytes;
            if (still && small_bytes_ > 0 &&
                small_bytes_ + fragment_bytes_ + bytes > max_bytes_ + kMaxSmallBytes) {
                ++progress_.dropped_messages;
                push(ipc::Still{still->id, 0, "the core reads too slowly", {}}, kMessageBytes);
            } else if (!isVital(message) && !still && small_bytes_ + bytes > most) {
                ++progress_.dropped_messages;
                return;
            } else {
                push(std::move(message), bytes);
            }
        }
    }
    waker_.notify();
}

void Outbox::putFragment(ipc::FragmentReady fragment) {
    {
        const LockGuard lock(mutex_);
        if (is_dropping_ && fragment.starts_with_key) is_dropping_ = false;
        if (fragment_bytes_ > 0 && fragment_bytes_ + fragment.bytes.size() > max_bytes_) is_dropping_ = true;
        if (is_dropping_) {
            ++progress_.dropped_fragments;
            return;
        }
        ++progress_.fragments;
        fragment_bytes_ += fragment.bytes.size();
        waiting_.emplace_back(std::move(fragment));
    }
    waker_.notify();
}

void Outbox::putLive(ipc::LivePicture picture) {
    {
        const LockGuard lock(mutex_);
        if (live_) ++progress_.dropped_messages;
        live_ = std::move(picture);
    }
    waker_.notify();
}

void Outbox::forgetLive() {
    const LockGuard lock(mutex_);
    live_.reset();
}

void Outbox::putPart(ipc::LivePart part) {
    {
        const LockGuard lock(mutex_);
        if (is_dropping_parts_ && part.is_key) is_dropping_parts_ = false;
        if (!parts_.empty() && part_bytes_ + part.bytes.size() > kMaxPartBytes) {
            progress_.dropped_messages += parts_.size();
            parts_.clear();
            part_bytes_ = 0;
            is_dropping_parts_ = !part.is_key;
        }
        if (is_dropping_parts_) {
            ++progress_.dropped_messages;
            return;
        }
        part_bytes_ += part.bytes.size() + kMessageBytes;
        parts_.push_back(std::move(part));
    }
    waker_.notify();
}

void Outbox::forgetParts() {
    const LockGuard lock(mutex_);
    parts_.clear();
    part_bytes_ = 0;
    is_dropping_parts_ = false;
}

bool Outbox::isEmpty() const {
    const LockGuard lock(mutex_);
    return waiting_.empty() && !live_ && parts_.empty();
}

std::size_t Outbox::bytes() const {
    const LockGuard lock(mutex_);
    return fragment_bytes_ + small_bytes_ + part_bytes_ + (live_ ? live_->jpeg.size() : 0);
}

std::optional<ipc::Message> Outbox::next() {
    const LockGuard lock(mutex_);
    std::optional<ipc::Message> message;
    if (!waiting_.empty()) {
        message = std::move(waiting_.front());
        waiting_.pop_front();
        if (const auto* fragment = std::get_if<ipc::FragmentReady>(&*message))
            fragment_bytes_ -= fragment->bytes.size();
        else
            small_bytes_ -= bytesOf(*message);
    } else if (!parts_.empty()) {
        part_bytes_ -= parts_.front().bytes.size() + kMessageBytes;
        message = std::move(parts_.front());
        parts_.pop_front();
    } else if (live_) {
        message = std::move(*live_);
        live_.reset();
    }
    return message;
}

void Outbox::pump(ipc::Channel& channel) {
    channel.flush();
    // Messages wait here rather than in the channel: here the newest picture can still replace an older one.
    while (channel.outboxBytes() == 0) {
        std::optional<ipc::Message> message = next();
        if (!message) return;
        try {
            channel.send(*message);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            ++progress_
                  .dropped_fragments;  // larger than a message may be: one lost picture, not a lost worker
        }
    }
}

}  // namespace porchlight::worker
