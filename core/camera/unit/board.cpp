#include "camera/unit/board.h"

#include "base/log.h"

namespace porchlight::camera {
namespace {

constexpr seconds kChangeReminder{60};

}  // namespace

void Board::show(const Shown& shown) {
    const bool is_change = shown.state != shown_.state;
    shown_ = shown;
    if (!is_change) return;
    since_ = site_.clock.wallNow();
    const bool is_minor = condition_.isFlapping() && shown.state != State::Wedged;
    if (is_minor && !kept_back_at_) kept_back_at_ = site_.clock.now();
    site_.listener.onStateChange(change(since_, is_minor));
}

void Board::tellIssue() {
    const auto& facts = factsOf(*condition_.kind());
    base::logWarning(site_.component(),
                     "CAMERA_ISSUE " + std::string(facts.name) + ": " + condition_.detail());
    shown_.reason = condition_.detail();
    site_.listener.onStateChange(change(site_.clock.wallNow(), false));
}

void Board::tellCritical(Call call, const std::string& what, Monotonic::time_point now) {
    if (!condition_.takeCritical(call, now)) return;
    const std::string kind = condition_.kind() ? std::string(nameOf(*condition_.kind())) + ": " : "";
    base::logError(site_.component(), "CAMERA_CRITICAL " + kind + what);
}

void Board::tellKeptBack(Monotonic::time_point now) {
    if (!kept_back_at_ || now - *kept_back_at_ <= kChangeReminder) return;
    kept_back_at_.reset();
    site_.listener.onStateChange(change(since_, false));
}

StateChange Board::change(WallTime at, bool is_minor) const {
    const auto kind = condition_.kind();
    return {site_.camera.name, at,
            shown_.state,      condition_.score(),
            shown_.reason,     kind ? std::string(nameOf(*kind)) : "",
            is_minor};
}

void Board::describe(Status& out) const {
    out.state = shown_.state;
    out.state_since = since_;
    out.reason = shown_.reason;
    out.action = shown_.action;
    out.score = condition_.score();
    out.level = condition_.level();
    out.consecutive_failures = condition_.consecutiveFailures();
    if (condition_.kind()) out.kind = nameOf(*condition_.kind());
    for (const auto& [kind, count] : condition_.faults()) out.faults.emplace(nameOf(kind), count);
}

}  // namespace porchlight::camera
