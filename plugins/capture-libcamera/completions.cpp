#include "completions.h"

#include <algorithm>
#include <chrono>

namespace porchlight::libcamera_source {

namespace {
/// The requests of a burst complete within one turn of the library's thread.
constexpr std::chrono::milliseconds kBurst{10};
}  // namespace

void Completions::onCompleted(libcamera::Request* request) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    const libcamera::FrameBuffer* const buffer = request->findBuffer(stream_);
    ready_.push(request, buffer != nullptr ? buffer->metadata().sequence : 0);
    changed_.notify_all();
}

void Completions::onDisconnected() {
    const std::lock_guard lock(mutex_);
    is_disconnected_ = true;
    changed_.notify_all();
}

void Completions::interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    changed_.notify_all();
}

void Completions::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    ready_.clear();
}

libcamera::Request* Completions::next(Deadline deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline.at(),
                        [this] { return !ready_.empty() || is_interrupted_ || is_disconnected_; });
    if (!ready_.empty())
        changed_.wait_until(lock, std::min(deadline.at(), Monotonic::now() + kBurst),
                            [this] { return ready_.hasNext() || is_interrupted_ || is_disconnected_; });
    return ready_.empty() || is_interrupted_ ? nullptr : ready_.take();
}

bool Completions::isInterrupted() {
    const std::lock_guard lock(mutex_);
    return is_interrupted_;
}

bool Completions::isDisconnected() {
    const std::lock_guard lock(mutex_);
    return is_disconnected_;
}

}  // namespace porchlight::libcamera_source
