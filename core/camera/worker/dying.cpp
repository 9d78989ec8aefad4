#include "camera/worker/dying.h"

#include <algorithm>

#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

constexpr seconds kDyingPatience{60};  // whatever it does: nothing takes so long to end

}  // namespace

Dying::Dying(Finding why, bool is_wanted, Monotonic::time_point now)
    : why_(std::move(why)), is_wanted_(is_wanted), killed_at_(now) {}

void Dying::look(bool is_asleep, bool is_host_slow, Monotonic::time_point now) {
    if (!is_asleep)
        asleep_since_.reset();
    else if (!asleep_since_)
        asleep_since_ = now;
    const bool is_stuck = asleep_since_ && now - *asleep_since_ >= patienceOn(is_host_slow, kWedgePatience);
    is_wedged_ = is_wedged_ || is_stuck || now - killed_at_ > kDyingPatience;
}

void Dying::forgive(microseconds span, Monotonic::time_point now) {
    killed_at_ = std::min(killed_at_ + span, now);
    if (asleep_since_) asleep_since_ = std::min(*asleep_since_ + span, now);
}

}  // namespace porchlight::camera
