// A worker whose stream is in trouble though packets come.
#include "support/catch.h"
#include "worker/picture/jpeg.h"
#include "worker/report/outbox.h"
#include "worker_bench.h"

namespace troubled_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

/// The clip with everything behind the first 16 bytes of each packet turned to noise.
void garble(Clip& clip, std::size_t from) {
    std::uint32_t noise = 4711;
    for (Packet& packet : clip.packets) {
        auto bytes = std::make_shared<std::vector<std::uint8_t>>(packet.data.begin(), packet.data.end());
        for (std::size_t i = std::min(from, bytes->size()); i < bytes->size(); ++i) {
            noise = noise * 1664525U + 1013904223U;
            (*bytes)[i] = static_cast<std::uint8_t>(noise >> 24U);
        }
        packet.data = *bytes;
        packet.owner = bytes;
    }
}

Clip jpegClip(bool is_truncated) {
    worker::JpegEncoder jpeg;
    Clip clip;
    clip.format.video = Codec::Mjpeg;
    for (int i = 0; i < 25; ++i) {
        auto bytes = std::make_shared<base::Bytes>(jpeg.encode(makePicture(320, 240, i), 0, 80));
        if (is_truncated) bytes->resize(bytes->size() / 2);
        Packet packet;
        packet.data = *bytes;
        packet.owner = bytes;
        packet.is_key = true;
        clip.packets.push_back(packet);
    }
    return clip;
}

}  // namespace

TEST_CASE("packets that do not decode are a buffer error, with and without detection", "[worker]") {
    const bool is_detecting = GENERATE(true, false);
    const std::size_t garbled_from = GENERATE(std::size_t{0}, std::size_t{6});
    WorkerBench bench([&](Script& script) { garble(script.clip, garbled_from); });
    if (is_detecting) bench.setup.detect_plugin = "scripted";
    bench.start();
    const auto begun_at = Monotonic::now();
    const auto fault = bench.await<ipc::Fault>();
    CHECK(fault.issue == "buffer_error");
    CHECK(fault.kind == ErrorKind::BadData);
    CHECK(Monotonic::now() - begun_at < seconds(3));  // the frame timeout is 0.6 s
    CHECK(bench.await<ipc::Heartbeat>([](const auto& b) { return b.bad_packets > 0; }).bad_packets > 0);
    CHECK(bench.plugins.script.opens >= 1);
    bench.await<ipc::Fault>();  // it is opened again, and found as bad
}

TEST_CASE("truncated JPEGs are a buffer error", "[worker]") {
    const bool is_detecting = GENERATE(true, false);
    WorkerBench bench([](Script& script) { script.clip = jpegClip(true); });
    bench.setup.passes_mjpeg = true;
    if (is_detecting) bench.setup.detect_plugin = "scripted";
    bench.start();
    CHECK(bench.await<ipc::Fault>().issue == "buffer_error");
}

TEST_CASE("a frozen picture ages with detection off, too", "[worker]") {
    const int kind = GENERATE(0, 1, 2);  // H.264, MJPEG, raw
    WorkerBench bench([&](Script& script) {
        if (kind == 1) script.clip = jpegClip(false);
        if (kind != 2) return;
        for (int i = 0; i < 25; ++i) script.pictures.push_back(makePicture(320, 240, i));
        script.clip.format = StreamFormat{};
        script.clip.format.width_px = 320;
        script.clip.format.height_px = 240;
    });
    if (kind == 2)
        bench.plugins.script.pictures.resize(1);
    else
        bench.plugins.script.repeats_picture = true;
    bench.setup.passes_mjpeg = true;
    bench.start();
    if (kind == 0) {
        // Three looks at keyframes: none says that the picture moved.
        const auto beat = bench.await<ipc::Heartbeat>(
            [](const auto& b) { return b.distinct_age_us >= 0 && b.packets > 150; });
        CHECK(beat.packet_age_us < 300'000);
        return;
    }
    const auto beat =
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.distinct_age_us > 1'900'000; });
    CHECK(beat.packet_age_us < 300'000);
    CHECK(beat.black_age_us == -1);
}

TEST_CASE("a black picture is told with its age", "[worker]") {
    WorkerBench bench([](Script& script) {
        Picture black = makePicture(320, 240, 0);
        auto bytes =
            std::make_shared<std::vector<std::uint8_t>>(std::size_t{320} * 240 * 3 / 2, std::uint8_t{16});
        black.planes = {bytes->data(), bytes->data() + 320 * 240, bytes->data() + 320 * 240 * 5 / 4};
        black.owner = bytes;
        script.pictures.push_back(black);
        script.clip.format = StreamFormat{};
        script.clip.format.width_px = 320;
        script.clip.format.height_px = 240;
    });
    bench.start();
    CHECK(
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.black_age_us > 1'500'000; }).packet_age_us <
        300'000);
}

