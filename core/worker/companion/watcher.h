/// The thread that listens to what the camera detects by itself.
#pragma once

#include "base/clock.h"
#include "base/thread.h"
#include "worker/companion/companion_call.h"
#include "worker/companion/lasting.h"
#include "worker/companion/offer_board.h"

namespace porchlight::worker {

/// Keeps the camera's detections coming: opens, watches, and after a failure rests and opens again. A camera
/// that detects nothing is asked now and then whether that has changed.
///
/// **Owns** its thread and its companion. **Thread**: everything here from any thread; only waitEnded() and
/// the destructor block, the latter for as long as the plugin does.
class Watcher {
  public:
    Watcher(CompanionCall::Factory factory, Settings settings, const CompanionPatience& patience,
            OfferBoard& board, Outbox& outbox, const base::Clock& clock);
    ~Watcher() { stop(); }

    void stop() noexcept;
    bool waitEnded(Deadline deadline);
    microseconds overdue() const noexcept { return call_.overdue(); }

  private:
    void run();
    milliseconds attempt();
    void watchAll();
    void put(Lasting::News&& news);
    void endDoubtfulAt(Monotonic::time_point due);
    void rest(milliseconds span);
    bool isStopping();

    const CompanionPatience patience_;
    OfferBoard& board_;
    Outbox& outbox_;
    const base::Clock& clock_;
    CompanionCall call_;
    Lasting lasting_;  ///< its thread only, as is all up to the mutex
    Monotonic::time_point doubt_until_{};
    int failures_ = 0;
    bool is_open_ = false;
    std::uint64_t dropped_told_ = 0;
    Mutex mutex_;
    ConditionVariable changed_;
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool has_ended_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    base::Thread thread_;
};

}  // namespace porchlight::worker
