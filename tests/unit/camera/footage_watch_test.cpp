#include "camera/proof/footage_watch.h"

#include "support/catch.h"

namespace footage_watch_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using Verdict = ProofResult::Verdict;

namespace {

const Monotonic::time_point kStart{1h};

/// Packets flow, and are looked at each second.
void flow(FootageWatch& watch, Monotonic::time_point& now, seconds span) {
    for (seconds passed{0}; passed < span; passed += 1s) watch.noteFlow(true, now += 1s);
}

FootageWatch begun(bool is_wanted = true) {
    FootageWatch out;
    out.begin(is_wanted);
    out.noteFlow(true, kStart);
    return out;
}

}  // namespace

TEST_CASE("pictures of which nothing is recorded were shown as running for ever") {
    FootageWatch watch = begun();
    auto now = kStart;
    flow(watch, now, 120s);
    CHECK_FALSE(watch.problem());
    flow(watch, now, 1s);
    const auto problem = watch.problem();
    REQUIRE(problem);
    CHECK(problem->kind == FaultKind::Unplayable);
    CHECK(problem->detail == "pictures come, and for 2 min 1 s nothing that could be recorded");

    watch.noteFragment();
    watch.noteProof({Verdict::Plays, "h264"}, now);
    flow(watch, now, 120s);
    CHECK_FALSE(watch.problem());
    flow(watch, now, 1s);
    CHECK(watch.problem());
}

TEST_CASE("a camera that comes back every minute and is never recorded is found, too") {
    FootageWatch watch = begun();
    auto now = kStart;
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(watch.problem());
        flow(watch, now, 50s);
        watch.noteFlow(false, now += 20s);  // that is a fault of its own, and no time of this one
        watch.begin(true);                  // another worker
        watch.noteFlow(true, now += 10s);
    }
    CHECK(watch.problem());
}

TEST_CASE("where no footage is wanted, or this machine stood still, none is missed") {
    auto now = kStart;
    FootageWatch unwanted = begun(false);
    flow(unwanted, now, 3600s);
    CHECK_FALSE(unwanted.problem());
    FootageWatch stalled = begun();
    stalled.forgive(600s, now = kStart + 600s);
    flow(stalled, now, 100s);
    CHECK_FALSE(stalled.problem());
}

TEST_CASE("footage that no reader ever gets is no proven footage") {
    FootageWatch watch = begun();
    auto now = kStart;
    for (int i = 0; i < 180; ++i) {
        watch.noteFragment();
        flow(watch, now, 1s);
    }
    CHECK_FALSE(watch.problem());
    flow(watch, now, 1s);
    REQUIRE(watch.problem());
    CHECK(watch.problem()->kind == FaultKind::Unproven);
    CHECK(watch.problem()->detail == "nothing of what is recorded has been read back yet");
    watch.noteProof({Verdict::Plays, "h264"}, now);
    CHECK_FALSE(watch.problem());
}

TEST_CASE("what did not play is a failure until a reader says that it does, whatever fails meanwhile") {
    FootageWatch watch = begun();
    watch.noteFragment();
    watch.noteProof({Verdict::Unplayable, "no picture"}, kStart);
    watch.noteProof({Verdict::Unknown, "no memory"}, kStart + 1s);
    watch.begin(true);  // another worker
    const auto problem = watch.problem();
    REQUIRE(problem);
    CHECK(problem->kind == FaultKind::Unplayable);
    CHECK(problem->detail == "what is recorded does not play: no picture");
    CHECK_FALSE(watch.playedAt());

    watch.noteProof({Verdict::Plays, "h264"}, kStart + 3s);
    CHECK_FALSE(watch.problem());
    CHECK(watch.playedAt() == kStart + 3s);
}

TEST_CASE(
    "that nobody could look is an issue, and over with a verdict, a pause, or a worker that records "
    "nothing") {
    FootageWatch watch = begun();
    watch.noteProof({Verdict::Unknown, "no decoder"}, kStart);
    REQUIRE(watch.problem());
    CHECK(watch.problem()->kind == FaultKind::Unproven);
    CHECK(factsOf(FaultKind::Unproven).severity == Severity::Issue);
    FootageWatch paused = watch;
    paused.forget();
    CHECK_FALSE(paused.problem());
    watch.begin(false);
    CHECK_FALSE(watch.problem());
}

}  // namespace footage_watch_test
