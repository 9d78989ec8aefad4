/// The parts of the ledger, one by one.
#include <set>
#include <string>

#include "ledger/alive_mark.h"
#include "ledger/camera_facts.h"
#include "ledger/change_budget.h"
#include "ledger/coverage_chain.h"
#include "ledger/footage_spans.h"
#include "ledger/gap_cause.h"
#include "ledger/host_watch.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace parts_test {

using namespace porchlight;
using namespace porchlight::ledger;
using namespace std::chrono_literals;
using Found = HostWatch::Found;

namespace {

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};

}  // namespace

TEST_CASE("each cause of a gap has a name of its own, by which it is found again") {
    std::set<std::string> names;
    for (int number = static_cast<int>(GapCause::NoMotion); number <= static_cast<int>(GapCause::CoreCrash);
         ++number) {
        const auto cause = static_cast<GapCause>(number);
        INFO(number << " " << nameOf(cause));
        CHECK(gapCauseOf(nameOf(cause)) == cause);
        names.insert(nameOf(cause));
    }
    CHECK(names.size() == static_cast<std::size_t>(GapCause::CoreCrash));
    CHECK(nameOf(GapCause::NoMotion) == std::string("no_motion"));
    CHECK(nameOf(GapCause::ConnectionLost) == std::string("connection_lost"));
    CHECK(nameOf(GapCause::CoreCrash) == std::string("core_crash"));
    for (const int beyond : {0, static_cast<int>(GapCause::CoreCrash) + 1, 255})
        CHECK(nameOf(static_cast<GapCause>(beyond)) == std::string("no_frames"));
    for (const char* other : {"", "no_motion ", "NO_MOTION", "power"}) CHECK_FALSE(gapCauseOf(other));
}

TEST_CASE("clocks tell a host that was set, slept or stood still, until it is told") {
    test::FakeClock clock;
    HostWatch host(clock);
    host.begin();
    const auto foundNow = [&] {
        const auto look = host.look();
        CHECK(host.look().found == look.found);  // not settled yet: the same again
        host.settle(look);
        return look.found;
    };
    clock.advance(1s);
    CHECK(foundNow() == Found::Nothing);
    clock.stepWall(1h);
    const auto look = host.look();
    CHECK(look.now - look.before == 1h);
    CHECK(foundNow() == Found::SetAhead);
    CHECK(foundNow() == Found::Nothing);
    clock.stepWall(-3s);
    CHECK(foundNow() == Found::SetBack);
    clock.suspend(10min);
    CHECK(foundNow() == Found::Slept);
    clock.advance(4s);
    CHECK(foundNow() == Found::Stalled);
    clock.stepWall(1500ms);  // a time service that slews
    CHECK(foundNow() == Found::Nothing);
    clock.stepWall(1h);
    host.restamp(WallTime{}, 1h);  // it was told in another way
    CHECK(foundNow() == Found::Nothing);
}

TEST_CASE("the mark of the last run tells a stop from a crash, and a power cut from both") {
    const test::Folder folder;
    test::FakeClock clock;
    store::Store store(folder / "porchlight.db");
    const auto causeAfter = [&](bool is_stopped, const std::string& next_boot) {
        AliveMark ending(store, clock, "boot-1");
        if (is_stopped)
            ending.writeStopped();
        else
            ending.writeAlive();
        CHECK_FALSE(ending.isDue());
        AliveMark mark(store, clock, next_boot);
        mark.read();
        CHECK(mark.lastAlive() == clock.wallNow());
        CHECK(mark.isDue());
        return mark.causeOfAbsence();
    };
    CHECK(causeAfter(true, "boot-1") == GapCause::DaemonStopped);
    CHECK(causeAfter(true, "boot-2") == GapCause::Shutdown);
    CHECK(causeAfter(false, "boot-1") == GapCause::CoreCrash);
    CHECK(causeAfter(false, "boot-2") == GapCause::PowerOff);
    AliveMark mark(store, clock, "boot-1");
    mark.writeAlive();
    clock.advance(59s);
    CHECK_FALSE(mark.isDue());
    clock.advance(1s);
    CHECK(mark.isDue());
}

