/// What comes true after a while.
#pragma once

#include <thread>

#include "porchlight/time.h"

namespace porchlight::test {

/// Looks every 20 ms whether `claim` holds; false when it still does not after `limit`.
template <class Claim>
bool eventually(Claim claim, milliseconds limit = seconds{90}) {
    const auto deadline = Deadline::in(limit);
    while (!deadline.isPast()) {
        if (claim()) return true;
        std::this_thread::sleep_for(milliseconds{20});
    }
    return claim();
}

}  // namespace porchlight::test
