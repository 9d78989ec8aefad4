#include "alert/alert_hub.h"

#include <atomic>
#include <map>
#include <utility>

#include "alert/outbox.h"
#include "base/budgets.h"
#include "base/log.h"
#include "base/secret/secrets.h"
#include "base/thread.h"
#include "porchlight/mutex.h"
#include "porchlight/utf8.h"

namespace porchlight::alert {

namespace {

constexpr milliseconds kServiceSlice{200};
constexpr milliseconds kBusySlice{5};  ///< while alerts wait and are taken
constexpr seconds kRetryAfter{1};
constexpr int kMaxFailures = 3;               ///< of one alert, other than that nobody can be reached
constexpr seconds kWithdrawBudget{120};       ///< then it is left to the next start
constexpr seconds kStopGrace{1};              ///< beyond it, for a sink that does not keep its word
constexpr milliseconds kGoodbyeBudget{1000};  ///< of the stop budget, kept for the sink's stop()
constexpr std::size_t kMaxTextBytes = 1024;   ///< of each text of an alert
constexpr std::size_t kMaxProblems = 64;
constexpr seconds kSameAgain{600};  ///< in this time the same text is logged kSameTexts times
constexpr std::uint64_t kSameTexts = 3;
constexpr std::size_t kMaxLogged = 16;

/// Texts come from cameras, files and the owner's editor: what is no UTF-8 is replaced, what is endless is
/// cut.
void tidy(std::string& text) {
    text = asUtf8(text, kMaxTextBytes);
}

Alert tidied(Alert alert) {
    for (std::string* text : {&alert.zone, &alert.reason, &alert.clip_url, &alert.thumbnail_url}) tidy(*text);
    if (alert.problems.size() > kMaxProblems) alert.problems.resize(kMaxProblems);
    for (std::string& problem : alert.problems) tidy(problem);
    return alert;
}

AlertAppliance tidied(AlertAppliance appliance) {
    tidy(appliance.url);
    for (AlertCamera& camera : appliance.cameras) tidy(camera.title);
    return appliance;
}

}  // namespace

/// Folds what is logged again and again: a connection that comes and goes must not fill the log.
class Repeats {
  public:
    /// What to log for `text` now; empty when it stands in the log often enough already.
    std::string take(const std::string& text) {
        const auto now = Monotonic::now();
        if (texts_.size() >= kMaxLogged && !texts_.contains(text)) texts_.clear();
        Seen& seen = texts_[text];
        if (seen.count == 0 || now - seen.since > kSameAgain) {
            const std::uint64_t unsaid = seen.count > kSameTexts ? seen.count - kSameTexts : 0;
            seen = {now, 1};
            return unsaid == 0 ? text : text + " (and " + std::to_string(unsaid) + " times before)";
        }
        return ++seen.count <= kSameTexts ? text : std::string();
    }

  private:
    struct Seen {
        Monotonic::time_point since{};
        std::uint64_t count = 0;
    };
    std::map<std::string, Seen> texts_;
};

/// One sink, its thread and its outbox.
class AlertHub::Runner {
  public:
    /// `withdrawal`: of a sink that is switched off; null otherwise.
    Runner(std::string name, std::unique_ptr<AlertSink> sink, const Settings& settings,
           const AlertAppliance& appliance, AlertWithdrawal* withdrawal = nullptr)
        : name_(std::move(name)), sink_(std::move(sink)), withdrawal_(withdrawal) {
        try {
            if (withdrawal_ == nullptr)
                sink_->configure(settings, appliance);
            else
                is_off_ = !withdrawal_->withdraw(settings, appliance);
            if (is_off_) return;
        } catch (const std::exception& error) {
            status_ = "misconfigured: " + base::hideSecrets(error.what());
            base::logError("alert/" + name_, error.what());
            return;
        }
        is_running_ = true;
        thread_ =
            base::Thread("alert-" + name_, [this] { withdrawal_ == nullptr ? run() : runWithdrawal(); });
    }