TEST_CASE("a file that is not repeated ends, and is played again when asked", "[worker]") {
    WorkerBench bench([](Script& script) { script.ends_after = 50; });
    bench.start();
    bench.await<ipc::StreamStarted>();
    const auto beat =
        bench.await<ipc::Heartbeat>([](const auto& b) { return b.phase == ipc::CapturePhase::Ended; });
    CHECK(beat.opens == 1);
    CHECK(bench.count<ipc::StreamStarted>(milliseconds(1'200)) == 0);
    bench.send(ipc::RestartStream{});
    bench.await<ipc::StreamStarted>();
    CHECK(bench.plugins.script.opens == 2);
}

TEST_CASE("while the sub stream fails the main stream is detected on", "[worker]") {
    WorkerBench bench;
    bench.setup.detect_plugin = "scripted";
    bench.setup.has_sub = true;
    bench.setup.sub.set("role", "sub");
    bench.start();
    bench.await<ipc::DetectionReady>();
    CHECK_FALSE(bench.await<ipc::Heartbeat>().is_detecting_on_main);
    bench.plugins.script.sub_goes_silent = true;
    bench.await<ipc::Heartbeat>([](const auto& b) { return b.is_detecting_on_main; });
    const auto before = bench.await<ipc::Heartbeat>().pictures_analysed;
    CHECK(bench.await<ipc::Heartbeat>([&](const auto& b) { return b.pictures_analysed > before + 3; })
              .is_detecting_on_main);
    CHECK(bench.count<ipc::Fault>(milliseconds(500)) == 0);  // the camera itself is well
    bench.plugins.script.sub_goes_silent = false;
    bench.await<ipc::Heartbeat>([](const auto& b) { return !b.is_detecting_on_main; });
}

TEST_CASE("another picture size in the stream begins a new epoch", "[worker]") {
    WorkerBench bench([](Script& script) {
        script.clip = withoutExtradata(makeClip(320, 240, 25, 25, 50));
        const Clip larger = withoutExtradata(makeClip(480, 272, 25, 25, 50));
        script.clip.packets.insert(script.clip.packets.end(), larger.packets.begin(), larger.packets.end());
    });
    bench.start();
    const auto first = bench.await<ipc::StreamStarted>();
    CHECK(first.width_px == 320);
    const auto second = bench.await<ipc::StreamStarted>();
    CHECK(second.width_px == 480);
    CHECK(second.height_px == 272);
    CHECK(second.epoch > first.epoch);
    CHECK(second.init != first.init);
    const auto fragment =
        bench.await<ipc::FragmentReady>([&](const auto& f) { return f.epoch == second.epoch; });
    CHECK(fragment.starts_with_key);
    CHECK(bench.await<ipc::StreamStarted>().width_px == 320);
}

TEST_CASE("the outbox keeps small messages within bytes and counts what it drops", "[worker]") {
    base::Waker waker;
    worker::Progress progress;
    worker::Outbox outbox(waker, progress);
    outbox.setMaxBytes(1'000'000);
    const std::string text(1'000, 'x');
    for (int i = 0; i < 1'000; ++i) outbox.put(ipc::LogLine{2, "test", text});
    CHECK(outbox.bytes() <= (128U << 10U));
    const auto dropped_lines = progress.dropped_messages.load();
    CHECK(dropped_lines > 800);
    for (int i = 0; i < 1'000; ++i) outbox.put(ipc::Fault{"buffer_error", ErrorKind::BadData, text});
    CHECK(outbox.bytes() <= (512U << 10U));
    CHECK(progress.dropped_messages > dropped_lines);
    const auto bytes = outbox.bytes();
    for (int i = 0; i < 1'000; ++i) outbox.put(ipc::Heartbeat{});  // only the newest waits
    CHECK(outbox.bytes() <= bytes + 1'000);
    base::Bytes jpeg(900'000);
    for (std::uint64_t i = 0; i < 10; ++i) outbox.put(ipc::Still{i, 0, {}, jpeg});
    CHECK(outbox.bytes() < 1'600'000);
    for (int i = 0; i < 5; ++i)
        outbox.put(ipc::StreamStarted{.epoch = 1, .description = {}, .init = base::Bytes(100'000)});
    CHECK(outbox.bytes() < 1'700'000);
}

}  // namespace troubled_test
