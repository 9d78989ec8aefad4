/// The parts of an analysis that decide: who detects, what is judged, which pictures are clean, who may
/// sleep.
#include "base/fd.h"
#include "clip.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "worker/analyse/coded_stream.h"
#include "worker/analyse/detecting.h"
#include "worker/analyse/judging.h"
#include "worker/analyse/sample_schedule.h"
#include "worker/stream/packet_queue.h"

namespace analysis_parts_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

namespace {

/// Counts what it is asked.
struct Counts {
    int analysed = 0;
    int resets = 0;
};

class CountingDetector final : public Detector {
  public:
    explicit CountingDetector(Counts& counts) : counts_(counts) {}
    void configure(const Settings&) override {}
    int preferredWidthPx() const noexcept override { return 160; }
    Detection analyse(const LumaPicture&) override {
        ++counts_.analysed;
        return {};
    }
    void reset() noexcept override { ++counts_.resets; }

  private:
    Counts& counts_;
};

struct Bench {
    LumaPicture luma(int width, std::uint8_t value = 90) {
        bytes.assign(static_cast<std::size_t>(width) * 90, value);
        return {bytes.data(), width, 90, width, pts_us += 1'000'000};
    }
    void detect(int width) {
        detecting.detect(luma(width), clock.now(), [] { return Picture{}; });
    }

    test::FakeClock clock;
    base::Waker waker;
    Progress progress;
    Outbox outbox{waker, progress};
    Counts counts;
    std::vector<std::uint8_t> bytes;
    std::int64_t pts_us = 0;
    Detecting detecting{std::make_shared<DetectionStage>(std::make_unique<CountingDetector>(counts), 5, clock,
                                                         outbox, progress)};
};

}  // namespace

TEST_CASE("a detector begins anew with another stream or size, and when it is switched on", "[worker]") {
    Bench bench;
    CHECK_FALSE(bench.detecting.isDue(0));  // the switch is not followed yet
    bench.detecting.follow();
    CHECK(bench.counts.resets == 1);
    CHECK(bench.detecting.isDue(0));
    bench.detect(160);
    bench.detect(160);
    CHECK(bench.counts.resets == 2);  // the first picture has a size
    bench.detect(176);
    CHECK(bench.counts.resets == 3);
    bench.detecting.setOn(false);
    CHECK(bench.detecting.isOn());
    CHECK_FALSE(bench.detecting.isWanted());
    bench.detecting.restart();
    bench.detecting.follow();
    CHECK_FALSE(bench.detecting.isOn());
    CHECK_FALSE(bench.detecting.isDue(bench.pts_us + 10'000'000));
    CHECK(bench.counts.resets == 3);
    bench.detecting.setOn(true);
    bench.detecting.follow();
    bench.detecting.follow();
    CHECK(bench.counts.resets == 4);
    bench.detecting.restart();
    CHECK(bench.counts.resets == 5);
    CHECK(bench.counts.analysed == 3);
}

TEST_CASE("without a detector nothing is detected, whatever is switched", "[worker]") {
    Detecting none(nullptr);
    none.setOn(true);
    none.follow();
    none.restart();
    CHECK_FALSE(none.isWanted());
    CHECK_FALSE(none.isOn());
    CHECK_FALSE(none.isDue(0));
}

TEST_CASE("one picture a second is judged, and none while others tell of the camera", "[worker]") {
    Bench bench;
    Judging judging(bench.progress);
    int judged = 0;
    for (int i = 0; i < 100; ++i) {  // ten seconds
        judged += judging.takeTurn(bench.clock.now()) ? 1 : 0;
        bench.clock.advance(milliseconds(100));
    }
    CHECK(judged == 10);
    judging.judge(bench.luma(320, 2), false);
    CHECK(judging.isDoubtful());  // black
    judging.setOn(false);
    CHECK_FALSE(judging.takeTurn(bench.clock.now() + seconds(5)));
    judging.judge(bench.luma(320, 2), false);
    CHECK_FALSE(judging.isDoubtful());
}

TEST_CASE("one packet always waits for analysis, however large; more only within the cap", "[worker]") {
    worker::PacketQueue queue(1000);
    queue.pushFormat({});
    const std::vector<std::uint8_t> bytes(3000, 1);
    const auto packet = [&](std::size_t size, bool is_key) {
        Packet out;
        out.data = std::span(bytes).first(size);
        out.is_key = is_key;
        return out;
    };
    CHECK(queue.push(packet(3000, true)) == 0);
    CHECK(queue.push(packet(10, false)) == 1);  // and what follows needs a keyframe
    REQUIRE(queue.pop(Deadline::in(seconds(1)))->format);
    CHECK(queue.bytes() == 3000);
    REQUIRE(queue.pop(Deadline::in(seconds(1))));
    CHECK(queue.bytes() == 0);
    CHECK(queue.push(packet(10, false)) == 1);
    CHECK(queue.push(packet(900, true)) == 0);
    CHECK(queue.push(packet(90, false)) == 0);
    CHECK(queue.push(packet(2000, true)) == 1);
    CHECK(queue.push(packet(2, false)) == 1);
}