TEST_CASE("what somebody wants explains a gap before what went wrong does") {
    CameraFacts facts;
    CHECK(facts.explain().cause == GapCause::Starting);
    facts.condition = {};
    CHECK(facts.explain().cause == GapCause::NoMotion);
    facts.condition.is_detect_on = false;
    CHECK(facts.explain().cause == GapCause::DetectOff);
    facts.writer.error = GapCause::DiskFull;
    CHECK(facts.explain().cause == GapCause::DetectOff);  // nobody wants footage
    facts.writer.is_wanted = true;
    CHECK(facts.explain().cause == GapCause::DiskFull);
    facts.condition.cause = GapCause::ConnectionLost;
    CHECK(facts.explain().cause == GapCause::ConnectionLost);
    facts.mode = config::RecordMode::Off;
    CHECK(facts.explain().cause == GapCause::RecordOff);
    facts.condition = {GapCause::Disabled, "by ada", true};
    CHECK(facts.explain() == Explanation{GapCause::Disabled, "by ada", true});
    facts = {config::RecordMode::Continuous, {}, {true, true, std::nullopt}};
    CHECK_FALSE(facts.explain().is_sure);
}

TEST_CASE("spans of footage that go on are one, a pause is none of it, and what is lost was never there") {
    FootageSpans spans;
    spans.noteWritten({kStart, kStart + 1s});
    spans.noteWritten({kStart + 1400ms, kStart + 2s});  // clocks that differ
    CHECK(spans.durable().empty());
    CHECK(spans.noteSynced());
    CHECK_FALSE(spans.noteSynced());
    REQUIRE(spans.durable().size() == 1);
    CHECK(spans.durable().front().end == kStart + 2s);
    spans.noteWritten({kStart + 2s, kStart + 3s});
    spans.noteLost();
    CHECK_FALSE(spans.noteSynced());
    spans.noteWritten({kStart + 2s, kStart + 2s, true});  // the picture after the pause comes with the next
    spans.noteWritten({kStart + 2s, kStart + 3s});
    spans.noteSynced();
    REQUIRE(spans.durable().size() == 2);
    CHECK(spans.durable().back().is_after_pause);
    spans.restamp(1h);
    CHECK(spans.durable().front().start == kStart + 1h);
    for (int i = 0; i < 2000; ++i) spans.noteWritten({kStart + 2h + 2s * i, kStart + 2h + 2s * i + 1s});
    spans.noteSynced();
    CHECK(spans.durable().size() == FootageSpans::kMaxSpans);
    CHECK(spans.durable().back().end == kStart + 2h + 3999s);
}

TEST_CASE("thirty changes may come at once, then one a minute, and thirty again after a rest") {
    const Monotonic::time_point now{1000s};
    ChangeBudget budget;
    budget.fill(now);
    const auto spendAllAt = [&](Monotonic::time_point at) {
        int changes = 0;
        for (; budget.mayChange(at); ++changes) budget.spend();
        return changes;
    };
    CHECK(spendAllAt(now) == 30);
    CHECK(spendAllAt(now + 59s) == 0);
    CHECK(spendAllAt(now + 1min) == 1);
    CHECK(spendAllAt(now + 1min) == 0);
    CHECK(spendAllAt(now + 10h) == 30);
}

TEST_CASE("a change of the chain that fails half way leaves rows and memory as they were") {
    const test::Folder folder;
    store::Store store(folder / "porchlight.db");
    store.ensureCamera("porch", "Porch");
    CoverageChain chain(store, "porch");
    chain.begin(kStart, {GapCause::NoMotion, {}, true});
    chain.beginRecorded(kStart + 10s, kStart + 20s);
    CHECK(chain.isRecorded());
    CHECK_THROWS(chain.whole([&] {
        chain.append(kStart + 20s, {GapCause::NoFrames, {}, true});
        CHECK_FALSE(chain.isRecorded());
        throw Error(ErrorKind::Unavailable, "half way");
    }));
    CHECK(chain.isRecorded());
    CHECK(chain.startedAt() == kStart + 10s);
    CHECK(chain.recordedUntil() == kStart + 20s);
    CHECK(store.coverage.running("porch")->is_recorded);
    chain.reread();
    CHECK(chain.startedAt() == kStart + 10s);
}

}  // namespace parts_test
