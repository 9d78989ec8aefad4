#include "camera/fleet/fleet.h"

#include <poll.h>

#include <algorithm>

#include "base/budgets.h"
#include "base/log.h"
#include "base/text.h"
#include "camera/fleet/host_watch.h"
#include "camera/unit/unit.h"
#include "porchlight/mutex.h"

namespace porchlight::camera {
namespace {

constexpr milliseconds kTick{100};
constexpr milliseconds kSpawnStagger{150};
constexpr milliseconds kLookForStop{200};

/// What all workers load anyway.
std::vector<std::string> pluginsOf(const std::vector<config::CameraConfig>& cameras) {
    std::vector<std::string> names;
    for (const auto& camera : cameras)
        for (const auto& name :
             {camera.source.plugin, camera.detect.is_enabled ? camera.detect.detector.plugin : std::string()})
            if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
    return names;
}

/// Results of one stills() call, shared with callbacks that may outlive it.
struct StillGathering {
    Mutex mutex;
    ConditionVariable changed;
    std::vector<StillResult> results PORCHLIGHT_GUARDED_BY(mutex);
    std::size_t missing PORCHLIGHT_GUARDED_BY(mutex) = 0;
};

}  // namespace

Fleet::Fleet(std::vector<config::CameraConfig> cameras, FleetOptions options, const base::Clock& clock,
             Listener& listener)
    : clock_(clock),
      listener_(listener),
      options_(std::move(options)),
      fork_server_(options_.program, pluginsOf(cameras)),
      owner_desk_(options_.owner_journal, options_.save_owner_journal, clock.wallNow()),
      host_watch_(std::make_unique<HostWatch>(clock)) {
    auto spawn_at = clock.now();
    for (auto& camera : cameras) {
        names_.push_back(camera.name);
        units_.push_back(std::make_unique<Unit>(std::move(camera), options_, fork_server_, owner_desk_,
                                                proof_turn_, clock_, listener_, live_, spawn_at));
        spawn_at += kSpawnStagger;
    }
    publishStatuses();
    // Asks the hub again on the supervisor thread: calls for "wanted" and "not wanted" may overtake each
    // other.
    const auto tellDemand = [this](const std::string& camera) {
        post(camera, [this, camera](Unit& unit) { unit.setWatched(demandOf(live_, camera)); });
    };
    live_.onDemandChange([tellDemand](const std::string& camera, bool) { tellDemand(camera); });
    live_.parts().onDemandChange(tellDemand);
}

Fleet::~Fleet() {
    stop();
}

void Fleet::start() {
    publishStatuses();
    thread_ = base::Thread("supervisor", [this] { run(); });
}

void Fleet::stop() {
    live_.close();
    is_stopping_ = true;
    waker_.notify();
    thread_.join();
}

void Fleet::run() {
    while (!is_stopping_) pollOnce();
    for (auto& unit : units_) unit->requestStop();
    const auto hasWorkers = [this] {
        return std::any_of(units_.begin(), units_.end(), [](const auto& unit) { return unit->hasWorker(); });
    };
    const auto began_at = clock_.now();
    while (hasWorkers() && clock_.now() - began_at < budget::kWorkerStop) pollOnce();
    for (auto& unit : units_) unit->killUnstopped();
    while (hasWorkers() && clock_.now() - began_at < budget::kWorkerStop + budget::kWorkerKill) pollOnce();
    postbox_.close();
    runPosted();  // whoever still waits for a picture is told that there is none
    publishStatuses();
}

void Fleet::pollOnce() {
    std::vector<pollfd> polls{{waker_.fd(), POLLIN, 0}, {fork_server_.fd(), POLLIN, 0}};
    const std::size_t first = polls.size();
    for (auto& unit : units_) polls.push_back(unit->wanted());
    ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(kTick.count()));
    if (polls[0].revents != 0) waker_.drain();
    fork_server_.tick();
    if (polls[1].revents != 0)
        for (auto& unit : units_) unit->lookForStart();
    runPosted();
    for (std::size_t i = 0; i < units_.size(); ++i) units_[i]->onEvents(polls[first + i].revents);
    const auto now = clock_.now();
    if (now - last_tick_at_ < kTick) return;
    last_tick_at_ = now;
    watchHost();
    for (auto& unit : units_) unit->tick();
    listener_.onTick(now);
    publishStatuses();
    ++ticks_;
    busy_ = std::chrono::duration_cast<microseconds>(clock_.now() - now);
}

/// Before any camera is judged: what was late because the host stood still is no camera's fault. What the
/// workers sent meanwhile has been read already.
void Fleet::watchHost() {
    const auto verdict =
        host_watch_->round(busy_, options_.store_age ? options_.store_age() : microseconds(0));
    bool has_host_stalled = verdict.is_pressed;
    const bool is_late = verdict.excused > microseconds(0);
    for (auto& unit : units_) unit->setHostSlow(verdict.is_slow);
    for (const auto& stall : verdict.stalls) {
        const std::string span =
            (stall.span < microseconds(0) ? "-" : "") +
            base::formatDuration(stall.span < microseconds(0) ? -stall.span : stall.span);
        base::logWarning("supervisor", "HOST_STALL " + stall.cause + ": " + span +
                                           (stall.detail.empty() ? "" : ", " + stall.detail));
        listener_.onHostStall(stall);
        // Connections that died while the machine slept are not the cameras' fault either.
        has_host_stalled = has_host_stalled || stall.cause == "suspend" || stall.cause == "host_stall";
    }
    if (!is_late && !has_host_stalled) return;
    for (auto& unit : units_) unit->forgive(verdict.excused, has_host_stalled);
}

