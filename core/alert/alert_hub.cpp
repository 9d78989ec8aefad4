#include "alert/alert_hub.h"

#include <atomic>
#include <filesystem>
#include <utility>

#include "alert/durable_outbox.h"
#include "alert/outbox.h"
#include "alert/patience.h"
#include "alert/repeats.h"
#include "base/budgets.h"
#include "base/log.h"
#include "base/secret/secrets.h"
#include "base/thread.h"
#include "porchlight/mutex.h"
#include "porchlight/utf8.h"

namespace porchlight::alert {

namespace {

constexpr milliseconds kServiceSlice{200};
constexpr milliseconds kBusySlice{5};         ///< while alerts wait and are taken
constexpr int kMaxFailures = 3;               ///< of one alert, other than that nobody can be reached
constexpr seconds kWithdrawBudget{120};       ///< then it is left to the next start
constexpr seconds kStopGrace{1};              ///< beyond it, for a sink that does not keep its word
constexpr milliseconds kGoodbyeBudget{1000};  ///< of the stop budget, kept for the sink's stop()
constexpr std::size_t kMaxTextBytes = 1024;   ///< of each text of an alert
constexpr std::size_t kMaxProblems = 64;

/// Texts come from cameras, files and the owner's editor: what is no UTF-8 is replaced, what is endless is
/// cut.
void tidy(std::string& text) {
    text = asUtf8(text, kMaxTextBytes);
}

Alert tidied(Alert alert) {
    for (std::string* text :
         {&alert.id, &alert.zone, &alert.label, &alert.reason, &alert.clip_url, &alert.thumbnail_url})
        tidy(*text);
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

/// One sink, its thread and its outbox.
class AlertHub::Runner {
  public:
    /// `withdrawal`: of a sink that is switched off; null otherwise.
    Runner(std::string name, std::unique_ptr<AlertSink> sink, const Settings& settings,
           const AlertAppliance& appliance, Journal* journal, AlertWithdrawal* withdrawal = nullptr)
        : name_(std::move(name)),
          sink_(std::move(sink)),
          withdrawal_(withdrawal),
          events_(journal == nullptr ? nullptr : std::make_shared<DurableOutbox>(name_, *journal)) {
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
        if (events_ && !alert->id.empty()) return events_->push(alert);
        const LockGuard lock(mutex_);
        if (is_running_)
            outbox_.push(alert);
        else
            outbox_.countDrop();
    }

    /// What waits on disk was changed by somebody else.
    void reload() {
        if (events_) events_->reload();
    }

    SinkStatus status() const {
        const LockGuard lock(mutex_);
        SinkStatus out{name_,
                       status_,
                       delivered_,
                       outbox_.dropped(),
                       outbox_.size(),
                       outbox_.bytes(),
                       outbox_.droppedPictures(),
                       outbox_.superseded()};
        if (!events_) return out;
        out.dropped += events_->dropped();
        out.waiting += events_->waiting();
        out.waiting_bytes += events_->bytes();
        out.dropped_pictures += events_->droppedPictures();
        return out;
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
            const auto now = Monotonic::now();
            if (events_) events_->tend(now);
            const bool is_due = now >= retry_at;
            if (is_due && !deliverNext(Deadline::in(budget::kAlertDelivery)))
                retry_at = patience_.after(Monotonic::now(), !did_fail_);
            const bool has_more = is_due && Monotonic::now() >= retry_at && waiting() > 0;
            guarded([&] { sink_->service(Deadline::in(has_more ? kBusySlice : kServiceSlice)); });
            noteStatus();
        }
        const Deadline stop_by = stopDeadline();
        flush(Deadline(stop_by.at() - kGoodbyeBudget));
        sink_->stop(stop_by);
        noteStatus();
        const LockGuard lock(mutex_);
        has_ended_ = true;
        ended_.notifyAll();
    }

    /// At the end: tells what can still be told, and writes down what was.
    void flush(Deadline deadline) {
        if (events_) events_->reload();  // an answer that was waited for may never come
        do {
            if (events_) events_->tend(Monotonic::now());
        } while (!deadline.isPast() && next() && deliverNext(deadline));
        if (events_) events_->settleNow(Monotonic::now());
        if (const auto left = waiting(); left > 0)
            base::logWarning("alert/" + name_, std::to_string(left) +
                                                   " alert(s) could not be told before the end" +
                                                   (events_ ? "; those of events wait on disk" : ""));
    }

    /// States first: they are few, and only the newest.
    std::shared_ptr<const Alert> next() {
        is_next_event_ = false;
        {
            const LockGuard lock(mutex_);
            if (auto state = outbox_.front()) return state;
        }
        if (!events_) return nullptr;
        is_next_event_ = true;
        return events_->front();
    }

    /// False: the sink cannot take it now. True also when there was nothing to do. An alert that the sink
    /// chokes on is given up, so that the ones behind it are told.
    bool deliverNext(Deadline deadline) {
        did_fail_ = false;
        const std::shared_ptr<const Alert> alert = next();
        if (!alert) return true;
        bool is_bad = false;
        bool is_done = false;
        std::string why;
        guarded([&] {
            try {
                is_done = sink_->deliver(*alert, deadline);
            } catch (const std::exception& error) {
                did_fail_ = true;
                why = base::hideSecrets(error.what());
                is_bad = isBad(error, alert);
                throw;
            }
        });
        if (!is_done && !is_bad) return false;
        patience_.reset();
        finish(alert, is_done ? "" : why.empty() ? "refused" : why);
        return true;
    }

    void finish(const std::shared_ptr<const Alert>& alert, const std::string& dead_reason) {
        if (is_next_event_) events_->finish(dead_reason, Monotonic::now());
        const LockGuard lock(mutex_);
        if (!is_next_event_) outbox_.remove(alert);
        if (dead_reason.empty())
            ++delivered_;
        else if (!is_next_event_)
            outbox_.countDrop();
    }

    /// Nobody to be reached, and settings that the owner can put right, say nothing about the alert.
    bool isBad(const std::exception& error, const std::shared_ptr<const Alert>& alert) {
        const auto* ours = dynamic_cast<const Error*>(&error);
        if (ours != nullptr && ours->kind() == ErrorKind::BadData) return true;
        if (ours != nullptr &&
            (ours->kind() == ErrorKind::Unavailable || ours->kind() == ErrorKind::Misconfigured))
            return false;
        return isHopeless(alert);
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
        return outbox_.size() + (events_ ? events_->waiting() : 0);
    }

    Deadline stopDeadline() const {
        const LockGuard lock(mutex_);
        return Deadline(stop_at_);
    }

    const std::string name_;
    const std::unique_ptr<AlertSink> sink_;
    AlertWithdrawal* const withdrawal_;            ///< the sink itself
    const std::shared_ptr<DurableOutbox> events_;  ///< null: without a journal, all is in outbox_
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
    Patience patience_;
    bool did_fail_ = false;       ///< the latest delivery, with an error
    bool is_next_event_ = false;  ///< what next() gave is of events_
    base::Thread thread_;
};

AlertHub::AlertHub(AlertAppliance appliance, Journal* journal)
    : appliance_(tidied(std::move(appliance))), journal_(journal) {}

AlertHub::~AlertHub() {
    stop(Deadline::in(budget::kAlertsStop));
}

AlertAppliance AlertHub::applianceFor(const plugin::Module& module, const std::string& name) const {
    AlertAppliance out = appliance_;
    if (name.empty() || name == module.name() || out.state_dir.empty()) return out;
    const auto folder = std::filesystem::path(out.state_dir) / ("alert-" + name + ".d");
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        throw Error(ErrorKind::Unavailable,
                    "folder " + folder.string() + " cannot be made: " + failure.message());
    out.state_dir = folder.string();
    return out;
}

void AlertHub::add(const plugin::Module& module, const Settings& settings, const std::string& name) {
    runners_.push_back(std::make_unique<Runner>(name.empty() ? module.name() : name,
                                                module.create<AlertSink>(), settings,
                                                applianceFor(module, name), journal_));
}

void AlertHub::add(const std::string& name, std::unique_ptr<AlertSink> sink, const Settings& settings) {
    runners_.push_back(std::make_unique<Runner>(name, std::move(sink), settings, appliance_, journal_));
}

void AlertHub::withdraw(const plugin::Module& module, const Settings& settings, const std::string& name) {
    auto sink = module.create<AlertSink>();
    auto* withdrawal = dynamic_cast<AlertWithdrawal*>(sink.get());
    if (withdrawal != nullptr)
        runners_.push_back(std::make_unique<Runner>(name.empty() ? module.name() : name, std::move(sink),
                                                    settings, applianceFor(module, name), nullptr,
                                                    withdrawal));
}

void AlertHub::publish(const Alert& alert) {
    auto told = std::make_shared<Alert>(tidied(alert));
    told->reason = base::hideSecrets(told->reason);
    for (std::string& problem : told->problems) problem = base::hideSecrets(problem);
    const std::shared_ptr<const Alert> shared = std::move(told);
    for (const auto& runner : runners_) runner->push(shared);
}

void AlertHub::reload() {
    for (const auto& runner : runners_) runner->reload();
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