    void push(const std::shared_ptr<const Alert>& alert) {
        if (withdrawal_ != nullptr) return;
        const LockGuard lock(mutex_);
        if (is_running_)
            outbox_.push(alert);
        else
            outbox_.countDrop();
    }

    SinkStatus status() const {
        const LockGuard lock(mutex_);
        return {name_,
                status_,
                delivered_,
                outbox_.dropped(),
                outbox_.size(),
                outbox_.bytes(),
                outbox_.droppedPictures(),
                outbox_.superseded()};
    }

    /// Switched off, with nothing left to tell of it.
    bool isOff() const {
        const LockGuard lock(mutex_);
        return is_off_;
    }

    void beginStop(Deadline deadline) {
        {
            const LockGuard lock(mutex_);
            stop_at_ = deadline.at();
            is_stopping_ = true;
        }
        sink_->interrupt();
    }

    /// False: the sink is still inside a call (a name service that does not answer, say) and cannot be waited
    /// for.
    bool joinBy(Deadline deadline) {
        {
            UniqueLock lock(mutex_);
            if (is_running_ && !ended_.waitUntil(lock, deadline.at(),
                                                 [this]() PORCHLIGHT_REQUIRES(mutex_) { return has_ended_; }))
                return false;
        }
        thread_.join();
        const LockGuard lock(mutex_);
        is_running_ = false;
        return true;
    }

  private:
    /// Broker away, or rights missing: the sink tries again by itself, here until the budget is spent.
    void runWithdrawal() {
        const auto patience = Deadline::in(kWithdrawBudget);
        while (!is_stopping_ && !patience.isPast() && !withdrawal_->isWithdrawn()) {
            guarded([&] { sink_->service(Deadline::in(kServiceSlice)); });
            noteStatus();
        }
        sink_->stop(Deadline::in(kGoodbyeBudget));
        const LockGuard lock(mutex_);
        is_off_ = withdrawal_->isWithdrawn();
        has_ended_ = true;
        ended_.notifyAll();
    }

    void run() {
        auto retry_at = Monotonic::time_point{};
        while (!is_stopping_) {
            const bool is_due = Monotonic::now() >= retry_at;
            if (is_due && !deliverNext(Deadline::in(budget::kAlertDelivery)))
                retry_at = Monotonic::now() + kRetryAfter;
            const bool has_more = is_due && Monotonic::now() >= retry_at && waiting() > 0;
            guarded([&] { sink_->service(Deadline::in(has_more ? kBusySlice : kServiceSlice)); });
            noteStatus();
        }
        const Deadline stop_by = stopDeadline();
        const Deadline flush_by(stop_by.at() - kGoodbyeBudget);
        while (!flush_by.isPast() && waiting() > 0 && deliverNext(flush_by)) {
        }
        sink_->stop(stop_by);
        noteStatus();
        if (const auto left = waiting(); left > 0)
            base::logWarning("alert/" + name_,
                             std::to_string(left) + " alert(s) could not be told before the end");
        const LockGuard lock(mutex_);
        has_ended_ = true;
        ended_.notifyAll();
    }

    /// False: the sink cannot take it now. True also when there was nothing to do. An alert that the sink
    /// chokes on is given up, so that the ones behind it are told.
    bool deliverNext(Deadline deadline) {
        std::shared_ptr<const Alert> next;
        {
            const LockGuard lock(mutex_);
            next = outbox_.front();
        }
        if (!next) return true;
        bool is_bad = false;
        bool is_done = false;
        guarded([&] {
            try {
                is_done = sink_->deliver(*next, deadline);
            } catch (const Error& error) {
                is_bad = error.kind() == ErrorKind::BadData ||
                         (error.kind() != ErrorKind::Unavailable && isHopeless(next));
                throw;
            } catch (...) {
                is_bad = isHopeless(next);
                throw;
            }
        });
        if (!is_done && !is_bad) return false;
        const LockGuard lock(mutex_);
        outbox_.remove(next);
        if (is_done)
            ++delivered_;
        else
            outbox_.countDrop();
        return true;
    }

