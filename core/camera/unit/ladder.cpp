#include "camera/unit/ladder.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace porchlight::camera {
namespace {

constexpr std::uint32_t kAutomaticTold = 5;
constexpr seconds kAutomaticReminder{60};
constexpr seconds kRespawningLeast{5};
constexpr const char* kNoUse = "pictures come, but do not play";

std::size_t indexOf(Rung rung) {
    return static_cast<std::size_t>(rung) - 1;
}

/// Rung 4 of a camera on the network: by its own command, where it has one and the owner allows it.
std::string restartObstacle(const Site& site, const AttemptMeans& means) {
    if (!site.camera.health.may_restart_camera) return "not a local device, and health.camera_restart is off";
    if (!means.slot.isRunning()) return "there is no worker to ask";
    const auto can = means.commands.judge(CameraAction::Restart);
    if (can.outcome != CommandOutcome::Done) return can.error;
    return means.owner_desk.restartObstacle(site.camera.name, site.clock.wallNow());
}

std::string resetObstacle(const Site& site, const AttemptMeans& means) {
    if (!isLocalDevice(site.camera)) return restartObstacle(site, means);
    return site.options.reset_program.empty() ? "porchlight-device-reset is not installed" : "";
}

}  // namespace

Ladder::Ladder(const Site& site, const AttemptMeans& means, Health& health, Board& board)
    : site_(site), means_(means), health_(health), board_(board) {}

std::array<std::string, kRungs> Ladder::obstacles() const {
    std::array<std::string, kRungs> out;
    const auto kind = means_.condition.kind();
    const bool is_wedged = means_.slot.isWedged();
    const std::string gone = is_wedged ? "only a reboot helps" : "there is no worker to ask";
    if (!means_.slot.isRunning())
        out[indexOf(Rung::Retry)] = out[indexOf(Rung::RestartStream)] = gone;
    else if (kind == FaultKind::FrozenPicture || kind == FaultKind::BufferError ||
             kind == FaultKind::Unplayable)
        out[indexOf(Rung::Retry)] = "the source can be read, a retry changes nothing";
    if (is_wedged)
        out[indexOf(Rung::RespawnWorker)] = gone;
    else if (isRespawning())
        out[indexOf(Rung::RespawnWorker)] = "a new worker is started each time one ends";
    out[indexOf(Rung::ResetDevice)] = is_wedged ? gone : resetObstacle(site_, means_);
    out[indexOf(Rung::OwnerAction)] =
        site_.camera.health.owner_action.empty()
            ? "no owner_action is configured"
            : means_.owner_desk.actionObstacle(site_.camera.name, site_.clock.wallNow());
    // Pictures flow, and are what the camera makes them: another stream or worker may read them better,
    // nothing beyond.
    if (kind == FaultKind::Unplayable)
        out[indexOf(Rung::ResetDevice)] = out[indexOf(Rung::OwnerAction)] = kNoUse;
    return out;
}

/// Its workers keep ending: each gets a successor at once, and a planned respawn would only disturb.
bool Ladder::isRespawning() const noexcept {
    const auto least = std::max<microseconds>(site_.camera.health.frame_timeout, kRespawningLeast);
    return respawned_at_ && site_.clock.now() - *respawned_at_ < 3 * least;
}

RecoveryHistory Ladder::history() const {
    RecoveryHistory out;
    out.is_failing = means_.condition.isFailing();
    out.is_attempt_running = isUnderWay();
    out.is_for_owner = health_.needsOwner();
    out.consecutive_failures = means_.condition.consecutiveFailures();
    out.failures = means_.condition.failures();
    out.attempts = attempts_;
    // The automatic respawn is rung 3, already taken.
    out.rung = isRespawning() ? std::max(rung_, Rung::RespawnWorker) : rung_;
    out.last_attempt_at = last_attempt_at_;
    out.obstacles = obstacles();
    if (!site_.camera.health.may_reboot)
        out.reboot_obstacle = "off";
    else if (means_.condition.kind() == FaultKind::Unplayable)
        out.reboot_obstacle = kNoUse;
    else
        out.reboot_obstacle = means_.owner_desk.rebootObstacle(site_.clock.wallNow());
    return out;
}

void Ladder::climb(Monotonic::time_point now) {
    if (!means_.condition.isFailing()) {
        decision_ = {};
        return;
    }
    const auto past = history();
    decision_ = planRecovery(past, site_.camera.health, now);
    if (decision_.step == Step::Rest && !health_.needsOwner()) tellGivenUp(past, now);
    if (decision_.step != Step::Attempt && decision_.step != Step::Reboot) return;
    auto steps = decision_.skipped;
    steps.insert(steps.begin(), decision_.reason);
    ++attempts_;
    last_attempt_at_ = now;
    rung_ = std::max(rung_, decision_.rung);
    begin(decision_.rung, Origin::Ladder, std::move(steps));
    if (decision_.step == Step::Attempt) return attempt_->carryOut();
    attempt_->reboot();
    board_.tellCritical(Call::Reboot, "the machine is restarted, as the owner wants it", now);
}

