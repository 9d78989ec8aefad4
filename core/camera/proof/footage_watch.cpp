#include "camera/proof/footage_watch.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::camera {
namespace {

/// Between keyframes of a camera that is set to save bytes, and the one that it was in when we came.
constexpr seconds kNoFootage{120};

}  // namespace

void FootageWatch::begin(bool is_wanted) noexcept {
    is_wanted_ = is_wanted;
    flowing_since_.reset();
    if (!is_wanted) forget();
}

void FootageWatch::noteProof(const ProofResult& result, Monotonic::time_point now) {
    if (result.verdict == ProofResult::Verdict::Plays) {
        verdict_.reset();
        played_at_ = now;
    } else if (!verdict_ || result.verdict == ProofResult::Verdict::Unplayable ||
               verdict_->verdict == ProofResult::Verdict::Unknown) {
        verdict_ = result;  // that nobody could look does not take back what somebody saw
    }
}

void FootageWatch::noteFlow(bool is_flowing, Monotonic::time_point now) noexcept {
    if (!is_flowing)
        flowing_since_.reset();
    else if (!flowing_since_)
        flowing_since_ = now;
}

std::optional<Finding> FootageWatch::problem(Monotonic::time_point now) const {
    if (is_wanted_ && flowing_since_) {
        const auto since = std::max(*flowing_since_, footage_at_.value_or(*flowing_since_));
        if (now - since > kNoFootage)
            return Finding{FaultKind::Unplayable,
                           "pictures come, and for " +
                               base::formatDuration(std::chrono::duration_cast<microseconds>(now - since)) +
                               " nothing that could be recorded"};
    }
    if (!verdict_) return std::nullopt;
    if (verdict_->verdict == ProofResult::Verdict::Unplayable)
        return Finding{FaultKind::Unplayable, "what is recorded does not play: " + verdict_->text};
    return Finding{FaultKind::Unproven, "what is recorded could not be read back: " + verdict_->text};
}

void FootageWatch::forgive(microseconds span, Monotonic::time_point now) noexcept {
    for (auto* at : {&flowing_since_, &footage_at_, &played_at_})
        if (*at) *at = std::min(**at + span, now);
}

}  // namespace porchlight::camera
