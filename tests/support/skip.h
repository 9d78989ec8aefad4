/// Cases that cannot run on this machine.
#pragma once

#include <cstdio>
#include <string>

#include "support/catch.h"

namespace porchlight::test {

/// Says that the running case is skipped, and why; tests/support/tally.py counts it. The case returns then.
inline void tellSkipped(const std::string& why) {
    std::printf("SKIP %s: %s\n0 passed, 0 failed, 1 skipped\n",
                Catch::getResultCapture().getCurrentTestName().c_str(), why.c_str());
    std::fflush(stdout);
}

}  // namespace porchlight::test