void Ladder::tellGivenUp(const RecoveryHistory& past, Monotonic::time_point now) {
    const auto& limits = site_.camera.health;
    decision_.reason +=
        "; a slow retry every " + base::formatDuration(kRestCooldowns * limits.recovery_cooldown);
    // "No rung can be taken" is no news while a new worker starts each time: that is the recovery.
    if (past.attempts > 0 || past.failures >= limits.max_consecutive_failures + limits.max_recovery_attempts)
        board_.tellCritical(
            Call::GivenUp,
            "given up climbing, a person is needed (" + std::string(nameOf(*means_.condition.kind())) + ")",
            now);
}

void Ladder::begin(Rung rung, Origin origin, std::vector<std::string> first_steps) {
    attempt_ = std::make_unique<Attempt>(site_, means_, rung, origin, std::move(first_steps));
}

void Ladder::noteWorkerEnd(const std::string& why, milliseconds next_in) {
    const auto now = site_.clock.now();
    respawned_at_ = now;
    const std::string ended = "worker ended: " + why;
    const std::string next = "a new worker starts in " + std::to_string(next_in.count()) + " ms";
    if (attempt_ && attempt_->report().origin != Origin::Automatic) {
        step(ended);
        return step(next);
    }
    if (attempt_) finish(Outcome::Failed, "the new worker ended: " + why);
    begin(Rung::RespawnWorker, Origin::Automatic, {ended, next});
    if (!isWorthTelling(now)) {
        attempt_->keepFromHistory();
        ++automatic_untold_;
        return;
    }
    automatic_told_at_ = now;
    if (automatic_untold_ > 0)
        step(std::to_string(std::exchange(automatic_untold_, 0)) + " more respawns since the last report");
}

/// A crash loop for a week must not fill the history: afterwards one in a minute stands for the others.
bool Ladder::isWorthTelling(Monotonic::time_point now) {
    return ++automatic_ <= kAutomaticTold || now - automatic_told_at_ >= kAutomaticReminder;
}

void Ladder::recover(Rung rung, Attempt::Callback done, const std::string& obstacle) {
    auto why_not = obstacles()[indexOf(rung)];
    if (attempt_) finish(Outcome::Failed, "the owner asked for another attempt");
    begin(rung, Origin::Manual, {});
    attempt_->onEnd(std::move(done));
    // Where there is no worker to ask, the owner's retry starts one; a respawn disturbs only the ladder.
    const bool is_dying = !means_.slot.isEmpty() && !means_.slot.isRunning();
    if (rung == Rung::Retry && !is_dying) why_not.clear();
    if (rung == Rung::RespawnWorker && !means_.slot.isWedged()) why_not.clear();
    if (!obstacle.empty()) why_not = obstacle;
    if (!why_not.empty()) return finish(Outcome::Refused, why_not);
    attempt_->carryOut();
}

void Ladder::tick(Monotonic::time_point now) {
    if (!attempt_) return;
    if (const auto end = attempt_->tick(now)) finish(end->outcome, end->step);
}

void Ladder::step(const std::string& text) {
    if (attempt_) attempt_->step(text);
}

void Ladder::hear(const std::string& fault, Monotonic::time_point now) {
    if (attempt_) attempt_->hear(fault, now);
}

void Ladder::noteHealthy(Monotonic::time_point now) {
    const bool is_cured = attempt_ && attempt_->isProven();
    const auto kind = means_.condition.isFailing() ? means_.condition.kind() : std::nullopt;
    const auto ended = health_.noteHealthy(now);
    if (is_cured)
        finish(Outcome::Recovered, "good pictures again");
    else if (ended > 0 && kind)
        base::logInfo(site_.component(), "CAMERA_RECOVERY " + std::string(nameOf(*kind)) +
                                             ": pictures again after " + std::to_string(ended) +
                                             " failure(s)");
    respawned_at_.reset();
    if (!health_.takeReset(now)) return;
    attempts_ = automatic_ = automatic_untold_ = 0;
    rung_ = Rung::None;
    decision_ = {};
}

void Ladder::finish(Outcome outcome, const std::string& last_step) {
    // Whoever is told finds none under way.
    if (const auto ended = std::exchange(attempt_, nullptr)) ended->finish({outcome, last_step});
}

void Ladder::forgive(microseconds span) noexcept {
    if (attempt_) attempt_->forgive(span);
}

void Ladder::fill(ShownFacts& facts) const {
    facts.plan = decision_.reason;
    if (!attempt_) return;
    const auto& report = attempt_->report();
    facts.attempt = "rung " + std::to_string(static_cast<int>(report.rung)) + ", " + nameOf(report.rung) +
                    ": " + (report.steps.empty() ? "" : report.steps.back());
}

void Ladder::describe(Status& out) const {
    // Before the ladder begins the worker tries again by itself.
    if (attempt_)
        out.rung = nameOf(attempt_->report().rung);
    else
        out.rung = means_.condition.isFailing() ? nameOf(std::max(rung_, Rung::Retry)) : "none";
}

}  // namespace porchlight::camera
