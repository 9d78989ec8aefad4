#include "worker/companion/watcher.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace porchlight::worker {

Watcher::Watcher(CompanionCall::Factory factory, Settings settings, const CompanionPatience& patience,
                 OfferBoard& board, Outbox& outbox, const base::Clock& clock)
    : patience_(patience),
      board_(board),
      outbox_(outbox),
      clock_(clock),
      call_(std::move(factory), std::move(settings)),
      thread_("cam-watch", [this] { run(); }) {}

void Watcher::stop() noexcept {
    {
        const LockGuard lock(mutex_);
        is_stopping_ = true;
        changed_.notifyAll();
    }
    call_.interrupt();
}

bool Watcher::waitEnded(Deadline deadline) {
    UniqueLock lock(mutex_);
    return changed_.waitUntil(lock, deadline.at(),
                              [this]() PORCHLIGHT_REQUIRES(mutex_) { return has_ended_; });
}

bool Watcher::isStopping() {
    const LockGuard lock(mutex_);
    return is_stopping_;
}

void Watcher::run() {
    while (!isStopping()) rest(attempt());
    call_.close();
    const LockGuard lock(mutex_);
    has_ended_ = true;
    changed_.notifyAll();
}

/// How long to rest until the next one.
milliseconds Watcher::attempt() {
    is_open_ = false;
    try {
        const CameraAbilities abilities = call_.open(Deadline::in(patience_.open));
        is_open_ = true;
        board_.there(abilities);
        if (!abilities.is_detecting) {
            failures_ = 0;
            return patience_.refresh;
        }
        watchAll();
        return milliseconds{0};
    } catch (const Error& error) {
        if (isStopping()) return milliseconds{0};
        if (is_open_)
            board_.setTrouble(error.what());
        else
            board_.gone(error.what());
        lasting_.doubt();
        doubt_until_ = Monotonic::now() + patience_.confirm;
        // Without detections the camera is still asked what it offers.
        if (is_open_ && error.kind() == ErrorKind::NotSupported) return patience_.refresh;
        return planRest(patience_, error.kind(), failures_++);
    }
}

void Watcher::watchAll() {
    const auto opened_at = Monotonic::now();
    if (lasting_.isAnyDoubtful()) doubt_until_ = opened_at + patience_.confirm;
    while (!isStopping()) {
        const auto until = lasting_.isAnyDoubtful() ? patience_.confirm : patience_.watch;
        const auto detections = call_.watch(Deadline::in(std::min(until, patience_.watch)));
        const auto now = Monotonic::now();
        board_.setTrouble({});
        if (now - opened_at > patience_.healthy) failures_ = 0;
        put(lasting_.take(detections, now, clock_.wallNow()));
        put(lasting_.remind(now, clock_.wallNow()));
        endDoubtfulAt(doubt_until_);
    }
}

void Watcher::put(Lasting::News&& news) {
    for (ipc::CameraDetected& detected : news) outbox_.put(std::move(detected));
    if (lasting_.dropped() == 0 || dropped_told_ > 0) return;
    dropped_told_ = lasting_.dropped();
    base::logWarning("companion", "the camera tells more detections than 10 a second: some are left out");
}

void Watcher::endDoubtfulAt(Monotonic::time_point due) {
    if (lasting_.isAnyDoubtful() && Monotonic::now() >= due) put(lasting_.endDoubtful(clock_.wallNow()));
}

/// What lasted when the camera was lost ends in the midst of a long rest.
void Watcher::rest(milliseconds span) {
    const auto until = Monotonic::now() + span;
    while (!isStopping() && Monotonic::now() < until) {
        const auto slice = lasting_.isAnyDoubtful() ? std::min(until, doubt_until_) : until;
        {
            UniqueLock lock(mutex_);
            changed_.waitUntil(lock, slice, [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_; });
        }
        endDoubtfulAt(doubt_until_);
    }
}

}  // namespace porchlight::worker
