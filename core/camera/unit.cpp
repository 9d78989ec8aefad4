#include "camera/unit.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace porchlight::camera {
namespace {

// Budgets; see docs/architecture.md for the table.
constexpr seconds kHeartbeatMissed{5};
constexpr seconds kOpenStuck{15};
constexpr seconds kReadStuck{6};
constexpr seconds kKillPatience{1};
constexpr milliseconds kRespawnFirst{300};
constexpr milliseconds kRespawnLast{10'000};
constexpr seconds kLongLife{10};
constexpr std::size_t kOutboxMaxBytes = 1U << 20U;

constexpr std::int64_t kFirstTimeUs = -86'400'000'000;       // a board without a clock starts in 1970
constexpr std::int64_t kLastTimeUs = 4'102'444'800'000'000;  // 2100
constexpr std::uint32_t kManyFailures = 10;  // from here on the score says nothing new
constexpr seconds kReminder{60};

/// Rows, file names and sums are made of a worker's times: none may be beyond what they can hold.
bool isPlausible(std::int64_t wall_us) noexcept { return wall_us >= kFirstTimeUs && wall_us < kLastTimeUs; }

std::string component(const std::string& camera) { return "camera/" + camera; }

}  // namespace

Unit::Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server, const base::Clock& clock,
           Listener& listener, LiveHub& live, Monotonic::time_point first_spawn_at)
    : camera_(std::move(camera)), options_(options), fork_server_(fork_server), clock_(clock), listener_(listener), live_(live),
      next_spawn_at_(first_spawn_at), waiting_since_(first_spawn_at), state_since_(clock.wallNow()),
      is_detect_on_(camera_.detect.is_enabled) {}

void Unit::spawn() {
    const auto now = clock_.now();
    try {
        process_ = std::make_unique<WorkerProcess>(&fork_server_, options_.program, camera_.name, kOutboxMaxBytes);
    } catch (const Error& error) {
        next_spawn_at_ = now + kRespawnLast;
        noteFailure("capture_failure", error.what());
        return;
    }
    ++worker_starts_;
    spawned_at_ = last_heartbeat_at_ = waiting_since_ = now;
    killed_at_.reset();
    heartbeat_ = {};
    is_resting_ = false;
    base::logInfo(component(camera_.name), "worker " + std::to_string(process_->pid()) + " started");
    send(setup());
    if (is_live_wanted_) send(ipc::Live{.is_wanted = true});
}

void Unit::send(const ipc::Message& message) {
    if (!process_ || killed_at_) return;
    try {
        if (!process_->channel().send(message)) killWorker("stopped reading its commands");
    } catch (const Error&) {
        // The end of the process itself is noticed and told by tick().
        killWorker("closed its channel");
    }
}

void Unit::killWorker(const std::string& why) {
    if (!process_ || killed_at_) return;
    kill_reason_ = why;
    killed_at_ = clock_.now();
    process_->kill();
}

pollfd Unit::wanted() noexcept {
    if (!process_ || killed_at_) return {-1, 0, 0};
    return {process_->channel().fd(), process_->channel().wantedEvents(), 0};
}

void Unit::onEvents(short events) {
    if (!process_ || killed_at_ || events == 0) return;
    try {
        if ((events & POLLOUT) != 0) process_->channel().flush();
        // A bounded number a round, so that one flooding worker cannot starve the others.
        for (int i = 0; i < 64; ++i) {
            auto message = process_->channel().receive();
            if (!message) return;
            handle(std::move(*message));
            if (!process_ || killed_at_) return;
        }
    } catch (const Error& error) {
        killWorker(error.kind() == ErrorKind::BadData ? std::string("sent garbage: ") + error.what() : "");
    }
}

