/// The recovery ladder of one camera: which attempt is made, when, and which is under way.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "camera/unit/attempt.h"
#include "camera/unit/board.h"
#include "camera/unit/health.h"
#include "camera/unit/recovery_plan.h"

namespace porchlight::camera {

/// At most one attempt is under way; each has exactly one outcome. Who began it: the ladder's plan
/// (recovery_plan.h), the owner, or the end of a worker, whose successor is rung 3 without a plan. The
/// owner's takes the place of any other; the ladder's and a restart of the stream wait. **Thread**:
/// thread-bound (supervisor); nothing blocks.
class Ladder {
  public:
    Ladder(const Site& site, const AttemptMeans& means, Health& health, Board& board);

    /// The owner's attempt; `done` is called once with its outcome. `obstacle`: why none can be made at all.
    void recover(Rung rung, Attempt::Callback done, const std::string& obstacle);

    /// A worker ended: the next one starts after a back-off.
    void noteWorkerEnd(const std::string& why, milliseconds next_in);

    /// Begins what is planned for the fault that is there.
    void climb(Monotonic::time_point now);

    /// The attempt goes on, or ends because of its steps or its deadline.
    void tick(Monotonic::time_point now);

    /// A step of the attempt under way; nothing when there is none.
    void step(const std::string& text);

    /// The source failed again.
    void hear(const std::string& fault, Monotonic::time_point now);

    /// Good pictures flow: the attempt that led to them has its outcome, and what fails from now on is
    /// another episode. After ten minutes of them the ladder begins at its first rung again.
    void noteHealthy(Monotonic::time_point now);

    /// The attempt under way ends now; nothing when there is none.
    void finish(Outcome outcome, const std::string& last_step);

    /// The host stood still.
    void forgive(microseconds span) noexcept;

    bool isUnderWay() const noexcept { return attempt_ != nullptr; }
    bool holdsSpawn() const noexcept { return attempt_ && attempt_->holdsSpawn(); }
    bool hasGivenUp() const noexcept { return decision_.step == Step::Rest; }

    void fill(ShownFacts& facts) const;
    void describe(Status& out) const;

  private:
    std::array<std::string, kRungs> obstacles() const;
    bool isRespawning() const noexcept;
    RecoveryHistory history() const;
    void tellGivenUp(const RecoveryHistory& past, Monotonic::time_point now);
    void begin(Rung rung, Origin origin, std::vector<std::string> first_steps);
    bool isWorthTelling(Monotonic::time_point now);

    const Site& site_;
    const AttemptMeans means_;
    Health& health_;
    Board& board_;
    std::unique_ptr<Attempt> attempt_;
    std::uint32_t attempts_ = 0;  ///< of the ladder, since the last ten healthy minutes
    Rung rung_ = Rung::None;      ///< last one tried since then
    std::optional<Monotonic::time_point> last_attempt_at_;
    std::optional<Monotonic::time_point> respawned_at_;  ///< last automatic one of this episode
    std::uint32_t automatic_ = 0;         ///< automatic respawns since the last ten healthy minutes ...
    std::uint32_t automatic_untold_ = 0;  ///< ... and those the history was spared
    Monotonic::time_point automatic_told_at_{};
    Decision decision_;  ///< the latest
};

}  // namespace porchlight::camera
