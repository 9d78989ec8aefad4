// Pictures that leave a worker beside its recording, and recordings that it encodes.
#include "mp4_reader.h"
#include "sound/tone.h"
#include "support/catch.h"
#include "worker/picture/jpeg.h"
#include "worker_bench.h"

namespace worker_pictures_test {

using namespace porchlight;
using namespace porchlight::test;

TEST_CASE("live pictures come only while someone watches, at the wanted size and rate", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::FragmentReady>();
    CHECK(bench.count<ipc::LivePicture>(milliseconds(300)) == 0);
    bench.send(ipc::Live{true, 160, 10, 60});
    const auto picture = bench.await<ipc::LivePicture>();
    CHECK(worker::jpegSize(picture.jpeg).width_px == 160);
    const auto began_at = Monotonic::now();
    const int number = bench.count<ipc::LivePicture>(seconds(1));
    CHECK(number >= 4);
    CHECK(number <= mostIn(Monotonic::now() - began_at) + 1);
    bench.send(ipc::Live{});
    bench.count<ipc::LivePicture>(milliseconds(300));
    CHECK(bench.count<ipc::LivePicture>(milliseconds(300)) == 0);
}

TEST_CASE("a still is answered in full size, or with the reason why not", "[worker]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::StreamStarted>();
    bench.send(ipc::StillRequest{7, 0, 85});
    const auto still = bench.await<ipc::Still>();
    CHECK(still.id == 7);
    CHECK(still.error.empty());
    CHECK(worker::jpegSize(still.jpeg).width_px == 320);
    bench.plugins.script.goes_silent = true;
    std::this_thread::sleep_for(milliseconds(100));
    bench.send(ipc::StillRequest{8, 0, 85});
    const auto refused = bench.await<ipc::Still>();
    CHECK(refused.id == 8);
    CHECK_FALSE(refused.error.empty());
}

TEST_CASE("detection looks at the low resolution output where the source gives one", "[worker]") {
    WorkerBench bench([](Script& script) {
        Picture picture = makePicture(640, 480, 1);
        picture.low = std::make_shared<const Picture>(makePicture(200, 150, 2));
        script.pictures = {picture};
        script.clip.format = {};
        script.clip.format.width_px = 640;
        script.clip.format.height_px = 480;
    });
    bench.setup.detect_plugin = "scripted";
    bench.start();
    CHECK(bench.await<ipc::StreamStarted>().width_px == 640);  // what is recorded stays large
    bench.plugins.has_motion = true;
    const auto found = bench.await<ipc::DetectionReady>([](const auto& d) { return !d.thumbnail.empty(); });
    CHECK(found.detection.brightness == 200.F);  // the scripted detector tells the width it was given
    CHECK(worker::jpegSize(found.thumbnail).width_px > 200);
}

TEST_CASE("pictures are encoded, and a keyframe comes when asked for", "[worker]") {
    WorkerBench bench([](Script& script) {
        for (int i = 0; i < 25; ++i) script.pictures.push_back(makePicture(320, 240, i));
        script.clip.format = StreamFormat{};
        script.clip.format.width_px = 320;
        script.clip.format.height_px = 240;
    });
    bench.start();
    const auto stream = bench.await<ipc::StreamStarted>();
    CHECK(stream.video == Codec::H264);
    CHECK(bench.await<ipc::FragmentReady>().starts_with_key);
    bench.send(ipc::KeyframeRequest{});
    const auto asked_at = Monotonic::now();
    bench.await<ipc::FragmentReady>([](const auto& f) { return f.starts_with_key; });
    CHECK(Monotonic::now() - asked_at < milliseconds(1'200));  // the 2 s raster would be later
    bench.send(ipc::StillRequest{1, 0, 85});
    CHECK(worker::jpegSize(bench.await<ipc::Still>().jpeg).width_px == 320);
}

TEST_CASE("MJPEG is passed to viewers as it is and encoded for recordings", "[worker]") {
    const bool passes = GENERATE(false, true);
    WorkerBench bench([](Script& script) {
        worker::JpegEncoder jpeg;
        script.clip = {};
        script.clip.format.video = Codec::Mjpeg;
        for (int i = 0; i < 25; ++i) {
            auto bytes = std::make_shared<base::Bytes>(jpeg.encode(makePicture(320, 240, i), 0, 80));
            Packet packet;
            packet.data = *bytes;
            packet.owner = bytes;
            packet.is_key = true;
            script.clip.packets.push_back(packet);
        }
        const Sounding sound = makeTone({"mu-law", Codec::PcmMulaw, "pcm_mulaw"});
        script.clip.format.audio = sound.format.audio;
        script.clip.format.sample_rate_hz = sound.format.sample_rate_hz;
        script.sounds = sound.packets;
    });
    bench.setup.passes_mjpeg = passes;
    bench.start();
    const auto stream = bench.await<ipc::StreamStarted>();
    CHECK(stream.video == (passes ? Codec::Mjpeg : Codec::H264));
    base::Bytes file = stream.init;
    const auto fragment = bench.await<ipc::FragmentReady>();
    file.insert(file.end(), fragment.bytes.begin(), fragment.bytes.end());
    ReadFile read = readMp4(file);
    CHECK(stream.has_audio);
    CHECK(stream.description.starts_with("scripted, audio mu-law 8 kHz mono is recorded as AAC"));
    CHECK(std::erase_if(read.packets, [](const ReadPacket& packet) { return packet.stream == 1; }) >= 2);
    CHECK(read.packets.size() >= 35);
    const auto& clip = bench.plugins.script.clip;
    if (passes) {
        CHECK(std::equal(read.packets.at(1).data.begin(), read.packets.at(1).data.end(),
                         clip.packets[1].data.begin(), clip.packets[1].data.end()));
    }
    bench.send(ipc::Live{true, 1280, 15, 60});
    const auto live = bench.await<ipc::LivePicture>();
    CHECK(std::any_of(clip.packets.begin(), clip.packets.end(), [&live](const Packet& p) {
        return std::equal(p.data.begin(), p.data.end(), live.jpeg.begin(), live.jpeg.end());
    }));
}

TEST_CASE("a still of a camera that rests is refused within two seconds", "[worker]") {
    WorkerBench bench([](Script& script) { script.fails_to_open = true; });
    bench.plugins.script.open_error = ErrorKind::NotSupported;
    bench.start();
    bench.await<ipc::Fault>();
    bench.send(ipc::StillRequest{3, 0, 85});
    const auto asked_at = Monotonic::now();
    CHECK_FALSE(bench.await<ipc::Still>().error.empty());
    CHECK(Monotonic::now() - asked_at < seconds(2));
}

}  // namespace worker_pictures_test
