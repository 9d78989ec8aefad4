#include "camera/still_round.h"

#include <algorithm>
#include <utility>

#include "porchlight/mutex.h"

namespace porchlight::camera {
namespace {

constexpr milliseconds kAskAgain{500};
constexpr milliseconds kLook{200};  ///< for a cancelled round

/// Answers on their way from the supervisor; shared with callbacks that may outlive the round.
class Inbox {
  public:
    struct Answer {
        std::size_t camera;
        std::uint64_t question;
        StillResult result;
    };

    Inbox(std::size_t cameras, std::size_t max_bytes) : expected_(cameras), left_bytes_(max_bytes) {}

    /// Only the answer to this question comes in.
    void expect(std::size_t camera, std::uint64_t question) {
        const LockGuard lock(mutex_);
        expected_[camera] = question;
    }

    /// A picture that no room is left for does not come in; why is told instead. Nor does one that failed.
    void put(Answer answer) {
        const LockGuard lock(mutex_);
        if (answer.question != expected_[answer.camera]) return;
        if (!answer.result.error.empty()) answer.result.jpeg = std::vector<std::uint8_t>();
        if (answer.result.jpeg.size() > left_bytes_) {
            answer.result.error = kTooLargeTogether;
            answer.result.jpeg = std::vector<std::uint8_t>();
        }
        left_bytes_ -= answer.result.jpeg.size();
        answers_.push_back(std::move(answer));
        changed_.notifyAll();
    }

    /// Room for others: nobody keeps this one.
    void giveBack(const Answer& answer) {
        const LockGuard lock(mutex_);
        left_bytes_ += answer.result.jpeg.size();
    }

    std::vector<Answer> takeBy(Monotonic::time_point until) {
        UniqueLock lock(mutex_);
        changed_.waitUntil(lock, until, [this]() PORCHLIGHT_REQUIRES(mutex_) { return !answers_.empty(); });
        return std::exchange(answers_, {});
    }

  private:
    Mutex mutex_;
    ConditionVariable changed_;
    std::vector<std::uint64_t> expected_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< of each camera; 0: none
    std::vector<Answer> answers_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t left_bytes_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< of the pictures here and in the round
};

/// One camera of a round.
struct Slot {
    StillResult result;
    std::uint64_t question = 0;  ///< the latest; answers to earlier ones are too late
    int attempt = 1;
    Monotonic::time_point attempt_ends_at{};
    Monotonic::time_point ask_at{};
    Monotonic::time_point restarted_at{};  ///< or the begin of the round
    bool is_asked = false;
    bool is_done = false;
};

class Round {
  public:
    Round(Control& cameras, const std::vector<std::string>& names, const StillPlan& plan)
        : cameras_(cameras), plan_(plan), inbox_(std::make_shared<Inbox>(names.size(), plan.max_bytes)) {
        const auto now = Monotonic::now();
        for (const std::string& name : names) {
            Slot slot;
            slot.result.camera = name;
            slot.attempt_ends_at = now + plan.timeout;
            slot.ask_at = now;
            slot.restarted_at = now;
            const auto status = cameras.status(name);
            if (!status)
                finish(slot, "no such camera", 0);
            else if (status->state == State::Disabled)
                finish(slot, "the camera is disabled", 0);
            slots_.push_back(std::move(slot));
        }
    }

    std::vector<StillResult> run() {
        for (;;) {
            step(Monotonic::now());
            if (std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.is_done; }))
                break;
            takeAnswers(nextAt());
        }
        std::vector<StillResult> out;
        for (Slot& slot : slots_) out.push_back(std::move(slot.result));
        return out;
    }

  private:
    static void finish(Slot& slot, const std::string& error, int attempts) {
        slot.result.error = error;
        slot.result.attempts = attempts;
        slot.is_done = true;
    }

    void step(Monotonic::time_point now) {
        const bool is_cancelled = plan_.is_cancelled();
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            Slot& slot = slots_[i];
            if (slot.is_done) continue;
            if (is_cancelled || now >= slot.attempt_ends_at) endAttempt(slot, now, is_cancelled);
            if (!slot.is_done && !slot.is_asked && now >= slot.ask_at) ask(i);
        }
    }

    void endAttempt(Slot& slot, Monotonic::time_point now, bool is_cancelled) {
        if (is_cancelled || slot.attempt >= plan_.attempts) {
            const std::string none = "no picture within " + std::to_string(plan_.timeout.count()) + " ms";
            return finish(slot, slot.result.error.empty() ? none : slot.result.error, slot.attempt);
        }
        if (plan_.may_restart && now - slot.restarted_at >= plan_.open_timeout(slot.result.camera)) {
            cameras_.restartStream(slot.result.camera);
            slot.restarted_at = now;
        }
        ++slot.attempt;
        slot.attempt_ends_at = now + plan_.timeout;
        slot.ask_at = now;
        slot.is_asked = false;
    }

    void ask(std::size_t i) {
        Slot& slot = slots_[i];
        slot.is_asked = true;
        const std::uint64_t question = ++slot.question;
        inbox_->expect(i, question);
        const bool is_taken =
            cameras_.askStill(slot.result.camera, [inbox = inbox_, i, question](StillResult result) {
                inbox->put({i, question, std::move(result)});
            });
        if (!is_taken) finish(slot, "the cameras are being stopped", slot.attempt);
    }

    Monotonic::time_point nextAt() const {
        auto at = Monotonic::now() + kLook;
        for (const Slot& slot : slots_)
            if (!slot.is_done)
                at = std::min(
                    at, slot.is_asked ? slot.attempt_ends_at : std::min(slot.ask_at, slot.attempt_ends_at));
        return at;
    }

    void takeAnswers(Monotonic::time_point until) {
        for (Inbox::Answer& answer : inbox_->takeBy(until)) {
            Slot& slot = slots_[answer.camera];
            if (slot.is_done || answer.question != slot.question)
                inbox_->giveBack(answer);
            else
                take(slot, std::move(answer.result));
        }
    }

    static void take(Slot& slot, StillResult answer) {
        if (answer.error == kTooLargeTogether) return finish(slot, answer.error, slot.attempt);
        if (answer.error.empty()) {
            slot.result = std::move(answer);
            return finish(slot, "", slot.attempt);
        }
        slot.result.error = std::move(answer.error);
        slot.is_asked = false;
        slot.ask_at = Monotonic::now() + kAskAgain;
    }

    Control& cameras_;
    const StillPlan& plan_;
    std::vector<Slot> slots_;
    std::shared_ptr<Inbox> inbox_;
};

}  // namespace

std::vector<StillResult> takeStills(Control& cameras, const std::vector<std::string>& names,
                                    const StillPlan& plan) {
    return Round(cameras, names, plan).run();
}

microseconds spreadOf(const std::vector<StillResult>& stills) noexcept {
    WallTime first = WallTime::max();
    WallTime last = WallTime::min();
    for (const StillResult& still : stills) {
        if (!still.error.empty()) continue;
        first = std::min(first, still.at);
        last = std::max(last, still.at);
    }
    return last > first ? last - first : microseconds{0};
}

}  // namespace porchlight::camera
