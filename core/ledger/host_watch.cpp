#include "ledger/host_watch.h"

#include "base/wall_times.h"

namespace porchlight::ledger {
namespace {

constexpr microseconds kStall{3'000'000};

microseconds suspendedOf(const base::Clock& clock) noexcept {
    return clock.bootNow() - std::chrono::duration_cast<microseconds>(clock.now().time_since_epoch());
}

}  // namespace

HostWatch::Look HostWatch::look() const noexcept {
    Look out{Found::Nothing, {}, clock_.wallNow(), clock_.now(), suspendedOf(clock_)};
    const auto round = std::chrono::duration_cast<microseconds>(out.mono - last_.mono);
    const auto leap = (out.now - last_.now) - round;
    out.before = last_.now + round;
    if (leap > kClockStep)
        out.found = out.suspended - last_.suspended > leap / 2 ? Found::Slept : Found::SetAhead;
    else if (leap < -kClockStep)
        out.found = Found::SetBack;
    else if (round > kStall)
        out.found = Found::Stalled;
    return out;
}

void HostWatch::settle(const Look& look) noexcept {
    last_ = look;
}

void HostWatch::restamp(WallTime from, microseconds shift) noexcept {
    if (last_.now >= from) last_.now += shift;
}

}  // namespace porchlight::ledger
