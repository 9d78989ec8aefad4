#include "sound/tone.h"
#include "worker_bench.h"

#include "mp4_reader.h"
#include "support/catch.h"
#include "support/logged.h"
#include "worker/picture/jpeg.h"

namespace worker_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

#ifdef PORCHLIGHT_SANITIZED
constexpr seconds kAtOnce{3};
#else
constexpr seconds kAtOnce{1};
#endif

}  // namespace

TEST_CASE("a worker says hello, announces its stream and sends fragments and heartbeats", "[worker]") {
    WorkerBench bench;
    bench.start();
    CHECK(bench.await<ipc::Hello>().libraries.find("libavformat") == 0);
    const auto stream = bench.await<ipc::StreamStarted>();
    CHECK(stream.video == Codec::H264);
    CHECK(stream.width_px == 320);
    base::Bytes file = stream.init;
    std::uint64_t sequence = 0;
    for (; sequence < 3; ++sequence) {
        const auto fragment = bench.await<ipc::FragmentReady>();
        CHECK(fragment.sequence == sequence);
        CHECK(fragment.epoch == stream.epoch);
        file.insert(file.end(), fragment.bytes.begin(), fragment.bytes.end());
    }
    CHECK(readMp4(file).packets.size() == 75);
    const auto beat = bench.await<ipc::Heartbeat>([](const auto& b) { return b.rate_hz > 0; });
    CHECK(beat.phase == ipc::CapturePhase::Reading);
    CHECK(beat.rate_hz == Approx(50).epsilon(0.2));
    CHECK(beat.packet_age_us < 500'000);
    CHECK(beat.distinct_age_us >= 0);
    CHECK(beat.pictures_decoded <= 3);  // nobody needs a picture: three are looked at, then one now and then
    CHECK(beat.black_age_us == -1);
    CHECK(beat.descriptors > 3);
    CHECK(beat.threads >= 3);
    CHECK(beat.queue_max_bytes > beat.queue_bytes);
    CHECK(beat.rss_bytes > 1'000'000);
    bench.send(ipc::Stop{});
    CHECK(bench.waitEnded(seconds(5)));
    CHECK(bench.exit_code == 0);
}

TEST_CASE("stop sends what was recorded up to the end", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::FragmentReady>();
    std::this_thread::sleep_for(milliseconds(200));
    bench.send(ipc::Stop{});
    const auto last = bench.await<ipc::FragmentReady>();
    CHECK(last.sequence == 1);
    CHECK(last.duration_us < 490'000);
}

TEST_CASE("a lost connection is a fault and the source is opened again", "[worker]") {
    WorkerBench bench;
    bench.start();
    const auto first = bench.await<ipc::StreamStarted>();
    bench.plugins.script.loses_connection = true;
    const auto fault = bench.await<ipc::Fault>();
    CHECK(fault.issue == "connection_error");
    CHECK(fault.text == "connection lost");
    CHECK(bench.await<ipc::StreamStarted>().epoch > first.epoch);
    CHECK(bench.plugins.script.opens == 2);
}

TEST_CASE("silence longer than the frame timeout is a fault and the source is opened again", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::StreamStarted>();
    bench.plugins.script.goes_silent = true;
    CHECK(bench.await<ipc::Fault>().issue == "frame_timeout");
    bench.plugins.script.goes_silent = false;
    bench.await<ipc::StreamStarted>();
}

TEST_CASE("sound without pictures is silence, and is no rate of pictures", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::StreamStarted>();
    bench.await<ipc::Heartbeat>([](const ipc::Heartbeat& beat) { return beat.packets > 20; });
    bench.plugins.script.is_sound_only = true;
    const auto fault = bench.await<ipc::Fault>();
    CHECK(fault.issue == "frame_timeout");
    CHECK(fault.text.starts_with("main stream: sound comes, but no picture for "));
    const auto before = bench.await<ipc::Heartbeat>().packets;
    bench.plugins.script.opens = 0;
    bench.await<ipc::Fault>();  // opened again: and again nothing but sound
    CHECK(bench.plugins.script.opens == 1);
    const auto after = bench.await<ipc::Heartbeat>();
    CHECK(after.packets == before);
    CHECK(after.packet_age_us > 600'000);
}

TEST_CASE("sound that never decodes is counted, told, and left out after 200 packets; no picture is harmed",
          "[worker]") {
    Logged log;
    WorkerBench bench([](Script& script) {
        script.clip.format.audio = Codec::AacAdts;
        script.clip.format.sample_rate_hz = 16'000;
        script.clip.format.channels = 1;
        script.sounds = {packetOfBytes(std::vector<std::uint8_t>(200, 7), 0)};
    });
    bench.start();
    CHECK(bench.await<ipc::StreamStarted>().has_audio);
    CHECK(bench.await<ipc::FragmentReady>().duration_us > 0);
    const auto beat =
        bench.await<ipc::Heartbeat>([](const ipc::Heartbeat& b) { return b.dropped_packets > 70; });
    CHECK(beat.bad_packets == 0);
    const auto silent = bench.await<ipc::StreamStarted>();
    CHECK_FALSE(silent.has_audio);
    CHECK(silent.description == "scripted, audio aac-adts 16 kHz mono left out (no frame of AAC)");
    CHECK(bench.count<ipc::Fault>(milliseconds(1'200)) == 0);
    CHECK(bench.await<ipc::FragmentReady>().epoch == silent.epoch);
    const auto later = bench.await<ipc::Heartbeat>();
    CHECK(later.dropped_packets >= 200);
    CHECK(later.bad_packets == 0);
    const auto lines = log.take();
    const auto told = [&lines](const std::string& text) {
        return std::count(lines.begin(), lines.end(),
                          "record sound is left out " + text + ": no frame of AAC");
    };
    CHECK(told("in part") == 1);
    CHECK(told("from now on") == 1);
}

TEST_CASE("a failing open is told; what only the owner can help rests", "[worker]") {
    WorkerBench bench([](Script& script) { script.fails_to_open = true; });
    const auto kind = GENERATE(ErrorKind::Unavailable, ErrorKind::Misconfigured);
    bench.plugins.script.open_error = kind;
    bench.start();
    CHECK(bench.await<ipc::Fault>().kind == kind);
    const int more = bench.count<ipc::Fault>(milliseconds(1'200));
    CHECK(more == (kind == ErrorKind::Unavailable ? 1 : 0));
    bench.plugins.script.fails_to_open = false;
    bench.send(ipc::RestartStream{});
    bench.await<ipc::StreamStarted>();
}

TEST_CASE("a detector that hangs is seen in the heartbeat, and packets flow on", "[worker]") {
    WorkerBench bench;
    bench.setup.detect_plugin = "scripted";
    bench.start();
    bench.await<ipc::DetectionReady>();
    bench.plugins.script.hangs_in_detector = true;
    const auto beat =
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.detect_stuck_us > 1'000'000; });
    CHECK(beat.capture_stuck_us < 500'000);
    CHECK(beat.encode_stuck_us == 0);
    CHECK(beat.packet_age_us < 500'000);
    bench.plugins.script.hangs_in_detector = false;
    CHECK(bench.await<ipc::Heartbeat>([](const auto& b) { return b.detect_stuck_us < 500'000; })
              .pictures_analysed > 0);
}

TEST_CASE("a plugin that hangs while it listens for a change is seen in the heartbeat", "[worker]") {
    WorkerBench bench([](Script& script) {
        script.fails_to_open = script.hangs_in_change = true;
        script.open_error = ErrorKind::Misconfigured;
    });
    bench.start();
    const auto beat = bench.await<ipc::Heartbeat>([](const auto& b) {
        return b.phase == ipc::CapturePhase::Resting && b.capture_stuck_us > 1'000'000;
    });
    CHECK(beat.opens == 0);
    bench.send(ipc::Stop{});
    CHECK(bench.waitEnded(seconds(3)));
}

TEST_CASE("a read that hangs is seen in the heartbeat and does not hold up the end", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::StreamStarted>();
    bench.plugins.script.hangs = true;
    const auto beat =
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.capture_stuck_us > 1'100'000; });
    CHECK(beat.packet_age_us > 1'000'000);
    const auto hung_up_at = Monotonic::now();
    bench.hangUp();
    REQUIRE(bench.waitEnded(seconds(5)));
    CHECK(bench.ended_at - hung_up_at < kAtOnce);
    CHECK(bench.hasStuckThread());
}

TEST_CASE("end of file ends the worker", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::FragmentReady>();
    const auto hung_up_at = Monotonic::now();
    bench.hangUp();
    REQUIRE(bench.waitEnded(seconds(5)));
    CHECK(bench.ended_at - hung_up_at < kAtOnce);
    CHECK_FALSE(bench.hasStuckThread());
    CHECK(bench.exit_code == 0);
}

TEST_CASE("restart opens the stream again without a fault", "[worker]") {
    WorkerBench bench;
    bench.start();
    const auto first = bench.await<ipc::StreamStarted>();
    bench.send(ipc::RestartStream{});
    CHECK(bench.await<ipc::StreamStarted>().epoch > first.epoch);
    CHECK(bench.count<ipc::Fault>(milliseconds(300)) == 0);
}

TEST_CASE("motion is reported with a thumbnail at its beginning, quiet once a second", "[worker]") {
    WorkerBench bench;
    bench.setup.detect_plugin = "scripted";
    bench.setup.detect_rate_hz = 10;
    bench.start();
    const auto quiet = bench.await<ipc::DetectionReady>();
    CHECK_FALSE(quiet.detection.is_motion);
    CHECK(quiet.detection.brightness == 160);  // the width it was scaled to
    CHECK(bench.count<ipc::DetectionReady>(milliseconds(1'900)) <= 2);
    bench.plugins.has_motion = true;
    const auto motion = bench.await<ipc::DetectionReady>([](const auto& d) { return d.detection.is_motion; });
    CHECK(worker::jpegSize(motion.thumbnail).width_px == 320);
    const auto began_at = Monotonic::now();
    const int number = bench.count<ipc::DetectionReady>(seconds(1));
    CHECK(number >= 4);
    CHECK(number <= mostIn(Monotonic::now() - began_at));
    bench.plugins.has_motion = false;
    bench.await<ipc::DetectionReady>([](const auto& d) { return !d.detection.is_motion; });
    bench.send(ipc::DetectSwitch{false});
    bench.count<ipc::DetectionReady>(milliseconds(300));
    CHECK(bench.count<ipc::DetectionReady>(milliseconds(1'300)) == 0);
}

TEST_CASE("a frozen picture ages while packets keep coming", "[worker]") {
    WorkerBench bench;
    bench.setup.detect_plugin = "scripted";
    bench.start();
    bench.await<ipc::FragmentReady>();
    bench.plugins.script.repeats_picture = true;
    const auto beat = bench.await<ipc::Heartbeat>([](const auto& b) { return b.distinct_age_us > 900'000; });
    CHECK(beat.packet_age_us < 500'000);
}

TEST_CASE("a core that does not read costs whole fragments up to a keyframe", "[worker]") {
    WorkerBench bench;
    bench.setup.queue_max_bytes = 20'000;
    bench.start();
    std::this_thread::sleep_for(seconds(4));
    std::uint64_t sequence = 0;
    bool has_hole = false;
    const Deadline deadline = Deadline::in(seconds(3));
    while (!has_hole && !deadline.isPast()) {
        const auto fragment = bench.await<ipc::FragmentReady>();
        if (fragment.sequence != sequence) {
            has_hole = true;
            CHECK(fragment.starts_with_key);
        }
        sequence = fragment.sequence + 1;
    }
    CHECK(has_hole);
    CHECK(
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.dropped_fragments > 0; }).dropped_fragments >
        0);
}

}  // namespace worker_test