void Fleet::runPosted() {
    for (auto& [camera, command] : postbox_.take())
        for (std::size_t i = 0; i < units_.size(); ++i)
            if (names_[i] == camera) command(*units_[i]);
}

bool Fleet::post(const std::string& camera, Postbox::Command command) {
    if (std::find(names_.begin(), names_.end(), camera) == names_.end()) return false;
    if (!postbox_.post(camera, std::move(command))) return false;
    waker_.notify();
    return true;
}

void Fleet::publishStatuses() {
    std::vector<Status> statuses;
    for (const auto& unit : units_) {
        statuses.push_back(unit->status());
        if (status_extra_) status_extra_(statuses.back());
    }
    const LockGuard lock(mutex_);
    statuses_ = std::move(statuses);
}

std::vector<Status> Fleet::statuses() const {
    const LockGuard lock(mutex_);
    return statuses_;
}

std::optional<Status> Fleet::status(const std::string& camera) const {
    const LockGuard lock(mutex_);
    for (const Status& status : statuses_)
        if (status.name == camera) return status;
    return std::nullopt;
}

std::vector<StillResult> Fleet::stills(const std::vector<std::string>& cameras, Deadline deadline) {
    auto gathering = std::make_shared<StillGathering>();
    {
        // All of them before the first is asked for: answers come on another thread and find their place.
        const LockGuard lock(gathering->mutex);
        gathering->missing = cameras.size();
        for (const auto& camera : cameras)
            gathering->results.push_back({camera, "no picture within the deadline", {}, {}, 1});
    }
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        const bool is_posted = post(cameras[i], [gathering, i, id = ++next_still_id_](Unit& unit) {
            unit.requestStill(id, [gathering, i](StillResult result) {
                const LockGuard lock(gathering->mutex);
                gathering->results[i] = std::move(result);
                --gathering->missing;
                gathering->changed.notifyAll();
            });
        });
        if (is_posted) continue;
        const LockGuard lock(gathering->mutex);
        gathering->results[i].error = "no such camera";
        --gathering->missing;
    }
    UniqueLock lock(gathering->mutex);
    while (gathering->missing > 0 && !is_stopping_ && !deadline.isPast())
        gathering->changed.waitUntil(lock, deadline.within(kLookForStop).at());
    return gathering->results;
}

bool Fleet::askStill(const std::string& camera, std::function<void(StillResult)> answer) {
    return askThumbnail(camera, 0, std::move(answer));
}

bool Fleet::askThumbnail(const std::string& camera, std::uint16_t max_width_px,
                         std::function<void(StillResult)> answer) {
    return post(camera, [answer = std::move(answer), max_width_px, id = ++next_still_id_](Unit& unit) {
        unit.requestStill(id, answer, max_width_px);
    });
}

bool Fleet::command(const std::string& camera, const CameraCommand& command,
                    std::function<void(CommandResult)> answer) {
    return post(camera, [answer = std::move(answer), command](Unit& unit) { unit.command(command, answer); });
}

std::optional<RecoveryReport> Fleet::recover(const std::string& camera, Rung rung, Deadline deadline) {
    struct Waiting {
        Mutex mutex;
        ConditionVariable changed;
        RecoveryReport report PORCHLIGHT_GUARDED_BY(mutex);
        bool is_done PORCHLIGHT_GUARDED_BY(mutex) = false;
    };
    auto waiting = std::make_shared<Waiting>();
    {
        const LockGuard lock(waiting->mutex);
        waiting->report.camera = camera;
        waiting->report.rung = rung;
        waiting->report.origin = Origin::Manual;
        waiting->report.at = clock_.wallNow();
    }
    const bool is_posted = post(camera, [waiting, rung](Unit& unit) {
        unit.recover(rung, [waiting](const RecoveryReport& report) {
            const LockGuard lock(waiting->mutex);
            waiting->report = report;
            waiting->is_done = true;
            waiting->changed.notifyAll();
        });
    });
    if (!is_posted) return std::nullopt;
    UniqueLock lock(waiting->mutex);
    // A fleet that stops decides no attempt any more.
    while (!waiting->is_done && !is_stopping_ && !deadline.isPast())
        waiting->changed.waitUntil(lock, deadline.within(kLookForStop).at());
    return waiting->report;
}

bool Fleet::restartStream(const std::string& camera) {
    return post(camera, [](Unit& unit) { unit.restartStream(); });
}

bool Fleet::requestKeyframe(const std::string& camera) {
    return post(camera, [](Unit& unit) { unit.tell(ipc::KeyframeRequest{}); });
}

bool Fleet::setDetect(const std::string& camera, bool is_on, const std::string& by) {
    return post(camera, [is_on, by](Unit& unit) { unit.setDetect(is_on, by); });
}

bool Fleet::setEnabled(const std::string& camera, bool is_on, const std::string& by) {
    return post(camera, [is_on, by](Unit& unit) { unit.setEnabled(is_on, by); });
}

bool Fleet::setRecordMode(const std::string& camera, config::RecordMode mode, const std::string& by) {
    return post(camera, [mode, by](Unit& unit) { unit.setRecordMode(mode, by); });
}

}  // namespace porchlight::camera
