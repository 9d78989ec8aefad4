#include "worker/companion/performer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/budgets.h"
#include "base/log.h"
#include "worker/companion/words.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxWaiting = 16;
constexpr std::size_t kMaxErrorBytes = 512;
/// expire() comes once a second.
constexpr milliseconds kPerform = budget::kCameraCommandInWorker - budget::kHeartbeat;
constexpr seconds kAfterRestart{30};  ///< until the camera is asked again

CameraCommand commandOf(const ipc::Command& command) {
    CameraCommand out;
    out.action = command.action;
    out.pan = command.pan;
    out.tilt = command.tilt;
    out.zoom = command.zoom;
    out.lasts = std::chrono::duration_cast<milliseconds>(microseconds(command.lasts_us));
    out.token = command.token;
    out.name = command.name;
    out.is_on = command.is_on;
    return out;
}

bool isMovement(CameraAction action) noexcept {
    return action == CameraAction::Move || action == CameraAction::Stop;
}

/// The camera offers something else after it.
bool changesOffer(CameraAction action) noexcept {
    return action == CameraAction::SavePreset || action == CameraAction::RemovePreset ||
           action == CameraAction::SetOutput || action == CameraAction::SetInfrared ||
           action == CameraAction::SetTime;
}

}  // namespace

Performer::Performer(CompanionCall::Factory factory, Settings settings, const CompanionPatience& patience,
                     bool tells_presence, OfferBoard& board, Outbox& outbox)
    : patience_(patience),
      tells_presence_(tells_presence),
      board_(board),
      outbox_(outbox),
      call_(std::move(factory), std::move(settings)),
      refresh_at_(Monotonic::now() + (tells_presence ? milliseconds{0} : patience.settle)),
      thread_("cam-perform", [this] { run(); }) {}

void Performer::take(const ipc::Command& command) {
    const LockGuard lock(mutex_);
    if (is_stopping_) return answer(command.id, "the camera's worker ends");
    if (isMovement(command.action)) giveWay();
    if (waiting_.size() >= kMaxWaiting)
        return answer(command.id, "16 commands wait for the camera already: try again in a moment");
    waiting_.push_back({command, Monotonic::now() + kPerform});
    changed_.notifyAll();
}

/// Where the camera is to go is what was said last.
void Performer::giveWay() {
    std::erase_if(waiting_, [this](const Waiting& waiting) {
        if (!isMovement(waiting.command.action)) return false;
        answer(waiting.command.id, {});
        return true;
    });
}

void Performer::requestKeyframe() {
    if (!board_.can(CameraAction::Keyframe)) return;
    const LockGuard lock(mutex_);
    if (keyframe_at_) return;
    keyframe_at_ = std::max(Monotonic::now(), last_keyframe_ + patience_.keyframe);
    changed_.notifyAll();
}

void Performer::expire() {
    const LockGuard lock(mutex_);
    const auto now = Monotonic::now();
    if (current_ && now >= current_->until) {
        answer(current_->command.id, "the camera has not taken it in time");
        current_.reset();
    }
    while (!waiting_.empty() && now >= waiting_.front().until) {
        answer(waiting_.front().command.id, "the camera was busy with another command for too long");
        waiting_.pop_front();
    }
}

void Performer::stop() noexcept {
    {
        const LockGuard lock(mutex_);
        is_stopping_ = true;
        changed_.notifyAll();
    }
    call_.interrupt();
}

bool Performer::waitEnded(Deadline deadline) {
    UniqueLock lock(mutex_);
    return changed_.waitUntil(lock, deadline.at(),
                              [this]() PORCHLIGHT_REQUIRES(mutex_) { return has_ended_; });
}

void Performer::run() {
    Waiting waiting;
    for (Work work = next(waiting); work != Work::End; work = next(waiting)) {
        if (work == Work::Command)
            perform(waiting);
        else if (work == Work::Keyframe)
            performKeyframe();
        else
            refresh();
    }
    call_.close();
    const LockGuard lock(mutex_);
    for (const Waiting& left : waiting_) answer(left.command.id, "the camera's worker ends");
    waiting_.clear();
    has_ended_ = true;
    changed_.notifyAll();
}

