#include "camera/proof/footage_watch.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace porchlight::camera {
namespace {

/// Between keyframes of a camera that is set to save bytes, and the one that it was in when we came.
constexpr seconds kNoFootage{120};
constexpr seconds kUnread{180};  ///< of what is recorded

std::string textOf(Monotonic::duration span) {
    return base::formatDuration(std::chrono::duration_cast<microseconds>(span));
}

}  // namespace

void FootageWatch::begin(bool is_wanted) noexcept {
    is_wanted_ = is_wanted;
    flowed_at_.reset();
    if (!is_wanted) forget();
}

void FootageWatch::noteProof(const ProofResult& result, Monotonic::time_point now) {
    unread_ = {};
    if (result.verdict == ProofResult::Verdict::Plays) {
        verdict_.reset();
        played_at_ = now;
    } else if (!verdict_ || result.verdict == ProofResult::Verdict::Unplayable ||
               verdict_->verdict == ProofResult::Verdict::Unknown) {
        verdict_ = result;  // that nobody could look does not take back what somebody saw
    }
}

void FootageWatch::noteFlow(bool is_flowing, Monotonic::time_point now) noexcept {
    if (is_wanted_ && is_flowing && flowed_at_) {
        without_footage_ += now - *flowed_at_;
        if (!played_at_ && !verdict_) unread_ += now - *flowed_at_;
    }
    flowed_at_.reset();
    if (is_flowing) flowed_at_ = now;
}

std::optional<Finding> FootageWatch::problem() const {
    if (without_footage_ > kNoFootage)
        return Finding{FaultKind::Unplayable, "pictures come, and for " + textOf(without_footage_) +
                                                  " nothing that could be recorded"};
    if (!verdict_ && unread_ > kUnread)
        return Finding{FaultKind::Unproven, "nothing of what is recorded has been read back yet"};
    if (!verdict_) return std::nullopt;
    if (verdict_->verdict == ProofResult::Verdict::Unplayable)
        return Finding{FaultKind::Unplayable, "what is recorded does not play: " + verdict_->text};
    return Finding{FaultKind::Unproven, "what is recorded could not be read back: " + verdict_->text};
}

void FootageWatch::forgive(microseconds span, Monotonic::time_point now) noexcept {
    for (auto* at : {&flowed_at_, &played_at_})
        if (*at) *at = std::min(**at + span, now);
}

}  // namespace porchlight::camera
