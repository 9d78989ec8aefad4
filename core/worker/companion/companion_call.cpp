#include "worker/companion/companion_call.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace porchlight::worker {
namespace {

/// While it lives `until_us` tells until when a call should have returned.
class CallMark {
  public:
    CallMark(std::atomic<std::int64_t>& until_us, Deadline deadline) : until_us_(until_us) {
        until_us_ = monotonicUs(deadline.at());
    }
    CallMark(const CallMark&) = delete;
    CallMark& operator=(const CallMark&) = delete;
    ~CallMark() { until_us_ = 0; }

  private:
    std::atomic<std::int64_t>& until_us_;
};

constexpr seconds kClose{2};  ///< what the destructor of a companion may take

}  // namespace

milliseconds planRest(const CompanionPatience& patience, ErrorKind kind, int failures) noexcept {
    if (kind == ErrorKind::Misconfigured || kind == ErrorKind::NotSupported) return patience.owners_rest;
    return std::min(patience.first_rest * (1 << std::clamp(failures, 0, 16)), patience.longest_rest);
}

template <class Call>
auto CompanionCall::guarded(Deadline deadline, const Call& call) {
    const CallMark mark(call_until_us_, deadline);
    try {
        return call();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::Exhausted, "ask the camera what it offers: out of memory");
    } catch (const std::exception& error) {
        throw Error(ErrorKind::Internal, error.what());
    }
}

CameraAbilities CompanionCall::open(Deadline deadline) {
    return guarded(deadline, [&] {
        if (!companion_) {
            companion_ = factory_();
            const LockGuard lock(mutex_);
            interruptible_ = companion_.get();
            if (is_interrupted_) companion_->interrupt();
        }
        return companion_->open(settings_, deadline);
    });
}

std::vector<CameraDetection> CompanionCall::watch(Deadline deadline) {
    return guarded(deadline, [&] { return companion_->watch(deadline); });
}

void CompanionCall::perform(const CameraCommand& command, Deadline deadline) {
    guarded(deadline, [&] { companion_->perform(command, deadline); });
}

void CompanionCall::close() {
    {
        const LockGuard lock(mutex_);
        interruptible_ = nullptr;
    }
    const CallMark mark(call_until_us_, Deadline::in(kClose));
    companion_.reset();
}

void CompanionCall::interrupt() noexcept {
    const LockGuard lock(mutex_);
    is_interrupted_ = true;
    if (interruptible_) interruptible_->interrupt();
}

microseconds CompanionCall::overdue() const noexcept {
    const std::int64_t until_us = call_until_us_;
    if (until_us == 0) return microseconds{0};
    return microseconds(std::max<std::int64_t>(monotonicUs(Monotonic::now()) - until_us, 0));
}

}  // namespace porchlight::worker
