#include "app/watchdog.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>

#include "app/notify.h"

namespace porchlight::app {
namespace {

constexpr milliseconds kFeedInterval{2000};
constexpr milliseconds kLeast{100};

milliseconds intervalFromSystemd() {
    const char* text = std::getenv("WATCHDOG_USEC");
    const long long limit_us = text == nullptr ? 0 : std::atoll(text);
    if (limit_us <= 0) return kFeedInterval;
    return std::clamp(milliseconds(limit_us / 3000), kLeast, kFeedInterval);
}

}  // namespace

bool ProgressGate::haveAllMoved(const Progress& progress) noexcept {
    const bool have_moved = progress.supervisor != last_.supervisor && progress.recorder != last_.recorder &&
                            progress.store != last_.store;
    if (!have_moved && !is_first_) return false;
    last_ = progress;
    return !std::exchange(is_first_, false);
}

Watchdog::Watchdog(std::function<Progress()> ask)
    : ask_(std::move(ask)), interval_(intervalFromSystemd()), thread_("watchdog", [this] { run(); }) {}

Watchdog::~Watchdog() {
    is_stopping_ = true;
    waker_.notify();
}

void Watchdog::run() {
    ProgressGate gate;
    while (!is_stopping_) {
        if (gate.haveAllMoved(ask_())) notifySystemd("WATCHDOG=1");
        base::waitFor(waker_.fd(), POLLIN, Deadline::in(interval_));
    }
}

}  // namespace porchlight::app
