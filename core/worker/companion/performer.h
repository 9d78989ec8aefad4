/// The thread that tells the camera what to do.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/thread.h"
#include "worker/companion/companion_call.h"
#include "worker/companion/offer_board.h"

namespace porchlight::worker {

/// Performs commands one after the other, and asks the camera anew what it offers: after a command that
/// changed that, and now and then.
///
/// Invariant: each command is answered once, within budget::kCameraCommandInWorker as long as expire() is
/// called once a second. A movement that waits gives way to a newer one, and counts as done. **Owns** its
/// thread and its companion. Over 25 functions: a step of the thread's work each. **Thread**: everything here
/// from any thread; only waitEnded() and the destructor block, the latter for as long as the plugin does.
class Performer {
  public:
    /// `tells_presence`: nobody else tells the board whether the camera is there, and what it offers.
    Performer(CompanionCall::Factory factory, Settings settings, const CompanionPatience& patience,
              bool tells_presence, OfferBoard& board, Outbox& outbox);
    ~Performer() { stop(); }

    void take(const ipc::Command& command);

    /// A keyframe, if the camera can: at most one a second, and nobody is told what came of it.
    void requestKeyframe();

    /// Answers what has waited too long, also while the plugin hangs.
    void expire();

    void stop() noexcept;
    bool waitEnded(Deadline deadline);
    microseconds overdue() const noexcept { return call_.overdue(); }

  private:
    struct Waiting {
        ipc::Command command;
        Monotonic::time_point until;
    };
    enum class Work : std::uint8_t { End, Command, Keyframe, Refresh };

    void run();
    Work next(Waiting& waiting);
    std::optional<Work> due(Waiting& waiting) PORCHLIGHT_REQUIRES(mutex_);
    Monotonic::time_point nextDue() PORCHLIGHT_REQUIRES(mutex_);
    void perform(const Waiting& waiting);
    void performKeyframe();
    void refresh();
    void makeOpen(Deadline deadline);
    void failed(const Error& error);
    void finish(std::uint64_t id, const std::string& error);
    void answer(std::uint64_t id, const std::string& error);
    void giveWay() PORCHLIGHT_REQUIRES(mutex_);

    const CompanionPatience patience_;
    const bool tells_presence_;
    OfferBoard& board_;
    Outbox& outbox_;
    CompanionCall call_;
    bool is_open_ = false;        ///< its thread only, as is all up to the mutex
    int failures_ = 0;            ///< to open, in a row
    std::string owners_problem_;  ///< only the owner can help: nothing is asked before refresh_at_
    Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Waiting> waiting_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::optional<Waiting> current_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< nothing: answered, or none
    std::optional<Monotonic::time_point> keyframe_at_ PORCHLIGHT_GUARDED_BY(mutex_);
    Monotonic::time_point last_keyframe_ PORCHLIGHT_GUARDED_BY(mutex_){};
    Monotonic::time_point refresh_at_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool has_ended_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    base::Thread thread_;
};

}  // namespace porchlight::worker
