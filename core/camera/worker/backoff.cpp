#include "camera/worker/backoff.h"

#include <algorithm>

#include "base/budgets.h"

namespace porchlight::camera {
namespace {

constexpr milliseconds kRespawnResting{10'000};
constexpr seconds kLongLife{10};

}  // namespace

milliseconds Backoff::noteEnd(Monotonic::duration lived, bool has_given_up,
                              Monotonic::time_point now) noexcept {
    const auto longest = has_given_up ? kRespawnResting : budget::kRespawnLast;
    delay_ = !delay_ || lived > kLongLife ? budget::kRespawnFirst : std::min(*delay_ * 2, longest);
    next_at_ = now + *delay_;
    return *delay_;
}

milliseconds Backoff::noteWantedEnd(Monotonic::time_point now) noexcept {
    next_at_ = now + budget::kRespawnFirst;
    return budget::kRespawnFirst;
}

void Backoff::noteFailure(Monotonic::time_point now) noexcept {
    next_at_ = now + budget::kRespawnLast;
}

}  // namespace porchlight::camera
