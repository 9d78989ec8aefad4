#include "camera/unit/unit.h"

#include "base/budgets.h"
#include "base/log.h"
#include "base/text.h"
#include "camera/unit/setup.h"
#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

constexpr seconds kKeyframeEvery{5};  // of a camera, for all who begin to watch

}  // namespace

Unit::Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server,
           OwnerDesk& owner_desk, ProofTurn& proof_turn, const base::Clock& clock, Listener& listener,
           LiveHub& live, Monotonic::time_point first_spawn_at)
    : camera_(std::move(camera)),
      site_{camera_, options, clock, listener},
      live_(live),
      switches_(site_),
      condition_(camera_.health),
      board_(site_, condition_),
      slot_(site_, fork_server, first_spawn_at),
      streams_(site_, live.parts()),
      stills_(camera_.name),
      proofs_(site_, proof_turn, fork_server.reaper()),
      testimony_(site_),
      health_(site_, slot_, footage_, testimony_, condition_, board_, first_spawn_at),
      ladder_(site_, {slot_, streams_, condition_, commands_, owner_desk, fork_server.reaper()}, health_,
              board_),
      intake_(site_, {slot_, streams_, stills_, commands_, proofs_, footage_, health_, ladder_, board_,
                      testimony_, switches_, live_}) {
    if (!switches_.isEnabled()) paused_at_ = clock.now();
}

void Unit::tick() {
    const auto now = site_.clock.now();
    if (!camera_.problem.empty()) {
        if (!condition_.kind()) health_.noteEvent(FaultKind::Misconfigured, camera_.problem);
        return show(now);
    }
    if (paused_at_) return tickPaused(now);
    if (slot_.isEmpty())
        startWorker(now);
    else if (!takeEnd())
        slot_.watchOver(now);
    stills_.expire(now);
    commands_.expire(now);
    if (is_stopping_) return;
    if (const auto found = proofs_.tick(now)) footage_.noteProof(*found, now);
    if (health_.check(now)) ladder_.noteHealthy(now);
    ladder_.tick(now);
    ladder_.climb(now);
    show(now);
    if (slot_.isWedged()) return callForReboot(now);
    board_.tellKeptBack(now);
}

/// Until it is there no time counts: whatever takes it, the camera does not.
void Unit::startWorker(Monotonic::time_point now) {
    if (is_stopping_ || paused_at_ || ladder_.holdsSpawn()) return slot_.cancelStart();
    try {
        const bool is_there = slot_.raise(now);
        if (slot_.isStarting()) health_.waitAnew(now);
        if (!is_there) return;
    } catch (const Error& error) {
        return health_.noteEvent(FaultKind::CaptureFailure, error.what());
    }
    health_.noteWorkerStart(site_.clock.now());
    footage_.begin(switches_.wantsFragments());
    base::logInfo(site_.component(), "worker " + slot_.pid() + " started");
    ladder_.step("worker " + slot_.pid() + " started");
    slot_.send(setupOf(site_, switches_, slot_.mayEncodeInHardware()));
    if (const auto demand = demandOf(live_, camera_.name); demand.is_wanted || demand.wants_parts)
        slot_.send(demand);
}

void Unit::lookForStart() {
    if (slot_.isStarting()) startWorker(site_.clock.now());
}

/// Whether the worker has ended: nobody waits for it any more, and where that was no one's wish it is a
/// fault.
bool Unit::takeEnd() {
    const auto end = slot_.takeEnd(ladder_.hasGivenUp(), take_);
    if (!end) return false;
    health_.waitAnew(site_.clock.now());
    streams_.end();
    stills_.endAll("the camera's worker ended");
    testimony_.end();
    commands_.endAll("the camera's worker ended");
    if (is_stopping_ || paused_at_) return true;
    base::logInfo(site_.component(), "worker ended (" + end->fault.detail + ")");
    if (end->was_wanted) {
        ladder_.step("worker ended: " + end->how);
        return true;
    }
    health_.noteEvent(end->fault.kind, "the worker ended: " + end->fault.detail);
    ladder_.noteWorkerEnd(end->fault.detail, end->next_in);
    return true;
}

void Unit::show(Monotonic::time_point now) {
    ShownFacts facts;
    facts.problem = camera_.problem;
    facts.is_paused = paused_at_.has_value();
    facts.is_wedged = slot_.isWedged();
    facts.is_enabled = switches_.isEnabled();
    facts.disabled_by = switches_.disabledBy();
    facts.has_worker = !slot_.isEmpty();
    facts.before = board_.shown().state;
    health_.fill(facts, now);
    ladder_.fill(facts);
    if (const auto shown = planShown(facts, camera_.health)) board_.show(*shown);
}

void Unit::forgive(microseconds span, bool is_host) {
    const auto now = site_.clock.now();
    slot_.forgive(span, now);
    health_.forgive(span, is_host, now);
    ladder_.forgive(span);
}

