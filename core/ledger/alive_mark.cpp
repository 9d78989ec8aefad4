#include "ledger/alive_mark.h"

#include <sstream>
#include <utility>

namespace porchlight::ledger {
namespace {

constexpr char kMark[] = "ledger_mark";
constexpr microseconds kMarkInterval{60'000'000};

}  // namespace

AliveMark::AliveMark(store::Store& store, const base::Clock& clock, std::string boot_id)
    : store_(store), clock_(clock), boot_id_(std::move(boot_id)) {}

void AliveMark::read() {
    std::istringstream mark(store_.meta.get(kMark).value_or(""));
    std::int64_t alive_us = 0;
    std::string state;
    mark >> alive_us >> last_boot_ >> state;
    last_alive_ = WallTime(microseconds(alive_us));
    was_stopped_ = state == "stopped";
}

GapCause AliveMark::causeOfAbsence() const noexcept {
    if (was_stopped_) return isOfThisBoot() ? GapCause::DaemonStopped : GapCause::Shutdown;
    return isOfThisBoot() ? GapCause::CoreCrash : GapCause::PowerOff;
}

bool AliveMark::isDue() const noexcept {
    return !written_at_ || clock_.now() - *written_at_ >= kMarkInterval;
}

void AliveMark::write(const char* state) {
    const auto now = clock_.wallNow().time_since_epoch().count();
    store_.meta.set(kMark, std::to_string(now) + " " + boot_id_ + " " + state);
    written_at_ = clock_.now();
}

}  // namespace porchlight::ledger
