#include "camera/unit/unit.h"

#include <algorithm>

#include "base/log.h"
#include "camera/discretion.h"

namespace porchlight::camera {
namespace {

// Budgets; see docs/architecture.md and docs/health.md for the tables.
constexpr seconds kKillPatience{1};
constexpr seconds kDyingPatience{60};  // whatever it does: nothing takes so long to end
constexpr int kSlowFactor = 3;         // on a host that is slow to everybody
constexpr seconds kDeafPatience{5};
constexpr seconds kTryLeast{1};  // a fault told earlier may be of the try before
constexpr seconds kNextTry{3};   // the source is opened again every 2 s at most
constexpr milliseconds kRespawnFirst{300};
constexpr milliseconds kRespawnLast{2'000};      // whatever ended by itself is back in under 3 s
constexpr milliseconds kRespawnResting{10'000};  // after giving up climbing
constexpr seconds kLongLife{10};
constexpr std::chrono::hours kCpuMemory{
    1};  // the next worker that burns as much from its beginning is honestly busy
constexpr std::size_t kOutboxMaxBytes = 1U << 20U;
constexpr seconds kStillPatience{12};   // the worker itself gives up after 8 s
constexpr std::size_t kMaxStills = 64;  // that wait for an answer

Gate::Now nowOf(const base::Clock& clock) {
    return {clock.now(), clock.wallNow(), clock.bootNow()};
}

/// A worker names the class or the finer kind; what it makes up is a plain capture failure.
FaultKind kindOf(const ipc::Fault& fault) {
    const FaultFacts* named = factsOf(fault.issue);
    if (fault.kind == ErrorKind::NotSupported) return FaultKind::NotSupported;
    const bool is_named_for_owner = named && named->severity == Severity::Owner;
    if (fault.kind == ErrorKind::Misconfigured)
        return is_named_for_owner ? named->kind : FaultKind::Misconfigured;
    if (fault.kind == ErrorKind::Exhausted && fault.text.find("memory") != std::string::npos)
        return FaultKind::MemoryLimit;
    return named && named->severity == Severity::Failure ? named->kind : FaultKind::CaptureFailure;
}

}  // namespace

Unit::Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server,
           OwnerDesk& owner_desk, const base::Clock& clock, Listener& listener, LiveHub& live,
           Monotonic::time_point first_spawn_at)
    : camera_(std::move(camera)),
      options_(options),
      fork_server_(fork_server),
      owner_desk_(owner_desk),
      clock_(clock),
      listener_(listener),
      live_(live),
      next_spawn_at_(first_spawn_at),
      waiting_since_(first_spawn_at),
      pictureless_since_(first_spawn_at),
      condition_(camera_.health),
      state_since_(clock.wallNow()),
      is_detect_on_(camera_.detect.is_enabled) {
    takeSwitches();
}

void Unit::spawn(WorkerProcess::By by) {
    const auto now = clock_.now();
    try {
        starting_ = std::make_unique<WorkerProcess>(fork_server_, options_.program, camera_.name,
                                                    kOutboxMaxBytes, by);
    } catch (const Error& error) {
        next_spawn_at_ = now + kRespawnLast;
        if (condition_.noteEvent(FaultKind::CaptureFailure, error.what(), now)) tellIssue();
        return;
    }
    awaitStart(now);
}

/// Until it is there no time counts: whatever takes it, the camera does not.
void Unit::awaitStart(Monotonic::time_point now) {
    waiting_since_ = now;
    if (starting_->isStarted()) return begin();
    if (starting_->failure().empty()) return;
    base::logWarning(component(), "worker starts on its own: " + starting_->failure());
    starting_.reset();
    spawn(WorkerProcess::By::Itself);
}

bool Unit::isSpawnHeld() const noexcept {
    return is_stopping_ || is_paused_ || (attempt_ && attempt_->holdsSpawn());
}

void Unit::lookForStart() {
    if (starting_ && starting_->isStarted() && !isSpawnHeld()) begin();
}

void Unit::begin() {
    process_ = std::move(starting_);
    ++worker_starts_;
    spawned_at_ = waiting_since_ = clock_.now();
    watch_.emplace(camera_.health, camera_.sub.has_value(), spawned_at_);
    if (cpu_killed_at_ && spawned_at_ - *cpu_killed_at_ < kCpuMemory) watch_->followCpuLimit();
    gate_.emplace(nowOf(clock_));
    unread_since_.reset();
    killed_at_.reset();
    is_resting_ = false;
    base::logInfo(component(), "worker " + std::to_string(process_->pid()) + " started");
    if (attempt_) step("worker " + std::to_string(process_->pid()) + " started");
    send(setup());
    if (is_live_wanted_) send(ipc::Live{.is_wanted = true});
}

void Unit::send(const ipc::Message& message) {
    if (!process_ || killed_at_) return;
    try {
        if (!process_->channel().send(message))
            killWorker(FaultKind::HeartbeatMissing, "does not read its commands");
    } catch (const Error&) {
        // The end of the process itself is noticed and told by tick().
        killWorker(FaultKind::WorkerDied, "closed its channel");
    }
}

void Unit::killWorker(FaultKind kind, const std::string& why) {
    if (!process_ || killed_at_) return;
    kill_kind_ = kind;
    kill_reason_ = why;
    killed_at_ = clock_.now();
    asleep_since_.reset();
    is_wedged_ = false;
    process_->kill();
}

pollfd Unit::wanted() noexcept {
    if (!process_ || killed_at_) return {-1, 0, 0};
    return {process_->channel().fd(), process_->channel().wantedEvents(), 0};
}

void Unit::onEvents(short events) {
    if (!process_ || killed_at_ || events == 0) return;
    try {
        auto& channel = process_->channel();
        if ((events & POLLOUT) != 0) channel.flush();
        // A bounded number a round, so that one flooding worker cannot starve the others.
        for (int i = 0; i < 64; ++i) {
            auto message = channel.receive();
            if (!message) return;
            const auto verdict = gate_->judge(*message, channel.lastBytes(), nowOf(clock_));
            if (verdict.finding) return killWorker(verdict.finding->kind, verdict.finding->detail);
            if (!verdict.is_taken) continue;
            hideSecretsIn(*message);
            handle(std::move(*message));
            if (!process_ || killed_at_) return;
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData)
            killWorker(FaultKind::WorkerGarbage, std::string("sent garbage: ") + error.what());
        else
            killWorker(FaultKind::WorkerDied, "");
    }
}

/// What has passed the gate: each field is within its bounds.
void Unit::handle(ipc::Message message) {
    if (auto* fragment = std::get_if<ipc::FragmentReady>(&message))
        return handleFragment(std::move(*fragment));
    if (auto* stream = std::get_if<ipc::StreamStarted>(&message)) return handleStream(std::move(*stream));
    if (auto* still = std::get_if<ipc::Still>(&message)) return handleStill(std::move(*still));
    if (const auto* fault = std::get_if<ipc::Fault>(&message)) return handleFault(*fault);
    if (auto* detection = std::get_if<ipc::DetectionReady>(&message)) {
        // What was still being analysed when the stream ended proves nothing.
        if (stream_) watch_->onPicture(clock_.now());
        if (is_detect_on_) listener_.onDetection(camera_.name, std::move(*detection));
    } else if (auto* picture = std::get_if<ipc::LivePicture>(&message)) {
        live_.publish(camera_.name, WallTime(microseconds(picture->at_us)), std::move(picture->jpeg));
    } else if (const auto* heartbeat = std::get_if<ipc::Heartbeat>(&message)) {
        heartbeat_ = *heartbeat;
        watch_->onHeartbeat(*heartbeat, clock_.now());
    } else if (const auto* line = std::get_if<ipc::LogLine>(&message)) {
        base::log(static_cast<base::LogLevel>(line->level), component() + "/" + line->component, line->text);
    } else if (const auto* hello = std::get_if<ipc::Hello>(&message)) {
        base::logDebug(component(), "worker uses " + hello->libraries);
    }
}

void Unit::handleStill(ipc::Still still) {
    const auto found = stills_.find(still.id);
    if (found == stills_.end()) return;
    const auto callback = std::move(found->second.callback);
    stills_.erase(found);
    callback({camera_.name, still.error, WallTime(microseconds(still.at_us)), std::move(still.jpeg), 1});
}

/// Whoever asked is answered, also by a worker that never does.
void Unit::expireStills(Monotonic::time_point now) {
    std::vector<StillCallback> late;
    for (auto at = stills_.begin(); at != stills_.end();) {
        if (now < at->second.give_up_at) {
            ++at;
            continue;
        }
        late.push_back(std::move(at->second.callback));
        at = stills_.erase(at);
    }
    for (const auto& callback : late) callback({camera_.name, "the worker did not answer", {}, {}, 1});
}

void Unit::handleFault(const ipc::Fault& fault) {
    const auto now = clock_.now();
    const FaultKind kind = kindOf(fault);
    const std::string& text = fault.text;
    is_resting_ = factsOf(kind).severity == Severity::Owner;
    endStream();
    const bool is_excusable = kind == FaultKind::FrameTimeout || kind == FaultKind::ConnectionError;
    if (is_excusable && now < excused_until_) {
        base::logInfo(component(), "after the host stood still: " + text);
        return;
    }
    if (condition_.noteEvent(kind, text, now)) tellIssue();
    if (kind == FaultKind::MemoryLimit) killWorker(kind, text);
    // The try that an attempt led to has failed: the next one of the source is waited for, not the time that
    // an open may take.
    if (attempt_ && !attempt_->holdsSpawn() && now - attempt_->began_at > kTryLeast) {
        step("the source says: " + text.substr(0, 200));
        attempt_->deadline = std::min(attempt_->deadline, now + kNextTry);
    }
    if (is_resting_) tellCritical("the owner must act: " + text, now);
}

void Unit::handleStream(ipc::StreamStarted message) {
    endStream();
    watch_->onStream(message.rate_hz, clock_.now());
    auto init = std::make_shared<StreamInit>();
    init->epoch = message.epoch;
    init->video = message.video;
    init->width_px = message.width_px;
    init->height_px = message.height_px;
    init->has_audio = message.has_audio;
    init->bytes = std::move(message.init);
    init_ = std::move(init);
    message.init.clear();
    base::logInfo(component(), "stream: " + message.description);
    if (attempt_) step("stream: " + message.description);
    stream_ = std::move(message);
}

void Unit::handleFragment(ipc::FragmentReady message) {
    if (!stream_) return;
    watch_->onPicture(clock_.now());
    auto fragment = std::make_shared<Fragment>();
    fragment->init = init_;
    fragment->sequence = message.sequence;
    fragment->started_at = WallTime(microseconds(message.started_at_us));
    fragment->duration = microseconds(message.duration_us);
    fragment->starts_with_key = message.starts_with_key;
    fragment->bytes = std::move(message.bytes);
    listener_.onFragment(camera_.name, std::move(fragment));
}

void Unit::endStream() {
    if (!stream_) return;
    stream_.reset();
    init_.reset();
    listener_.onStreamEnded(camera_.name);
}

void Unit::onWorkerEnd(const std::string& how) {
    const auto now = clock_.now();
    const bool was_long = now - spawned_at_ > kLongLife;
    const auto longest = decision_.step == Step::Rest ? kRespawnResting : kRespawnLast;
    respawn_delay_ = was_long || worker_starts_ <= 1 ? kRespawnFirst : std::min(respawn_delay_ * 2, longest);
    next_spawn_at_ = now + respawn_delay_;
    if (kill_kind_ == FaultKind::WorkerDied && watch_ && watch_->isNearMemoryLimit()) {
        kill_kind_ = FaultKind::MemoryLimit;
        kill_reason_ = "at its memory limit";
    }
    const FaultKind kind = std::exchange(kill_kind_, FaultKind::WorkerDied);
    const std::string cause = std::exchange(kill_reason_, "");
    const std::string why = cause.empty() ? how : how + ": " + cause;
    const bool was_wanted = std::exchange(is_kill_wanted_, false);
    process_.reset();
    watch_.reset();
    gate_.reset();
    killed_at_.reset();
    waiting_since_ = now;
    endStream();
    for (auto& [id, still] : std::exchange(stills_, {}))
        still.callback({camera_.name, "the camera's worker ended", {}, {}, 1});
    if (is_stopping_ || is_paused_) return;
    base::logInfo(component(), "worker ended (" + why + ")");
    if (was_wanted) {
        next_spawn_at_ = now + kRespawnFirst;
        step("worker ended: " + how);
        return;
    }
    if (condition_.noteEvent(kind, "the worker ended: " + why, now)) tellIssue();
    beginAutomatic(why);
}

void Unit::checkWorker(Monotonic::time_point now) {
    if (!process_) {
        if (isSpawnHeld())
            starting_.reset();
        else if (starting_)
            awaitStart(now);
        else if (now >= next_spawn_at_)
            spawn(WorkerProcess::By::ForkServer);
        return;
    }
    if (const auto how = process_->ended()) {
        onEvents(POLLIN);  // its last words and its last fragment
        return onWorkerEnd(*how);
    }
    if (killed_at_) return watchKilled(now);
    // Before its first heartbeat it may still be loading plugins.
    if (watch_->beatAt() <= spawned_at_ || process_->channel().unreadBytes() == 0)
        unread_since_.reset();
    else if (!unread_since_)
        unread_since_ = now;
    else if (now - *unread_since_ > kDeafPatience * (is_host_slow_ ? kSlowFactor : 1))
        killWorker(FaultKind::HeartbeatMissing, "does not read its commands");
}

/// What is killed ends once it gets the processor, unless it sleeps where no signal wakes it. A slow host is
/// no proof of that.
void Unit::watchKilled(Monotonic::time_point now) {
    if (!process_->isAsleepInKernel())
        asleep_since_.reset();
    else if (!asleep_since_)
        asleep_since_ = now;
    const bool is_asleep =
        asleep_since_ && now - *asleep_since_ >= kKillPatience * (is_host_slow_ ? kSlowFactor : 1);
    is_wedged_ = is_wedged_ || is_asleep || now - *killed_at_ > kDyingPatience;
    if (isWedged())
        setState(State::Wedged, "its worker hangs in the driver and cannot be killed: only a reboot helps",
                 "waiting for the process to end");
}

bool Unit::isWedged() const noexcept {
    return process_ && killed_at_ && is_wedged_;
}

void Unit::requestStop() {
    is_stopping_ = true;
    starting_.reset();
    if (attempt_) finishAttempt(Outcome::Failed, "the appliance stops");
    send(ipc::Stop{});
}

void Unit::requestStill(std::uint64_t id, StillCallback callback) {
    // An offline camera has no picture to wait for: its card on the dashboard must not hold up the browser's
    // other requests.
    if (!process_ || killed_at_ || state_ == State::Offline)
        return callback({camera_.name,
                         reason_.empty() ? "the camera is " + std::string(nameOf(state_)) : reason_,
                         {},
                         {},
                         0});
    if (stills_.size() >= kMaxStills)
        return callback({camera_.name, "too many pictures are asked for at once", {}, {}, 0});
    stills_.emplace(id, WaitingStill{std::move(callback), clock_.now() + kStillPatience});
    send(ipc::StillRequest{.id = id});
}

void Unit::setLive(bool is_wanted) {
    is_live_wanted_ = is_wanted;
    send(ipc::Live{.is_wanted = is_wanted});
}

}  // namespace porchlight::camera
