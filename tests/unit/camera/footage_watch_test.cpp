#include "camera/proof/footage_watch.h"

#include "support/catch.h"

namespace footage_watch_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using Verdict = ProofResult::Verdict;

namespace {

const Monotonic::time_point kStart{1h};

FootageWatch flowing(bool is_wanted = true) {
    FootageWatch out;
    out.begin(is_wanted);
    out.noteFlow(true, kStart);
    return out;
}

}  // namespace

TEST_CASE("pictures of which nothing is recorded were shown as running for ever") {
    FootageWatch watch = flowing();
    CHECK_FALSE(watch.problem(kStart + 120s));
    const auto problem = watch.problem(kStart + 121s);
    REQUIRE(problem);
    CHECK(problem->kind == FaultKind::Unplayable);
    CHECK(problem->detail == "pictures come, and for 2 min 1 s nothing that could be recorded");

    watch.noteFragment(kStart + 130s);
    CHECK_FALSE(watch.problem(kStart + 131s));
    CHECK(watch.problem(kStart + 251s));
}

TEST_CASE("where no footage is wanted, or no pictures flow, none is missed") {
    CHECK_FALSE(flowing(false).problem(kStart + 1h));
    FootageWatch watch = flowing();
    watch.noteFlow(false, kStart + 100s);  // that is a fault of its own
    watch.noteFlow(true, kStart + 101s);
    CHECK_FALSE(watch.problem(kStart + 200s));
    FootageWatch stalled = flowing();
    stalled.forgive(100s, kStart + 110s);
    CHECK_FALSE(stalled.problem(kStart + 220s));
}

TEST_CASE("what did not play is a failure until a reader says that it does, whatever fails meanwhile") {
    FootageWatch watch = flowing();
    watch.noteFragment(kStart);
    watch.noteProof({Verdict::Unplayable, "no picture"}, kStart);
    watch.noteProof({Verdict::Unknown, "no memory"}, kStart + 1s);
    watch.begin(true);  // another worker
    const auto problem = watch.problem(kStart + 2s);
    REQUIRE(problem);
    CHECK(problem->kind == FaultKind::Unplayable);
    CHECK(problem->detail == "what is recorded does not play: no picture");
    CHECK_FALSE(watch.playedAt());

    watch.noteProof({Verdict::Plays, "h264"}, kStart + 3s);
    CHECK_FALSE(watch.problem(kStart + 3s));
    CHECK(watch.playedAt() == kStart + 3s);
}

TEST_CASE(
    "that nobody could look is an issue, and over with a verdict, a pause, or a worker that records "
    "nothing") {
    FootageWatch watch = flowing();
    watch.noteProof({Verdict::Unknown, "no decoder"}, kStart);
    REQUIRE(watch.problem(kStart));
    CHECK(watch.problem(kStart)->kind == FaultKind::Unproven);
    CHECK(factsOf(FaultKind::Unproven).severity == Severity::Issue);
    FootageWatch paused = watch;
    paused.forget();
    CHECK_FALSE(paused.problem(kStart));
    watch.begin(false);
    CHECK_FALSE(watch.problem(kStart));
}

}  // namespace footage_watch_test
