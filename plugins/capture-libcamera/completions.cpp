#include "completions.h"

#include <algorithm>
#include <chrono>

namespace porchlight::libcamera_source {

namespace {
/// The requests of a burst complete within one turn of the library's thread.
constexpr std::chrono::milliseconds kBurst{10};
}  // namespace

void Completions::onCompleted(libcamera::Request* request) {
    const LockGuard lock(mutex_);
    if (is_closed_) return;
    const libcamera::FrameBuffer* const buffer = request->findBuffer(stream_);
    ready_.push(request, buffer != nullptr ? buffer->metadata().sequence : 0);
    changed_.notifyAll();
}

void Completions::onDisconnected() {
    const LockGuard lock(mutex_);
    is_disconnected_ = true;
    changed_.notifyAll();
}

void Completions::interrupt() noexcept {
    const LockGuard lock(mutex_);
    is_interrupted_ = true;
    changed_.notifyAll();
}

void Completions::close() {
    const LockGuard lock(mutex_);
    is_closed_ = true;
    ready_.clear();
}

libcamera::Request* Completions::next(Deadline deadline) {
    UniqueLock lock(mutex_);
    changed_.waitUntil(lock, deadline.at(), [this]() PORCHLIGHT_REQUIRES(mutex_) {
        return !ready_.empty() || is_interrupted_ || is_disconnected_;
    });
    if (!ready_.empty())
        changed_.waitUntil(lock, std::min(deadline.at(), Monotonic::now() + kBurst),
                           [this]() PORCHLIGHT_REQUIRES(mutex_) {
                               return ready_.hasNext() || is_interrupted_ || is_disconnected_;
                           });
    return ready_.empty() || is_interrupted_ ? nullptr : ready_.take();
}

bool Completions::isInterrupted() {
    const LockGuard lock(mutex_);
    return is_interrupted_;
}

bool Completions::isDisconnected() {
    const LockGuard lock(mutex_);
    return is_disconnected_;
}

}  // namespace porchlight::libcamera_source
