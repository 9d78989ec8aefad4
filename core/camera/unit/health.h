/// Whether a camera delivers good pictures, and what is wrong when it does not.
#pragma once

#include <optional>
#include <string>

#include "camera/proof/footage_watch.h"
#include "camera/unit/board.h"
#include "camera/unit/condition.h"
#include "camera/worker/site.h"
#include "camera/worker/testimony.h"
#include "camera/worker/worker_slot.h"

namespace porchlight::camera {

/// Every fault passes here on its way to the condition, and is told where it is worth it. Time without a
/// picture counts from the last picture, from the last worker's start, or from being switched on, whichever
/// is later; not while the host stood still. **Thread**: thread-bound (supervisor); never blocks.
class Health {
  public:
    Health(const Site& site, WorkerSlot& slot, FootageWatch& footage, const Testimony& testimony,
           Condition& condition, Board& board, Monotonic::time_point first_spawn_at);

    /// Something happened, now.
    void noteEvent(FaultKind kind, const std::string& detail);

    /// The source says what is wrong. False: the host stood still, of which connections may have died.
    bool noteFault(FaultKind kind, const std::string& text);

    /// Judges the worker, and ends one that is past help. True: good pictures flow.
    bool check(Monotonic::time_point now);

    /// Good pictures flow, and none of them from before the failure.
    bool isHealthy(Monotonic::time_point now) const;

    /// They do. Returns the number of failures this ends that are worth telling.
    std::uint32_t noteHealthy(Monotonic::time_point now);

    /// True once, when they have flowed for ten minutes: failures of the past are forgotten.
    bool takeReset(Monotonic::time_point now) { return condition_.takeHealthyReset(now); }

    // What the camera is not to blame for.
    void waitAnew(Monotonic::time_point now) noexcept { waiting_since_ = now; }
    void noteWorkerStart(Monotonic::time_point now) noexcept;
    void noteSwitchedOff(Monotonic::time_point now);
    void noteSwitchedOn(Monotonic::time_point now) noexcept;
    void forgive(microseconds span, bool is_host, Monotonic::time_point now);

    /// Only the owner can help: Misconfigured, NotSupported.
    bool needsOwner() const noexcept { return needs_owner_; }

    void fill(ShownFacts& facts, Monotonic::time_point now) const;
    void describe(Status& out, Monotonic::time_point now) const;

  private:
    bool hasEnded() const noexcept;
    std::optional<Finding> find(Monotonic::time_point now);
    bool lacksFootage() const;
    void noteSilence(Monotonic::time_point now);

    const Site& site_;
    WorkerSlot& slot_;
    FootageWatch& footage_;
    const Testimony& testimony_;
    Condition& condition_;
    Board& board_;
    std::optional<Monotonic::time_point> last_picture_at_;
    Monotonic::time_point waiting_since_;      ///< for pictures, since the last worker start or loss
    Monotonic::time_point pictureless_since_;  ///< before the first picture: since it was switched on
    Monotonic::time_point excused_until_{};    ///< after a host stall lost connections are no failures
    bool needs_owner_ = false;
};

}  // namespace porchlight::camera