void Unit::requestStop() {
    is_stopping_ = true;
    slot_.cancelStart();
    ladder_.finish(Outcome::Failed, "the appliance stops");
    slot_.send(ipc::Stop{});
}

void Unit::pause() {
    paused_at_ = site_.clock.now();
    slot_.cancelStart();
    ladder_.finish(Outcome::Failed, "switched off meanwhile");
    health_.noteSwitchedOff(*paused_at_);
    proofs_.forget();
    slot_.send(ipc::Stop{});
}

void Unit::tickPaused(Monotonic::time_point now) {
    if (!takeEnd()) {
        if (now - *paused_at_ > budget::kWorkerStop) killUnstopped();
        slot_.watchOver(now);
    }
    stills_.expire(now);
    commands_.expire(now);
    show(now);
    if (slot_.isWedged()) callForReboot(now);
    if (!switches_.isEnabled() || !slot_.isEmpty()) return;
    paused_at_.reset();
    health_.noteSwitchedOn(now);
    slot_.startAt(now);
}

void Unit::killUnstopped() {
    slot_.kill(FaultKind::Hung, "did not stop in " + base::formatDuration(budget::kWorkerStop));
}

void Unit::callForReboot(Monotonic::time_point now) {
    board_.tellCritical(Call::Wedged,
                        "only a reboot helps: its worker hangs in the driver and cannot be killed", now);
}

/// Why nothing can be asked of a camera that pauses.
std::string Unit::pauseText() const {
    if (!switches_.isEnabled()) return "the camera is disabled";
    return slot_.isWedged() ? "its worker hangs in the driver and cannot be killed"
                            : "its worker is being replaced";
}

void Unit::requestStill(std::uint64_t id, StillDesk::Callback callback, std::uint16_t max_width_px) {
    if (paused_at_) return stills_.refuse(callback, pauseText());
    const auto& [state, reason, action] = board_.shown();
    // An offline camera has no picture to wait for: its card on the dashboard must not hold up the browser's
    // other requests.
    if (!slot_.isRunning() || state == State::Offline)
        return stills_.refuse(callback,
                              reason.empty() ? "the camera is " + std::string(nameOf(state)) : reason);
    if (stills_.wait(id, std::move(callback), site_.clock.now()))
        slot_.send(ipc::StillRequest{.id = id, .max_width_px = max_width_px});
}

void Unit::command(const CameraCommand& command, CommandDesk::Callback callback) {
    if (paused_at_) return CommandDesk::refuse(callback, pauseText());
    if (!slot_.isRunning()) return CommandDesk::refuse(callback, "the camera has no worker at the moment");
    const auto message = commands_.wait(command, std::move(callback), site_.clock.now());
    if (message) slot_.send(*message);
}

void Unit::setWatched(const ipc::Live& demand) {
    slot_.send(demand);
    const auto now = site_.clock.now();
    if ((!demand.is_wanted && !demand.wants_parts) || !commands_.isOffered(CameraAction::Keyframe)) return;
    if (keyframe_at_ && now - *keyframe_at_ < kKeyframeEvery) return;
    keyframe_at_ = now;
    slot_.send(ipc::KeyframeRequest{});
}

void Unit::setDetect(bool is_on, const std::string& by) {
    if (!switches_.setDetect(is_on, by)) return;
    slot_.send(ipc::DetectSwitch{is_on});
    site_.listener.onDetectSwitched(camera_.name, is_on);
}

void Unit::setEnabled(bool is_on, const std::string& by) {
    if (!switches_.setEnabled(is_on, by)) return;
    if (!is_on) pause();
    tick();  // whoever asks next sees it
}

void Unit::setRecordMode(config::RecordMode mode, const std::string& by) {
    const bool wanted_fragments = switches_.wantsFragments();
    if (!switches_.setRecordMode(mode, by)) return;
    site_.listener.onRecordModeSwitched(camera_.name, mode);
    // A worker learns at its start whether fragments are wanted.
    if (!slot_.isEmpty() && wanted_fragments != switches_.wantsFragments()) pause();
}

void Unit::recover(Rung rung, Attempt::Callback done) {
    ladder_.recover(rung, std::move(done),
                    paused_at_ && camera_.problem.empty() ? pauseText() : camera_.problem);
}

void Unit::restartStream() {
    if (!ladder_.isUnderWay()) recover(Rung::RestartStream, [](const RecoveryReport&) {});
}

Status Unit::status() const {
    const auto now = site_.clock.now();
    Status out;
    out.name = camera_.name;
    out.title = camera_.title;
    out.viewers = live_.viewers(camera_.name) + live_.parts().viewers(camera_.name);
    board_.describe(out);
    ladder_.describe(out);
    streams_.describe(out);
    commands_.describe(out);
    health_.describe(out, now);
    switches_.describe(out);
    slot_.describe(out);
    return out;
}

}  // namespace porchlight::camera
