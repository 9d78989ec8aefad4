#include "base/cancel.h"

#include "support/catch.h"

namespace cancel_test {

using namespace porchlight;
using base::Cancel;
using base::Cancelled;

TEST_CASE("a cancel without flag and deadline is never due") {
    const Cancel cancel;
    CHECK_FALSE(cancel.isDue());
    CHECK_NOTHROW(cancel.check());
}

TEST_CASE("a stop flag ends the work, and all copies of its cancel see it") {
    std::atomic<bool> stop{false};
    const Cancel cancel(stop);
    const Cancel copy = cancel.within(std::chrono::hours(1));
    CHECK_FALSE(copy.isDue());
    stop = true;
    CHECK(cancel.isStopped());
    try {
        copy.check();
        FAIL("it went on");
    } catch (const Cancelled& cancelled) {
        CHECK(cancelled.cause() == Cancelled::Cause::Stopped);
    }
}

TEST_CASE("a deadline ends the work, and within() never moves it back") {
    const Cancel cancel(Deadline::in(milliseconds(-1)));
    CHECK(cancel.isDue());
    CHECK_FALSE(cancel.isStopped());
    try {
        cancel.within(std::chrono::hours(1)).check();
        FAIL("it went on");
    } catch (const Cancelled& cancelled) {
        CHECK(cancelled.cause() == Cancelled::Cause::TimedOut);
    }
}

TEST_CASE("a caller that left ends the work") {
    bool is_gone = false;
    const Cancel cancel([&is_gone] { return is_gone; });
    CHECK_NOTHROW(cancel.check());
    is_gone = true;
    CHECK_THROWS_AS(cancel.check(), Cancelled);
}

}  // namespace cancel_test