void Unit::handle(ipc::Message message) {
    if (auto* fragment = std::get_if<ipc::FragmentReady>(&message)) return handleFragment(std::move(*fragment));
    if (auto* stream = std::get_if<ipc::StreamStarted>(&message)) return handleStream(std::move(*stream));
    if (auto* detection = std::get_if<ipc::DetectionReady>(&message)) {
        if (!isPlausible(detection->at_us)) return killWorker("sent a detection without a plausible time");
        notePicture();
        if (is_detect_on_) listener_.onDetection(camera_.name, std::move(*detection));
    } else if (auto* picture = std::get_if<ipc::LivePicture>(&message)) {
        live_.publish(camera_.name, WallTime(microseconds(picture->at_us)), std::move(picture->jpeg));
    } else if (auto* still = std::get_if<ipc::Still>(&message)) {
        const auto found = stills_.find(still->id);
        if (found == stills_.end()) return;
        const auto callback = std::move(found->second);
        stills_.erase(found);
        callback({camera_.name, still->error, WallTime(microseconds(still->at_us)), std::move(still->jpeg), 1});
    } else if (const auto* heartbeat = std::get_if<ipc::Heartbeat>(&message)) {
        heartbeat_ = *heartbeat;
        last_heartbeat_at_ = clock_.now();
        if (heartbeat_.packet_age_us >= 0 && microseconds(heartbeat_.packet_age_us) < camera_.health.frame_timeout) notePicture();
    } else if (const auto* fault = std::get_if<ipc::Fault>(&message)) {
        is_resting_ = fault->kind == ErrorKind::Misconfigured || fault->kind == ErrorKind::NotSupported;
        endStream();
        noteFailure(fault->issue, base::redactUrls(fault->text).substr(0, 500));
    } else if (const auto* line = std::get_if<ipc::LogLine>(&message)) {
        const auto level = static_cast<base::LogLevel>(std::clamp<int>(line->level, 1, 4));
        base::log(level, component(camera_.name) + "/" + line->component.substr(0, 32), line->text.substr(0, 1000));
    } else if (const auto* hello = std::get_if<ipc::Hello>(&message)) {
        base::logDebug(component(camera_.name), "worker uses " + hello->libraries.substr(0, 500));
    } else {
        killWorker("sent a message that only the core sends");
    }
}

void Unit::handleStream(ipc::StreamStarted message) {
    endStream();
    auto init = std::make_shared<StreamInit>();
    init->epoch = message.epoch;
    init->video = message.video;
    init->width_px = message.width_px;
    init->height_px = message.height_px;
    init->has_audio = message.has_audio;
    init->bytes = std::move(message.init);
    init_ = std::move(init);
    message.init.clear();
    base::logInfo(component(camera_.name), "stream: " + message.description.substr(0, 200));
    stream_ = std::move(message);
}

void Unit::handleFragment(ipc::FragmentReady message) {
    if (!stream_ || message.epoch != stream_->epoch || init_->bytes.empty()) return;
    if (!isPlausible(message.started_at_us)) return killWorker("sent a fragment without a plausible time");
    notePicture();
    auto fragment = std::make_shared<Fragment>();
    fragment->init = init_;
    fragment->sequence = message.sequence;
    fragment->started_at = WallTime(microseconds(message.started_at_us));
    fragment->duration = microseconds(std::clamp<std::int64_t>(message.duration_us, 0, 60'000'000));
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
    respawn_delay_ = was_long ? kRespawnFirst : std::min(respawn_delay_ * 2, kRespawnLast);
    if (worker_starts_ <= 1) respawn_delay_ = kRespawnFirst;
    next_spawn_at_ = now + respawn_delay_;
    process_.reset();
    endStream();
    for (auto& [id, callback] : std::exchange(stills_, {})) callback({camera_.name, "the camera's worker ended", {}, {}, 1});
    const std::string why = kill_reason_.empty() ? how : how + ": " + kill_reason_;
    kill_reason_.clear();
    killed_at_.reset();
    waiting_since_ = now;
    if (is_stopping_ || is_paused_) return;
    base::logWarning(component(camera_.name), "worker ended (" + why + "), a new one starts in " + std::to_string(respawn_delay_.count()) + " ms");
    rung_ = "respawn_worker";
    noteFailure("capture_failure", "worker ended (" + why + ")");
}

void Unit::tick() {
    const auto now = clock_.now();
    if (!camera_.problem.empty()) return setState(State::Offline, camera_.problem, "waiting for a corrected configuration");
    if (is_paused_) return tickPaused();
    if (process_) checkWorker(now);
    if (!process_ && !is_stopping_ && now >= next_spawn_at_) spawn();
    if (!is_stopping_) checkPictures(now);
}

void Unit::checkWorker(Monotonic::time_point now) {
    if (const auto how = process_->ended()) {
        onEvents(POLLIN);  // its last words and its last fragment
        return onWorkerEnd(*how);
    }
    if (killed_at_) {
        if (now - *killed_at_ > kKillPatience)
            setState(State::Wedged, "its worker hangs in the driver and cannot be killed: only a reboot helps", "waiting for the process to end");
        return;
    }
    if (now - last_heartbeat_at_ > kHeartbeatMissed) return killWorker("no heartbeat for 5 s");
    const std::pair<ipc::CapturePhase, std::int64_t> streams[] = {{heartbeat_.phase, heartbeat_.capture_stuck_us}, {heartbeat_.sub_phase, heartbeat_.sub_stuck_us}};
    for (const auto& [phase, stuck_us] : streams)
        if (microseconds(stuck_us) > (phase == ipc::CapturePhase::Opening ? kOpenStuck : kReadStuck))
            killWorker("capture hung for " + base::formatDuration(microseconds(stuck_us)));
}

