#include "worker/outbox.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxSmallMessages = 4096;

}  // namespace

void Outbox::setMaxBytes(std::size_t max_bytes) {
    const std::lock_guard lock(mutex_);
    max_bytes_ = max_bytes;
}

void Outbox::put(ipc::Message message) {
    {
        const std::lock_guard lock(mutex_);
        const bool is_vital = std::holds_alternative<ipc::StreamStarted>(message);
        if (!is_vital && waiting_.size() >= kMaxSmallMessages) return;
        waiting_.push_back(std::move(message));
    }
    waker_.notify();
}

void Outbox::putFragment(ipc::FragmentReady fragment) {
    {
        const std::lock_guard lock(mutex_);
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
        const std::lock_guard lock(mutex_);
        live_ = std::move(picture);
    }
    waker_.notify();
}

void Outbox::forgetLive() {
    const std::lock_guard lock(mutex_);
    live_.reset();
}

bool Outbox::isEmpty() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && !live_;
}

std::optional<ipc::Message> Outbox::next() {
    const std::lock_guard lock(mutex_);
    std::optional<ipc::Message> message;
    if (!waiting_.empty()) {
        message = std::move(waiting_.front());
        waiting_.pop_front();
        if (const auto* fragment = std::get_if<ipc::FragmentReady>(&*message)) fragment_bytes_ -= fragment->bytes.size();
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
            ++progress_.dropped_fragments;  // larger than a message may be: one lost picture, not a lost worker
        }
    }
}

}  // namespace porchlight::worker
