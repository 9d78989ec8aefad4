#include "camera/worker/worker_slot.h"

#include <algorithm>

#include "base/log.h"
#include "camera/discretion.h"
#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

constexpr std::size_t kOutboxMaxBytes = 1U << 20U;
constexpr int kMessagesARound = 64;
constexpr std::chrono::hours kCpuMemory{
    1};  // the next worker that burns as much from its beginning is honestly busy

Gate::Now nowOf(const base::Clock& clock) {
    return {clock.now(), clock.wallNow(), clock.bootNow()};
}

}  // namespace

WorkerSlot::WorkerSlot(const Site& site, ForkServer& fork_server, Monotonic::time_point first_spawn_at)
    : site_(site), fork_server_(fork_server), backoff_(first_spawn_at) {}

void WorkerSlot::ask(WorkerProcess::By by) {
    try {
        starting_ = std::make_unique<WorkerProcess>(fork_server_, site_.options.program, site_.camera.name,
                                                    kOutboxMaxBytes, by);
    } catch (const Error&) {
        backoff_.noteFailure(site_.clock.now());
        throw;
    }
}

bool WorkerSlot::raise(Monotonic::time_point now) {
    if (!starting_) {
        if (!backoff_.isDue(now)) return false;
        ask(WorkerProcess::By::ForkServer);
    }
    if (!starting_->isStarted() && !starting_->failure().empty()) {
        base::logWarning(site_.component(), "worker starts on its own: " + starting_->failure());
        starting_.reset();
        ask(WorkerProcess::By::Itself);
    }
    if (!starting_->isStarted()) return false;
    process_ = std::move(starting_);
    ++starts_;
    spawned_at_ = site_.clock.now();
    watch_.emplace(site_.camera.health, site_.camera.sub.has_value(), spawned_at_);
    if (cpu_killed_at_ && spawned_at_ - *cpu_killed_at_ < kCpuMemory) watch_->followCpuLimit();
    gate_.emplace(nowOf(site_.clock));
    unread_since_.reset();
    return true;
}

pollfd WorkerSlot::wanted() noexcept {
    if (!isRunning()) return {-1, 0, 0};
    return {process_->channel().fd(), process_->channel().wantedEvents(), 0};
}

void WorkerSlot::read(short events, const Taker& take) {
    if (!isRunning() || events == 0) return;
    try {
        auto& channel = process_->channel();
        if ((events & POLLOUT) != 0) channel.flush();
        for (int i = 0; i < kMessagesARound && isRunning(); ++i) {
            auto message = channel.receive();
            if (!message) return;
            const auto verdict = gate_->judge(*message, channel.lastBytes(), nowOf(site_.clock));
            if (verdict.finding) return kill(verdict.finding->kind, verdict.finding->detail);
            if (!verdict.is_taken) continue;
            hideSecretsIn(*message);
            take(std::move(*message));
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData)
            kill(FaultKind::WorkerGarbage, std::string("sent garbage: ") + error.what());
        else
            kill(FaultKind::WorkerDied, "");
    }
}

void WorkerSlot::send(const ipc::Message& message) {
    if (!isRunning()) return;
    try {
        if (!process_->channel().send(message))
            kill(FaultKind::HeartbeatMissing, "does not read its commands");
    } catch (const Error&) {
        // The end of the process itself is noticed and told by takeEnd().
        kill(FaultKind::WorkerDied, "closed its channel");
    }
}

void WorkerSlot::kill(FaultKind kind, const std::string& why) {
    if (!isRunning()) return;
    dying_.emplace(Finding{kind, why}, false, site_.clock.now());
    process_->kill();
}

void WorkerSlot::killForAttempt() {
    if (!isRunning()) return;
    dying_.emplace(Finding{FaultKind::WorkerDied, ""}, true, site_.clock.now());
    process_->kill();
}

bool WorkerSlot::killIfFatal(const Finding& finding, Monotonic::time_point now) {
    if (factsOf(finding.kind).severity != Severity::Fatal) return false;
    if (finding.kind == FaultKind::CpuLimit) cpu_killed_at_ = now;
    if (watch_->isStuckInEncoder(now)) avoids_hardware_encoder_ = true;
    kill(finding.kind, finding.detail);
    return true;
}

std::optional<WorkerEnd> WorkerSlot::takeEnd(bool has_given_up, const Taker& take) {
    if (!process_) return std::nullopt;
    const auto how = process_->ended();
    if (!how) return std::nullopt;
    read(POLLIN, take);
    const auto now = site_.clock.now();
    Finding fault = dying_ ? dying_->why() : Finding{FaultKind::WorkerDied, ""};
    if (fault.kind == FaultKind::WorkerDied && watch_->isNearMemoryLimit())
        fault = {FaultKind::MemoryLimit, "at its memory limit"};
    const bool was_wanted = dying_ && dying_->isWanted();
    WorkerEnd out{
        {fault.kind, fault.detail.empty() ? *how : *how + ": " + fault.detail},
        *how,
        was_wanted,
        was_wanted ? backoff_.noteWantedEnd(now) : backoff_.noteEnd(now - spawned_at_, has_given_up, now)};
    process_.reset();
    watch_.reset();
    gate_.reset();
    dying_.reset();
    return out;
}

void WorkerSlot::watchOver(Monotonic::time_point now) {
    if (!process_) return;
    for (const auto& note : gate_->takeNotes(now)) base::logWarning(site_.component(), note);
    if (dying_) return dying_->look(process_->isAsleepInKernel(), is_host_slow_, now);
    // Before its first heartbeat it may still be loading plugins.
    if (watch_->beatAt() <= spawned_at_ || process_->channel().unreadBytes() == 0)
        unread_since_.reset();
    else if (!unread_since_)
        unread_since_ = now;
    else if (now - *unread_since_ > patienceOn(is_host_slow_, kDeafPatience))
        kill(FaultKind::HeartbeatMissing, "does not read its commands");
}

void WorkerSlot::forgive(microseconds span, Monotonic::time_point now) {
    if (watch_) watch_->forgive(span, now);
    if (dying_) dying_->forgive(span, now);
    if (unread_since_) unread_since_ = std::min(*unread_since_ + span, now);
}

void WorkerSlot::noteHeartbeat(const ipc::Heartbeat& beat) {
    heartbeat_ = beat;
    watch_->onHeartbeat(beat, site_.clock.now());
}

void WorkerSlot::describe(Status& out) const {
    out.worker_pid = process_ ? process_->pid() : 0;
    out.worker_starts = starts_;
    if (process_) {
        out.rate_hz = heartbeat_.rate_hz;
        out.rss_bytes = heartbeat_.rss_bytes;
        out.cpu_percent = heartbeat_.cpu_percent;
        out.memory_max_bytes = heartbeat_.memory_max_bytes;
        out.descriptors = heartbeat_.descriptors;
        out.descriptors_max = heartbeat_.descriptors_max;
        out.threads = heartbeat_.threads;
        out.queue_bytes = heartbeat_.queue_bytes;
        out.queue_max_bytes = heartbeat_.queue_max_bytes;
        out.is_detecting_on_main = heartbeat_.is_detecting_on_main;
    }
    out.packets = heartbeat_.packets;
    out.pictures_analysed = heartbeat_.pictures_analysed;
    out.dropped_fragments = heartbeat_.dropped_fragments;
    out.dropped_packets = heartbeat_.dropped_packets;
    out.bad_packets = heartbeat_.bad_packets;
    out.dropped_messages = heartbeat_.dropped_messages;
    out.lost_frames = heartbeat_.lost_frames;
}

}  // namespace porchlight::camera
