#include "event/event_engine.h"

#include <algorithm>

#include "event/label.h"

namespace porchlight::event {
namespace {

/// Without any word from the detector for this long, motion counts as stopped.
constexpr microseconds kSilence{1'000'000};

microseconds between(Monotonic::time_point from, Monotonic::time_point to) noexcept {
    return std::chrono::duration_cast<microseconds>(to - from);
}

}  // namespace

std::vector<Action> EventEngine::onDetection(WallTime at, Monotonic::time_point now,
                                             const Detection& detection, microseconds late) {
    std::vector<Action> actions;
    now_ = std::max(now_, now);
    if (detection.is_motion)
        onMotion(at, detection, late, actions);
    else
        onQuiet(actions);
    return actions;
}

std::vector<Action> EventEngine::onName(Monotonic::time_point now, const Detection& detection) {
    std::vector<Action> actions;
    now_ = std::max(now_, now);
    if (!event_) return actions;
    has_news_ = absorb(detection) || has_news_;
    tellNews(actions);
    return actions;
}

std::vector<Action> EventEngine::onTick(Monotonic::time_point now) {
    std::vector<Action> actions;
    now_ = std::max(now_, now);
    if (event_ && between(last_motion_, now_) >= kSilence) onQuiet(actions);
    return actions;
}

std::vector<Action> EventEngine::close(CloseReason reason) {
    std::vector<Action> actions;
    if (event_) end(reason, actions);
    return actions;
}

void EventEngine::onMotion(WallTime at, const Detection& detection, microseconds late,
                           std::vector<Action>& actions) {
    // Pictures may have failed to come for longer than the gap: that event is over, this is another.
    if (event_ && between(last_motion_, now_) >= settings_.event_gap) end(CloseReason::Quiet, actions);
    if (!event_) return open(at, detection, late, actions);

    last_motion_at_ = stampOf(at, late);
    last_motion_ = now_;
    has_news_ = absorb(detection) || has_news_;
    if (settings_.max_event.count() > 0 && between(started_, now_) >= settings_.max_event) {
        end(CloseReason::MaxEvent, actions);
        return open(at, detection, late, actions);
    }
    if (event_->state != EventState::Closing) return tellNews(actions);
    event_->state = EventState::Active;
    actions.push_back({ActionKind::Reopened, *event_});
    last_told_ = now_;
    has_news_ = false;
}

void EventEngine::tellNews(std::vector<Action>& actions) {
    if (!has_news_ || between(last_told_, now_) < settings_.update_interval) return;
    actions.push_back({ActionKind::Updated, *event_});
    last_told_ = now_;
    has_news_ = false;
}

void EventEngine::onQuiet(std::vector<Action>& actions) {
    if (!event_) return;
    if (event_->state == EventState::Active) {
        event_->state = EventState::Closing;
        actions.push_back({ActionKind::Closing, *event_});
        last_told_ = now_;
        has_news_ = false;
    }
    if (between(last_motion_, now_) >= settings_.event_gap) end(CloseReason::Quiet, actions);
}

void EventEngine::open(WallTime at, const Detection& detection, microseconds late,
                       std::vector<Action>& actions) {
    Event event;
    event.id = ids_->next(at);
    event.started_at = last_motion_at_ = at;
    event.clip_started_at = at - settings_.pre_roll;
    if (!detection.label.empty()) event.label = detection.label;
    event_ = std::move(event);
    started_ = last_motion_ = last_told_ = now_;
    clock_watch_.begin(at + late, now_);
    absorb(detection);
    has_news_ = false;
    actions.push_back({ActionKind::Opened, *event_});
}

void EventEngine::end(CloseReason reason, std::vector<Action>& actions) {
    event_->state = EventState::Closed;
    event_->ended_at = last_motion_at_;
    event_->close_reason = nameOf(reason);
    actions.push_back({ActionKind::Ended, std::move(*event_)});
    event_.reset();
}

bool EventEngine::absorb(const Detection& detection) {
    bool is_news = false;
    if (detection.score > event_->score) {
        event_->score = detection.score;
        is_news = true;
    }
    if (detection.area_percent > event_->area_percent) {
        event_->area_percent = detection.area_percent;
        is_news = true;
    }
    if (rankOf(detection.label) > rankOf(event_->label)) {
        event_->label = detection.label.empty() ? "motion" : detection.label;
        is_news = true;
    }
    if (event_->zone.empty() && !detection.zone.empty()) {
        event_->zone = detection.zone;
        is_news = true;
    }
    return is_news;
}

WallTime EventEngine::stampOf(WallTime at, microseconds late) const noexcept {
    return std::max(at - clock_watch_.stepAt(at + late, now_), last_motion_at_);
}

}  // namespace porchlight::event
