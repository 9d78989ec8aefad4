// When which footage is given to a reader, and what becomes of its words; with bad-worker as the reader.
#include "camera/proof/proof_desk.h"

#include <thread>

#include "listener.h"
#include "proof_says.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace proof_desk_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using testing::ProofSays;
using Verdict = ProofResult::Verdict;

namespace {

struct Bench {
    Bench() {
        camera.name = "porch";
        options.program = BAD_WORKER;
    }

    std::shared_ptr<const StreamInit> stream(std::uint8_t description = 1) {
        auto out = std::make_shared<StreamInit>();
        out->bytes = {description};
        sequence = 0;
        return out;
    }

    void give(const std::shared_ptr<const StreamInit>& init, bool is_key, microseconds duration = 1s) {
        Fragment fragment;
        fragment.init = init;
        fragment.sequence = sequence++;
        fragment.duration = duration;
        fragment.starts_with_key = is_key;
        fragment.bytes = {1, 2, 3};
        desk.take(fragment, now);
    }

    /// Ticks until the turn is given back; no time passes on the clock.
    std::optional<ProofResult> read() {
        std::optional<ProofResult> out = desk.tick(now);
        for (int i = 0; turn.is_taken && i < 12'000; ++i) {
            std::this_thread::sleep_for(5ms);
            if (auto result = desk.tick(now)) out = result;
        }
        return out;
    }

    /// What the second reader of one stream says; the first says nothing, and what it was to read stays.
    ProofResult secondOf(seconds pause) {
        give(stream(), true);
        CHECK_FALSE(read());
        now += pause;
        const auto out = read();
        REQUIRE(out);
        return *out;
    }

    config::CameraConfig camera;
    FleetOptions options;
    test::FakeClock clock;
    testing::DeafListener listener;
    const Site site{camera, options, clock, listener};
    ProofTurn turn;
    Reaper reaper;
    Monotonic::time_point now{1h};
    std::uint64_t sequence = 0;
    ProofDesk desk{site, turn, reaper};
};

bool plays(const std::optional<ProofResult>& result) {
    return result && result->verdict == Verdict::Plays;
}

}  // namespace

TEST_CASE("a stream is read once a second of it is there, and again after an hour") {
    const ProofSays reader(ipc::kProofPlays, "h264");
    Bench bench;
    const auto stream = bench.stream();
    bench.give(stream, true, 600ms);
    CHECK_FALSE(bench.read());
    bench.give(stream, false, 600ms);
    CHECK(plays(bench.read()));
    for (bench.now += 59min; bench.now < Monotonic::time_point{1h} + 61min; bench.now += 20s) {
        bench.give(stream, true);
        if (plays(bench.read())) break;
    }
    CHECK(bench.now - Monotonic::time_point{1h} >= 1h);
    CHECK(bench.now - Monotonic::time_point{1h} < 61min);
}

TEST_CASE("a stream whose only keyframe came while another camera was read is read all the same") {
    const ProofSays reader(ipc::kProofPlays, "h264");
    Bench bench;
    bench.turn.is_taken = true;
    const auto stream = bench.stream();
    bench.give(stream, true);
    for (int i = 0; i < 20; ++i) {
        bench.give(stream, false);
        CHECK_FALSE(bench.desk.tick(bench.now));
    }
    bench.turn.is_taken = false;
    CHECK(plays(bench.read()));
}

TEST_CASE("streams described alike are read once a minute, however often they begin; others soon") {
    const ProofSays reader(ipc::kProofPlays, "h264");
    Bench bench;
    int readings = 0;
    for (int i = 0; i < 120; ++i, bench.now += 1s) {
        bench.give(bench.stream(), true, 66ms);  // a picture, then the next stream
        readings += plays(bench.read()) ? 1 : 0;
    }
    CHECK(readings >= 2);
    CHECK(readings <= 3);
    const auto other = bench.stream(2);
    bench.now += 5s;
    bench.give(other, true);
    CHECK(plays(bench.read()));
}

TEST_CASE("what does not play is read again every ten seconds") {
    const ProofSays reader(ipc::kProofDoesNotPlay, "no picture");
    Bench bench;
    const auto stream = bench.stream();
    int readings = 0;
    for (int i = 0; i < 31; ++i, bench.now += 1s) {
        bench.give(stream, true);
        if (const auto result = bench.read()) {
            ++readings;
            CHECK(result->verdict == Verdict::Unplayable);
            CHECK(result->text == "no picture");
        }
    }
    CHECK(readings >= 3);
    CHECK(readings <= 4);
}

TEST_CASE("a reader's own trouble is told at the second time, and tried ever less often") {
    const ProofSays reader(ipc::kProofCannotLook, "no decoder");
    Bench bench;
    const ProofResult result = bench.secondOf(31s);
    CHECK(result.verdict == Verdict::Unknown);
    CHECK(result.text.find("no decoder") != std::string::npos);
    bench.now += 40s;  // a new stream changes nothing about it
    bench.give(bench.stream(2), true);
    CHECK_FALSE(bench.read());
    bench.now += 25s;
    CHECK(bench.read());
}

TEST_CASE("footage that readers crash on does not play") {
    const ProofSays reader(testing::kProofCrashes, "");
    Bench bench;
    const ProofResult result = bench.secondOf(11s);
    CHECK(result.verdict == Verdict::Unplayable);
    CHECK(result.text.find("readers crash on it") != std::string::npos);
}

TEST_CASE("a second with a hole in it is not read") {
    const ProofSays reader(ipc::kProofPlays, "h264");
    Bench bench;
    const auto stream = bench.stream();
    bench.give(stream, true, 600ms);
    ++bench.sequence;
    bench.give(stream, false, 600ms);
    CHECK_FALSE(bench.read());
    bench.give(stream, true);
    CHECK(plays(bench.read()));
}

TEST_CASE("a reader that cannot be started is told, too") {
    Bench bench;
    bench.options.program = "/nonexistent/porchlightd";
    bench.give(bench.stream(), true);
    std::optional<ProofResult> told;
    for (int i = 0; i < 12 && !told; ++i) {
        told = bench.desk.tick(bench.now);
        bench.now += 30s;
    }
    REQUIRE(told);
    CHECK(told->verdict == Verdict::Unknown);
    CHECK_FALSE(bench.turn.is_taken);
}

}  // namespace proof_desk_test