void Unit::checkPictures(Monotonic::time_point now) {
    if (killed_at_ && now - *killed_at_ > kKillPatience) return;  // wedged
    const bool is_flowing = last_picture_at_ && now - *last_picture_at_ <= camera_.health.frame_timeout;
    if (is_flowing && process_) {
        const auto frozen = microseconds(heartbeat_.distinct_age_us);
        if (frozen <= camera_.health.unresponsive_after) return setState(State::Running, "", "");
        issue_ = "frozen_picture";
        return setState(State::Degraded, "the picture has not changed for more than " + base::formatDuration(camera_.health.unresponsive_after), "watching");
    }
    if (is_resting_) return setState(State::Offline, reason_, "waiting: only the owner can change this; tried again every minute");
    const auto since = std::max(last_picture_at_.value_or(waiting_since_), spawned_at_ == Monotonic::time_point{} ? waiting_since_ : Monotonic::time_point{});
    const auto silence = now - since;
    if (silence > camera_.health.frame_timeout && now - last_failure_at_ > camera_.health.frame_timeout)
        noteFailure("connection_error", "no picture for " + base::formatDuration(std::chrono::duration_cast<microseconds>(silence)));
    const std::string action = process_ ? "opening the source again" : "starting a new worker";
    if (silence > camera_.health.unresponsive_after) return setState(State::Offline, reason_, action);
    if (consecutive_failures_ > 0) return setState(State::Degraded, reason_, action);
    setState(State::Starting, "", "waiting for the first picture");
}

void Unit::noteFailure(const std::string& issue, const std::string& text) {
    last_failure_at_ = clock_.now();
    ++consecutive_failures_;
    const bool is_known = issue == issue_ && consecutive_failures_ > kManyFailures;
    issue_ = issue;
    reason_ = text;
    if (rung_ == "none") rung_ = "retry";
    // A camera that is gone for the winter fails every few seconds: log, history and alerts hear of it once a minute.
    if (is_known && last_failure_at_ - told_failure_at_ < kReminder) return;
    told_failure_at_ = last_failure_at_;
    base::logWarning(component(camera_.name), "CAMERA_ISSUE " + issue + ": " + text);
    listener_.onStateChange({camera_.name, clock_.wallNow(), state_, status().score, issue_, reason_, issue_});
}

void Unit::notePicture() {
    last_picture_at_ = clock_.now();
    is_resting_ = false;
    if (consecutive_failures_ > 0 && process_) {
        base::logInfo(component(camera_.name), "CAMERA_RECOVERY pictures again after " + std::to_string(consecutive_failures_) + " failure(s)");
        consecutive_failures_ = 0;
        issue_.clear();
        rung_ = "none";
    }
}

void Unit::setState(State state, const std::string& reason, const std::string& action) {
    action_ = action;
    if (state != State::Degraded && state != State::Offline) reason_ = reason;
    else if (!reason.empty()) reason_ = reason;
    if (state == state_) return;
    state_ = state;
    state_since_ = clock_.wallNow();
    listener_.onStateChange({camera_.name, state_since_, state_, status().score, issue_, reason_, issue_});
}

void Unit::requestStop() {
    is_stopping_ = true;
    send(ipc::Stop{});
}

void Unit::requestStill(std::uint64_t id, StillCallback callback) {
    if (!process_ || killed_at_) return callback({camera_.name, reason_.empty() ? "the camera is " + std::string(nameOf(state_)) : reason_, {}, {}, 0});
    stills_.emplace(id, std::move(callback));
    send(ipc::StillRequest{.id = id});
}

void Unit::setLive(bool is_wanted) {
    is_live_wanted_ = is_wanted;
    send(ipc::Live{.is_wanted = is_wanted});
}

void Unit::setDetect(bool is_on) {
    is_detect_on_ = is_on;
    send(ipc::DetectSwitch{is_on});
    listener_.onDetectSwitched(camera_.name, is_on);
}

void Unit::recover(int rung) {
    base::logInfo(component(camera_.name), "recovery asked for, rung " + std::to_string(rung));
    if (rung <= 2) send(ipc::RestartStream{});
    else killWorker("restart asked for");
    next_spawn_at_ = clock_.now();
}

}  // namespace porchlight::camera
