#include "camera/unit/condition.h"

#include <algorithm>

#include "camera/unit/recovery_plan.h"

namespace porchlight::camera {
namespace {

constexpr std::uint32_t kManyFailures = 10;  // from here on the score says nothing new
constexpr seconds kReminder{60};
constexpr std::chrono::hours kCriticalReminder{1};
constexpr seconds kFatalSpacing{1};

bool isIssue(FaultKind kind) {
    return factsOf(kind).severity == Severity::Issue;
}

}  // namespace

bool Condition::noteEvent(FaultKind kind, const std::string& detail, Monotonic::time_point now) {
    ++faults_[kind];
    kind_ = kind;
    detail_ = detail;
    failed_at_ = now;
    healthy_since_.reset();
    const bool is_counted = count(
        now, factsOf(kind).severity == Severity::Fatal ? microseconds(kFatalSpacing) : limits_.frame_timeout);
    return isWorthTelling(kind, now, is_counted);
}

bool Condition::noteFound(FaultKind kind, const std::string& detail, Monotonic::time_point now) {
    if (isIssue(kind) && isFailing()) return false;
    const bool begins = kind_ != kind;
    if (begins) ++faults_[kind];
    kind_ = kind;
    detail_ = detail;
    if (isIssue(kind)) return begins && isWorthTelling(kind, now, true);
    failed_at_ = now;
    healthy_since_.reset();
    const bool is_counted = count(now, limits_.frame_timeout);
    return (begins || is_counted) && isWorthTelling(kind, now, is_counted);
}

bool Condition::noteStillSilent(const std::string& detail, Monotonic::time_point now) {
    if (!kind_ || isIssue(*kind_)) {
        kind_ = FaultKind::FrameTimeout;
        detail_.clear();
        ++faults_[*kind_];
    }
    if (!count(now, limits_.frame_timeout)) return false;
    if (detail_.empty()) detail_ = detail;
    failed_at_ = now;
    healthy_since_.reset();
    return isWorthTelling(*kind_, now, true);
}

bool Condition::count(Monotonic::time_point now, microseconds spacing) {
    if (consecutive_failures_ > 0 && counted_at_ && now - *counted_at_ < spacing) return false;
    ++consecutive_failures_;
    ++failures_;
    counted_at_ = now;
    return true;
}

bool Condition::isWorthTelling(FaultKind kind, Monotonic::time_point now, bool is_counted) {
    const auto told = told_.find(kind);
    const bool is_reminder_due = told == told_.end() || now - told->second >= kReminder;
    const bool is_news = is_reminder_due || (!isIssue(kind) && is_counted && failures_ <= kManyFailures);
    if (is_news) told_[kind] = now;
    return is_news;
}

std::uint32_t Condition::noteHealthy(Monotonic::time_point now) {
    if (!healthy_since_) healthy_since_ = now;
    if (kind_ && !isIssue(*kind_)) {
        kind_.reset();
        detail_.clear();
    }
    return std::exchange(consecutive_failures_, 0);
}

void Condition::clearIssue() noexcept {
    if (!kind_ || !isIssue(*kind_)) return;
    kind_.reset();
    detail_.clear();
}

bool Condition::takeHealthyReset(Monotonic::time_point now) {
    if (failures_ == 0 || !healthy_since_ || now - *healthy_since_ < kHealthyReset) return false;
    failures_ = 0;
    called_.clear();
    return true;
}

bool Condition::takeCritical(Call call, Monotonic::time_point now) {
    const auto [told, is_first] = called_.try_emplace({call, kind_}, now);
    if (!is_first && now - told->second < kCriticalReminder) return false;
    told->second = now;
    return true;
}

bool Condition::isFlapping() const noexcept {
    return failures_ > kManyFailures;
}

int Condition::score() const noexcept {
    return 100 - 10 * static_cast<int>(std::min<std::uint32_t>(consecutive_failures_, 10));
}

const char* Condition::level() const noexcept {
    const int now = score();
    if (now >= limits_.thresholds.excellent) return "excellent";
    if (now >= limits_.thresholds.good) return "good";
    return now >= limits_.thresholds.warning ? "warning" : "critical";
}

void Condition::forgive(microseconds span, Monotonic::time_point now) {
    for (auto* at : {&failed_at_, &counted_at_})
        if (*at) *at = std::min(**at + span, now);
}

}  // namespace porchlight::camera