TEST_CASE("pictures are clean again at a keyframe, or when it does not come", "[worker]") {
    CleanWatch watch;
    Monotonic::time_point now{};
    CHECK(watch.isClean(now));
    watch.pass(true, true, now);  // for the detector
    watch.pass(false, true, now);
    CHECK(watch.isClean(now));  // nobody wants it clean
    watch.pass(false, false, now);
    CHECK_FALSE(watch.isClean(now));
    watch.pass(false, false, now + seconds(1));
    CHECK_FALSE(watch.isClean(now + milliseconds(1'499)));
    CHECK(watch.isClean(now + milliseconds(1'500)));
    watch.pass(true, false, now + seconds(1));
    CHECK(watch.isClean(now + seconds(1)));
    watch.pass(false, true, now + seconds(2));
    watch.pass(true, false, now + seconds(3));  // the first for people is a keyframe
    CHECK(watch.isClean(now + seconds(3)));
    watch.pass(false, true, now + seconds(4));
    watch.pass(false, false, now + seconds(5));
    CHECK_FALSE(watch.isClean(now + seconds(5)));
    watch.restart();
    CHECK(watch.isClean(now + seconds(5)));
}

TEST_CASE("a look decodes a keyframe at once, proof goes on from the next one, and stop lets go",
          "[worker]") {
    const Clip clip = makeClip(160, 120, 12, 6);
    Progress progress;
    DecodeWatch watch(seconds(5));
    CodedStream coded(watch, progress);
    coded.begin(clip.format);
    int pictures = 0;
    const auto count = [&](Picture&&) { ++pictures; };
    using Need = CodedStream::Need;
    coded.decode(clip.packets[1], Need::People, count);
    CHECK(pictures == 0);  // no keyframe yet
    coded.decode(clip.packets[0], Need::Look, count);
    CHECK(pictures == 1);
    CHECK_FALSE(watch.isSuspect());
    coded.stop();
    coded.decode(clip.packets[1], Need::Detector, count);
    CHECK(pictures == 1);  // its decoder is gone
    for (std::size_t i = 6; i < 12; ++i) coded.decode(clip.packets[i], Need::Detector, count);
    CHECK(pictures >= 5);
    CHECK(progress.pictures_decoded == static_cast<std::uint64_t>(pictures));
    CHECK(progress.bad_packets == 0);
}

TEST_CASE("damaged packets make a stream suspect, and the first good picture ends that", "[worker]") {
    const Clip clip = makeClip(160, 120, 2, 1);
    Progress progress;
    DecodeWatch watch(seconds(5));
    CodedStream coded(watch, progress);
    coded.begin(clip.format);
    auto bytes =
        std::make_shared<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{0, 0, 0, 1, 0x65, 1, 2, 3});
    Packet garbage;
    garbage.data = *bytes;
    garbage.owner = bytes;
    garbage.is_key = true;
    int pictures = 0;
    const auto count = [&](Picture&&) { ++pictures; };
    coded.decode(garbage, CodedStream::Need::Look, count);
    CHECK(watch.isSuspect());
    CHECK(progress.bad_packets > 0);
    coded.decode(clip.packets[0], CodedStream::Need::Proof, count);
    coded.decode(clip.packets[1], CodedStream::Need::Proof, count);
    CHECK(pictures > 0);
    CHECK_FALSE(watch.isSuspect());
}

TEST_CASE("while all rest, packets pass only when a look is due", "[worker]") {
    SampleGate gate;
    Monotonic::time_point now{};
    const Packet packet;
    CHECK(gate.admit(packet, false, now));  // it does not rest yet
    for (int i = 0; i < 8; ++i) gate.look(now, false);
    CHECK_FALSE(gate.isDue(now));
    CHECK_FALSE(gate.admit(packet, false, now));
    CHECK(gate.admit(packet, true, now));
    CHECK(gate.admit(packet, false, now + seconds(120)));
    gate.rest(false);
    CHECK(gate.admit(packet, false, now));
    gate.rest(true);
    CHECK_FALSE(gate.admit(packet, false, now));
    gate.restart();
    CHECK(gate.admit(packet, false, now));
    CHECK(gate.isDue(now));
}

}  // namespace analysis_parts_test
