#include "camera/worker/backoff.h"

#include <algorithm>

namespace porchlight::camera {
namespace {

constexpr milliseconds kRespawnFirst{300};
constexpr milliseconds kRespawnLast{2'000};
constexpr milliseconds kRespawnResting{10'000};
constexpr seconds kLongLife{10};

}  // namespace

milliseconds Backoff::noteEnd(bool is_first, Monotonic::duration lived, bool has_given_up,
                              Monotonic::time_point now) noexcept {
    const auto longest = has_given_up ? kRespawnResting : kRespawnLast;
    delay_ = is_first || lived > kLongLife ? kRespawnFirst : std::min(delay_ * 2, longest);
    next_at_ = now + delay_;
    return delay_;
}

void Backoff::noteWantedEnd(Monotonic::time_point now) noexcept {
    next_at_ = now + kRespawnFirst;
}

void Backoff::noteFailure(Monotonic::time_point now) noexcept {
    next_at_ = now + kRespawnLast;
}

}  // namespace porchlight::camera
