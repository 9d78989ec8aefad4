#include "camera/host_watch.h"

#include <algorithm>

namespace porchlight::camera {
namespace {

constexpr milliseconds kLate{1500};
constexpr milliseconds kSuspended{500};
constexpr seconds kStepped{2};
constexpr seconds kStoreLate{3};
constexpr milliseconds kRound{100};

}  // namespace

HostWatch::Verdict HostWatch::round(microseconds busy, microseconds store_age) {
    const Times now{clock_.now(), clock_.bootNow(), clock_.wallNow()};
    Verdict out;
    if (last_) {
        const auto passed = std::chrono::duration_cast<microseconds>(now.now - last_->now);
        const auto boot_passed = now.boot - last_->boot;
        const auto wall_passed = now.wall - last_->wall;
        const auto slept = boot_passed - passed;
        const auto stepped = wall_passed - boot_passed;
        // Our own work (starting the fork server takes seconds on a small board) excuses cameras, but the host is not to blame.
        if (passed > kLate) out.excused = passed - kRound;
        if (const auto late = passed - busy; late > kLate) out.stalls.push_back({"host_stall", now.wall - late, now.wall, late});
        if (slept > kSuspended) out.stalls.push_back({"suspend", now.wall - slept, now.wall, slept});
        if (stepped > kStepped || stepped < -kStepped) out.stalls.push_back({"clock_step", last_->wall + boot_passed, now.wall, stepped});
    }
    last_ = now;
    judgeStore(store_age, now.wall, out);
    return out;
}

void HostWatch::judgeStore(microseconds store_age, WallTime wall, Verdict& verdict) {
    if (store_age > kStoreLate) {
        if (!store_stalled_since_) store_stalled_since_ = wall - store_age;
        verdict.is_store_stalled = true;
    } else if (store_stalled_since_) {
        verdict.stalls.push_back({"store_stall", std::min(*store_stalled_since_, wall), wall, std::max(wall - *store_stalled_since_, microseconds(0))});
        store_stalled_since_.reset();
    }
}

}  // namespace porchlight::camera
