/// When long work ends early: a stop flag, a caller that left, a deadline.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "porchlight/time.h"

namespace porchlight::base {

/// Thrown by Cancel::check. No Error on purpose: what goes on after a failure (the next file, the next
/// camera) must not go on after this. Caught where the work was ordered.
class Cancelled : public std::exception {
  public:
    enum class Cause : std::uint8_t { Stopped = 1, TimedOut };
    explicit Cancelled(Cause cause) noexcept : cause_(cause) {}
    Cause cause() const noexcept { return cause_; }
    const char* what() const noexcept override {
        return cause_ == Cause::Stopped ? "stopped before the end" : "not done in the time it was given";
    }

  private:
    Cause cause_;
};

/// Asked once a round by every loop whose length is data: a fragment, a file, a row, a camera.
/// Copies ask the same flag. **Thread**: any thread, if what it asks is; never blocks.
class Cancel {
  public:
    Cancel() = default;  ///< never due
    /// `stop` must outlive all copies.
    explicit Cancel(const std::atomic<bool>& stop, Deadline deadline = never())
        : stop_(&stop), deadline_(deadline) {}
    /// `ask` must be cheap: it is called once a round.
    explicit Cancel(std::function<bool()> ask, Deadline deadline = never())
        : ask_(std::move(ask)), deadline_(deadline) {}
    explicit Cancel(Deadline deadline) : deadline_(deadline) {}

    static Deadline never() noexcept { return Deadline(Monotonic::time_point::max()); }

    bool isStopped() const { return (stop_ && stop_->load(std::memory_order_relaxed)) || (ask_ && ask_()); }
    bool isDue() const { return isStopped() || deadline_.isPast(); }

    /// Throws Cancelled when it is time to end.
    void check() const {
        if (isStopped()) throw Cancelled(Cancelled::Cause::Stopped);
        if (deadline_.isPast()) throw Cancelled(Cancelled::Cause::TimedOut);
    }

    /// The same, but over `span` from now at the latest.
    Cancel within(Monotonic::duration span) const {
        Cancel copy = *this;
        copy.deadline_ = deadline_.within(span);
        return copy;
    }

  private:
    const std::atomic<bool>* stop_ = nullptr;
    std::function<bool()> ask_;
    Deadline deadline_ = never();
};

}  // namespace porchlight::base