    bool isHopeless(const std::shared_ptr<const Alert>& alert) {
        failures_ = alert == failing_ ? failures_ + 1 : 1;
        failing_ = alert;
        return failures_ >= kMaxFailures;
    }

    /// Runs plugin code: what it throws is logged.
    template <class Call>
    void guarded(Call call) {
        try {
            call();
        } catch (const std::exception& error) {
            if (const auto text = repeats_.take(error.what()); !text.empty())
                base::logWarning("alert/" + name_, text);
        }
    }

    void noteStatus() {
        guarded([this] {
            std::string now = base::hideSecrets(sink_->status());
            const LockGuard lock(mutex_);
            if (now == status_) return;
            if (const auto text = repeats_.take(now); !text.empty()) base::logInfo("alert/" + name_, text);
            status_ = std::move(now);
        });
    }

    std::size_t waiting() const {
        const LockGuard lock(mutex_);
        return outbox_.size();
    }

    Deadline stopDeadline() const {
        const LockGuard lock(mutex_);
        return Deadline(stop_at_);
    }

    const std::string name_;
    const std::unique_ptr<AlertSink> sink_;
    AlertWithdrawal* const withdrawal_;  ///< the sink itself
    mutable Mutex mutex_;
    Outbox outbox_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::string status_ PORCHLIGHT_GUARDED_BY(mutex_) = "starting";
    std::uint64_t delivered_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    Monotonic::time_point stop_at_ PORCHLIGHT_GUARDED_BY(mutex_){};
    std::atomic<bool> is_stopping_{false};
    ConditionVariable ended_;
    bool has_ended_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_running_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_off_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    Repeats repeats_;  ///< this and what follows: the sink's thread only
    std::shared_ptr<const Alert> failing_;
    int failures_ = 0;
    base::Thread thread_;
};

AlertHub::AlertHub(AlertAppliance appliance) : appliance_(tidied(std::move(appliance))) {}

AlertHub::~AlertHub() {
    stop(Deadline::in(budget::kAlertsStop));
}

void AlertHub::add(const plugin::Module& module, const Settings& settings) {
    add(module.name(), module.create<AlertSink>(), settings);
}

void AlertHub::add(const std::string& name, std::unique_ptr<AlertSink> sink, const Settings& settings) {
    runners_.push_back(std::make_unique<Runner>(name, std::move(sink), settings, appliance_));
}

void AlertHub::withdraw(const plugin::Module& module, const Settings& settings) {
    auto sink = module.create<AlertSink>();
    auto* withdrawal = dynamic_cast<AlertWithdrawal*>(sink.get());
    if (withdrawal != nullptr)
        runners_.push_back(
            std::make_unique<Runner>(module.name(), std::move(sink), settings, appliance_, withdrawal));
}

void AlertHub::publish(const Alert& alert) {
    auto told = std::make_shared<Alert>(tidied(alert));
    told->reason = base::hideSecrets(told->reason);
    for (std::string& problem : told->problems) problem = base::hideSecrets(problem);
    const std::shared_ptr<const Alert> shared = std::move(told);
    for (const auto& runner : runners_) runner->push(shared);
}

std::vector<SinkStatus> AlertHub::status() const {
    std::vector<SinkStatus> out;
    for (const auto& runner : runners_)
        if (!runner->isOff()) out.push_back(runner->status());
    return out;
}

void AlertHub::stop(Deadline deadline) {
    for (const auto& runner : runners_) runner->beginStop(deadline);
    const Deadline patience(deadline.at() + kStopGrace);
    for (auto& runner : runners_) {
        if (runner->joinBy(patience)) continue;
        base::logWarning("alert/" + runner->status().plugin, "does not end; it is left behind");
        (void)runner.release();  // its thread still uses it; the process ends soon
    }
    std::erase(runners_, nullptr);
}

}  // namespace porchlight::alert
