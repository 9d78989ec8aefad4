/// Stills of several cameras at the same moment, each with its own attempts.
#pragma once

#include <functional>
#include <string_view>

#include "camera/control.h"

namespace porchlight::camera {

/// How hard to try.
struct StillPlan {
    milliseconds timeout{10'000};  ///< of one attempt
    int attempts = 3;
    bool may_restart = true;  ///< between attempts the camera's stream is restarted ...
    /// ... but no sooner than the source may take to open, counted from the begin of the round and from the
    /// last restart.
    std::function<milliseconds(const std::string& camera)> open_timeout = [](const std::string&) {
        return milliseconds{0};
    };
    std::function<bool()> is_cancelled = [] { return false; };  ///< asked several times a second
    std::size_t max_bytes = 32U << 20U;                         ///< of all pictures together
};

/// Why a camera has no picture that came when those before it had filled `max_bytes`.
inline constexpr std::string_view kTooLargeTogether =
    "the pictures are too large for one answer: ask for fewer cameras";

/// Asks all cameras at once and then follows each by itself: a camera that answers "not now" is asked again
/// within its attempt, one whose attempt is over gets its stream restarted, unless it is being recovered, and
/// the next attempt. What one camera does costs the others nothing; the call returns when the last has its
/// result, after attempts x timeout at most. Pictures are kept as they come, plan.max_bytes of them. Results
/// stand in the order of `cameras`. Any thread; blocks.
std::vector<StillResult> takeStills(Control& cameras, const std::vector<std::string>& names,
                                    const StillPlan& plan);

/// From the first to the last of the pictures that came; 0 when fewer than two did.
microseconds spreadOf(const std::vector<StillResult>& stills) noexcept;

}  // namespace porchlight::camera