/// Waits for it.
Performer::Work Performer::next(Waiting& waiting) {
    UniqueLock lock(mutex_);
    for (;;) {
        if (const auto work = due(waiting)) return *work;
        changed_.waitUntil(lock, nextDue());
    }
}

std::optional<Performer::Work> Performer::due(Waiting& waiting) {
    if (is_stopping_) return Work::End;
    const auto now = Monotonic::now();
    if (!waiting_.empty()) {
        waiting = std::move(waiting_.front());
        waiting_.pop_front();
        current_ = waiting;
        return Work::Command;
    }
    if (keyframe_at_ && now >= *keyframe_at_) {
        keyframe_at_.reset();
        last_keyframe_ = now;
        return Work::Keyframe;
    }
    if (now >= refresh_at_) return Work::Refresh;
    return std::nullopt;
}

Monotonic::time_point Performer::nextDue() {
    return keyframe_at_ ? std::min(*keyframe_at_, refresh_at_) : refresh_at_;
}

void Performer::perform(const Waiting& waiting) {
    const CameraAction action = waiting.command.action;
    try {
        const Deadline deadline(waiting.until);
        makeOpen(deadline);
        call_.perform(commandOf(waiting.command), deadline);
        finish(waiting.command.id, {});
        if (action == CameraAction::Restart) is_open_ = false;
        const LockGuard lock(mutex_);
        if (changesOffer(action)) refresh_at_ = Monotonic::now();
        if (action == CameraAction::Restart) refresh_at_ = Monotonic::now() + kAfterRestart;
    } catch (const Error& error) {
        failed(error);
        finish(waiting.command.id, error.what());
    }
}

void Performer::performKeyframe() {
    try {
        const Deadline deadline = Deadline::in(kPerform);
        makeOpen(deadline);
        CameraCommand command;
        command.action = CameraAction::Keyframe;
        call_.perform(command, deadline);
    } catch (const Error& error) {
        failed(error);
        base::logDebug("companion", std::string("no keyframe of the camera: ") + error.what());
    }
}

/// Throws Error as open() does; a password that was refused is not tried again.
void Performer::makeOpen(Deadline deadline) {
    if (is_open_) return;
    if (!owners_problem_.empty()) throw Error(ErrorKind::Misconfigured, owners_problem_);
    try {
        const CameraAbilities abilities = call_.open(deadline);
        is_open_ = true;
        failures_ = 0;
        board_.there(abilities);
        const LockGuard lock(mutex_);
        refresh_at_ = Monotonic::now() + patience_.refresh;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Misconfigured) owners_problem_ = error.what();
        throw;
    }
}

/// A camera that is away is asked again soon, not only when its offer is due.
void Performer::failed(const Error& error) {
    if (error.kind() == ErrorKind::NotSupported || error.kind() == ErrorKind::Misconfigured) return;
    is_open_ = false;
    if (!tells_presence_ || error.kind() != ErrorKind::Unavailable) return;
    const LockGuard lock(mutex_);
    if (is_stopping_) return;
    board_.gone(error.what());
    refresh_at_ = Monotonic::now() + planRest(patience_, error.kind(), failures_++);
}

void Performer::refresh() {
    is_open_ = false;
    owners_problem_.clear();
    try {
        makeOpen(Deadline::in(patience_.open));
    } catch (const Error& error) {
        const LockGuard lock(mutex_);
        if (is_stopping_) return;
        if (tells_presence_) board_.gone(error.what());
        refresh_at_ = Monotonic::now() + planRest(patience_, error.kind(), failures_++);
    }
}

/// Answers the command unless expire() has.
void Performer::finish(std::uint64_t id, const std::string& error) {
    const LockGuard lock(mutex_);
    if (current_) answer(id, error);
    current_.reset();
}

void Performer::answer(std::uint64_t id, const std::string& error) {
    outbox_.put(ipc::CommandAnswer{id, shownWords(error, kMaxErrorBytes)});
}

}  // namespace porchlight::worker
