#include "alert/durable_outbox.h"

#include <algorithm>
#include <utility>

namespace porchlight::alert {

namespace {

constexpr std::size_t kMaxTold = 256;
/// Ends of events that a crash left open are written by the recorder, which knows no sink.
constexpr std::chrono::minutes kLookAnew{1};

}  // namespace

void DurableOutbox::push(const std::shared_ptr<const Alert>& alert) {
    const auto answer = [self = weak_from_this(), alert](bool is_kept) {
        const auto outbox = self.lock();
        if (!outbox) return;
        if (!is_kept) return outbox->keepInMemory(alert);
        const LockGuard lock(outbox->mutex_);
        outbox->newest_[alert->camera] = alert->id;
        ++outbox->behind_;
        outbox->has_more_ = true;
    };
    if (!journal_.keep(alert, answer)) keepInMemory(alert);
}

void DurableOutbox::keepInMemory(const std::shared_ptr<const Alert>& alert) {
    const LockGuard lock(mutex_);
    newest_[alert->camera] = alert->id;
    unsaved_.push(alert);
}

void DurableOutbox::reload() {
    const LockGuard lock(mutex_);
    ++round_;
    asked_at_.reset();
    window_.clear();
    has_more_ = true;
}

void DurableOutbox::tend(Monotonic::time_point now) {
    ask(now);
    settle(now);
}

void DurableOutbox::ask(Monotonic::time_point now) {
    std::uint64_t round = 0;
    std::size_t limit = 0;
    {
        const LockGuard lock(mutex_);
        const bool is_asking = asked_at_ && now - *asked_at_ < kAnswerBudget;
        const bool is_expected = has_more_ || asked_at_ || now - looked_at_ >= kLookAnew;
        if (!window_.empty() || is_asking || !is_expected) return;
        round = ++round_;
        looked_at_ = now;
        asked_at_ = now;
        has_more_ = false;  // what comes while the question is on its way says so again
        limit = kWindow + done_.size();
    }
    const auto answer = [self = weak_from_this(), round](std::optional<Journal::Waiting> found) {
        if (const auto outbox = self.lock()) outbox->take(round, std::move(found));
    };
    if (journal_.load(target_, limit, answer)) return;
    const LockGuard lock(mutex_);
    asked_at_.reset();
    has_more_ = true;
}

/// What was delivered may still stand on disk.
void DurableOutbox::take(std::uint64_t round, std::optional<Journal::Waiting> found) {
    const LockGuard lock(mutex_);
    if (round != round_) return;
    is_refused_ = !found;
    if (!found) {  // tried again after a while: asked_at_ stays
        has_more_ = true;
        return;
    }
    asked_at_.reset();
    window_.clear();
    std::size_t finished = 0;
    for (StoredAlert& stored : found->first) {
        if (!isFinished(stored.alert.id) && wasTold(stored.alert.id)) {
            done_.push_back({stored.place, stored.alert.id, ""});
            if (!done_since_) done_since_ = Monotonic::now();
        }
        if (isFinished(stored.alert.id))
            ++finished;
        else if (window_.size() < kWindow)
            window_.push_back(std::move(stored));
    }
    const std::size_t left = found->all - std::min(found->all, finished);
    behind_ = left - std::min(left, window_.size());
    has_more_ = has_more_ || behind_ > 0;
}

bool DurableOutbox::isFinished(const std::string& alert_id) const {
    return std::any_of(done_.begin(), done_.end(),
                       [&](const Outcome& outcome) { return outcome.alert_id == alert_id; });
}

bool DurableOutbox::wasTold(const std::string& alert_id) const {
    return std::find(told_.begin(), told_.end(), alert_id) != told_.end();
}

/// Of cameras that had no event since the start nobody knows what is beyond the window.
bool DurableOutbox::isStale(const Alert& alert) const {
    const auto newest = newest_.find(alert.camera);
    if (newest != newest_.end()) return newest->second != alert.id;
    return behind_ > 0 || std::any_of(window_.begin() + 1, window_.end(), [&](const StoredAlert& later) {
               return later.alert.camera == alert.camera;
           });
}

/// What waits on disk happened earlier, and goes first while it can be read.
std::shared_ptr<const Alert> DurableOutbox::frontInMemory() {
    current_place_.reset();
    current_ = nullptr;
    if ((has_more_ || asked_at_) && !is_refused_) return nullptr;
    while (unsaved_.front() && wasTold(unsaved_.front()->id)) unsaved_.remove(unsaved_.front());
    return current_ = unsaved_.front();
}

std::shared_ptr<const Alert> DurableOutbox::front() {
    std::optional<StoredAlert> stored;
    bool is_stale = false;
    {
        const LockGuard lock(mutex_);
        if (window_.empty()) return frontInMemory();
        stored = window_.front();
        is_stale = isStale(stored->alert);
    }
    if (current_ && current_place_ == stored->place && current_->id == stored->alert.id &&
        current_->is_stale == is_stale)
        return current_;
    stored->alert.is_stale = is_stale;
    if (stored->has_picture) stored->alert.thumbnail = journal_.picture(stored->alert);
    if (stored->alert.thumbnail.size() > Outbox::kMaxPictureBytes) stored->alert.thumbnail = {};
    current_place_ = stored->place;
    current_ = std::make_shared<const Alert>(std::move(stored->alert));
    return current_;
}

void DurableOutbox::finish(const std::string& dead_reason, Monotonic::time_point now) {
    if (!current_) return;
    const auto over = std::exchange(current_, nullptr);
    const LockGuard lock(mutex_);
    if (dead_reason.empty()) {
        told_.push_back(over->id);
        if (told_.size() > kMaxTold) told_.pop_front();
    } else {
        ++dead_;
    }
    if (!current_place_) return unsaved_.remove(over);
    done_.push_back({*current_place_, over->id, dead_reason});
    if (!done_since_) done_since_ = now;
    // It may have been read anew meanwhile, and stand elsewhere.
    std::erase_if(window_, [&](const StoredAlert& stored) { return stored.alert.id == over->id; });
}

void DurableOutbox::settle(Monotonic::time_point now) {
    std::vector<Outcome> outcomes;
    {
        const LockGuard lock(mutex_);
        const bool is_asking = settling_since_ && now - *settling_since_ < kAnswerBudget;
        if (done_.empty() || is_asking) return;
        const bool has_dead = std::any_of(
            done_.begin(), done_.end(), [](const Outcome& outcome) { return !outcome.dead_reason.empty(); });
        if (done_.size() < kBatch && now - *done_since_ < kPatience && !has_dead) return;
        outcomes.assign(done_.begin(), done_.end());
        settling_since_ = now;
    }
    const auto answer = [self = weak_from_this(), outcomes](bool is_done) {
        if (const auto outbox = self.lock()) outbox->noteSettled(outcomes, is_done);
    };
    if (journal_.settle(target_, outcomes, answer)) return;
    const LockGuard lock(mutex_);
    settling_since_.reset();
}

/// Where it failed it is tried again after a while: settling_since_ stays.
void DurableOutbox::noteSettled(const std::vector<Outcome>& outcomes, bool is_done) {
    if (!is_done) return;
    const LockGuard lock(mutex_);
    settling_since_.reset();
    std::erase_if(done_, [&](const Outcome& outcome) {
        return std::any_of(outcomes.begin(), outcomes.end(),
                           [&](const Outcome& written) { return written.alert_id == outcome.alert_id; });
    });
    done_since_ = done_.empty() ? std::nullopt : std::optional(Monotonic::now());
}

void DurableOutbox::settleNow(Monotonic::time_point now) {
    {
        const LockGuard lock(mutex_);
        settling_since_.reset();
        if (done_since_) *done_since_ = now - kPatience;
    }
    settle(now);
}

std::size_t DurableOutbox::waiting() const {
    const LockGuard lock(mutex_);
    return window_.size() + behind_ + unsaved_.size();
}

std::size_t DurableOutbox::bytes() const {
    const LockGuard lock(mutex_);
    std::size_t out = unsaved_.bytes() + done_.size() * sizeof(Outcome);
    for (const StoredAlert& stored : window_) out += Outbox::bytesOf(stored.alert);
    return out;
}

std::uint64_t DurableOutbox::dropped() const {
    const LockGuard lock(mutex_);
    return unsaved_.dropped() + dead_;
}

std::uint64_t DurableOutbox::droppedPictures() const {
    const LockGuard lock(mutex_);
    return unsaved_.droppedPictures();
}

}  // namespace porchlight::alert
