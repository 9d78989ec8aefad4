// Which encoder is taken, and what the kernel's must be able to do.
#include <fcntl.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "clip.h"
#include "encode/fake_encoder_node.h"
#include "support/catch.h"
#include "support/folder.h"
#include "worker/analyse/decoder.h"
#include "worker/encode/encoder_choice.h"
#include "worker/encode/hardware_encoder.h"

namespace encoder_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::EncoderChoice;
using worker::EncoderWish;

namespace {

constexpr EncoderWish kWish{160, 120, 15, 400, false};

std::unique_ptr<worker::M2mPort> nodeOf(const std::shared_ptr<NodeManner>& manner) {
    return std::make_unique<FakeEncoderNode>("/dev/video11", manner);
}

/// Why the choice refuses a node of that manner; empty when it is taken.
std::string refusalOf(const NodeManner& manner, const EncoderWish& wish = kWish) {
    const auto shared = std::make_shared<NodeManner>(manner);
    EncoderChoice choice({[] { return std::vector<std::string>{"/dev/video11"}; },
                          [&](const std::string&) { return nodeOf(shared); }});
    const auto encoder = choice.make(wish);
    CHECK(shared->open == (encoder->name() == "libx264" ? 0 : 1));
    return encoder->name() == "libx264" ? choice.told() : "";
}

NodeManner with(const std::function<void(NodeManner&)>& change) {
    NodeManner manner;
    change(manner);
    return manner;
}

}  // namespace

TEST_CASE("a node that really encodes is taken, whatever its ways") {
    CHECK(refusalOf({}) == "");
    CHECK(refusalOf(with([](NodeManner& m) { m.is_multi = false; })) == "");
    CHECK(refusalOf(with([](NodeManner& m) { m.raw = V4L2_PIX_FMT_NV12; })) == "");
    CHECK(refusalOf(with([](NodeManner& m) { m.sends_headers_apart = true; })) == "");
    CHECK(refusalOf(with([](NodeManner& m) { m.aligns_height = true; }), {160, 90, 15, 400, false}) == "");
}

TEST_CASE("a node that is no working H.264 encoder is refused with the reason, and libx264 encodes") {
    const auto refused = [](const std::function<void(NodeManner&)>& change, const std::string& why) {
        const std::string told = refusalOf(with(change));
        INFO(told);
        CHECK(told.find("libx264 (") == 0);
        CHECK(told.find(why) != std::string::npos);
    };
    refused([](NodeManner& m) { m.coded = V4L2_PIX_FMT_FWHT; }, "/dev/video11: makes FWHT, not H264");
    refused([](NodeManner& m) { m.is_codec = false; }, "no hardware encoder here");
    refused([](NodeManner& m) { m.coded = V4L2_PIX_FMT_NV12; },
            "no hardware encoder here");  // a scaler, a decoder
    refused([](NodeManner& m) { m.raw = V4L2_PIX_FMT_RGB24; }, "takes neither YUV420 nor NV12");
    refused([](NodeManner& m) { m.has_bit_rate = false; }, "its bit rate cannot be set");
    refused([](NodeManner& m) { m.can_force_key = false; }, "makes no keyframe on request");
    refused([](NodeManner& m) { m.ignores_force_key = true; }, "makes no keyframe on request");
    refused([](NodeManner& m) { m.keys_only = true; }, "makes keyframes that nobody asked for");
    refused([](NodeManner& m) { m.is_silent = true; }, "it hangs");
    refused([](NodeManner& m) { m.gives_garbage = true; }, "/dev/video11: what it makes");
    refused([](NodeManner& m) { m.swaps_colours = true; }, "does not look like what it was given");
    refused([](NodeManner& m) { m.forgets_times = true; }, "a time that none had");
    refused([](NodeManner& m) { m.fails_after = 4; }, "Input/output error");
    refused([](NodeManner& m) { m.instances = 0; }, "busy");
    const std::string told = refusalOf(with([](NodeManner& m) {
                                           m.aligns_height = true;
                                           m.can_crop = false;
                                       }),
                                       {160, 90, 15, 400, false});
    CHECK(told.find("without a border") != std::string::npos);
}

TEST_CASE("the bit rate, groups of 2 s at most and no B frames are asked of the driver") {
    const auto manner = std::make_shared<NodeManner>();
    const worker::HardwareEncoder encoder(nodeOf(manner), {1280, 720, 15, 1500, false});
    CHECK(manner->controls[V4L2_CID_MPEG_VIDEO_BITRATE] == 1'500'000);
    CHECK(manner->controls[V4L2_CID_MPEG_VIDEO_GOP_SIZE] == 30);
    CHECK(manner->controls[V4L2_CID_MPEG_VIDEO_H264_I_PERIOD] == 30);
    CHECK(manner->controls[V4L2_CID_MPEG_VIDEO_B_FRAMES] == 0);
    CHECK(manner->controls[V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER] == 1);
    CHECK(encoder.name() == "/dev/video11 (fake-encode)");
}

TEST_CASE("both encoders: a keyframe each 2 s of picture time and on request, at the rate asked for") {
    const auto manner = std::make_shared<NodeManner>();
    std::vector<std::unique_ptr<worker::Encoder>> encoders;
    encoders.push_back(std::make_unique<worker::X264Encoder>(EncoderWish{320, 240, 10, 300, false}));
    encoders.push_back(
        std::make_unique<worker::HardwareEncoder>(nodeOf(manner), EncoderWish{320, 240, 10, 300, false}));
    for (const auto& encoder : encoders) {
        DYNAMIC_SECTION(encoder->name()) {
            std::vector<std::int64_t> keys;
            std::int64_t last_us = -1;
            std::size_t bytes = 0;
            int packets = 0;
            const auto sink = [&](Packet&& packet) {
                CHECK(packet.pts_us > last_us);
                CHECK(packet.arrived_at != Monotonic::time_point{});
                last_us = packet.pts_us;
                bytes += packet.data.size();
                ++packets;
                if (packet.is_key) keys.push_back(packet.pts_us);
            };
            // 4 pictures a second although 10 were announced: groups are measured in time, not in pictures.
            for (int i = 0; i < 48; ++i) {
                Picture picture = makePicture(320, 240, i, 4);
                picture.arrived_at = Monotonic::now();
                encoder->encode(picture, i == 21, sink);
            }
            encoder->finish(sink);
            CHECK(packets == 48);
            CHECK(keys == std::vector<std::int64_t>{0, 2'000'000, 4'000'000, 5'250'000, 7'250'000, 9'250'000,
                                                    11'250'000});
            const double kbit_s = static_cast<double>(bytes) * 8 / 12 / 1000;
            INFO(kbit_s);
            CHECK(kbit_s < 300 * 1.3);
        }
    }
}

TEST_CASE("an encoder that fails in use is given up for libx264, and a size is tried once") {
    const auto manner = std::make_shared<NodeManner>();
    EncoderChoice choice({[] { return std::vector<std::string>{"/dev/video11"}; },
                          [&](const std::string&) { return nodeOf(manner); }});
    const auto wish = kWish;
    CHECK(choice.make(wish)->name() == "/dev/video11 (fake-encode)");
    CHECK(manner->opened == 2);  // the trial and the one in use
    CHECK(choice.make(wish)->name() == "/dev/video11 (fake-encode)");
    CHECK(manner->opened == 3);
    manner->fails_after = 1;
    const auto failing = choice.make(wish);
    const auto drop = [](Packet&&) {};
    const auto encodeSome = [&] {
        for (int i = 0; i < 8; ++i) failing->encode(makePicture(160, 120, i, 15), false, drop);
    };
    CHECK_THROWS_AS(encodeSome(), Error);
    choice.giveUp("it hangs");
    CHECK(choice.make(wish)->name() == "libx264");
    CHECK(choice.told() == "libx264 (given up: it hangs)");
}

TEST_CASE("a worker that may open no devices takes libx264 without looking") {
    EncoderChoice choice("may open no devices");
    CHECK(choice.make(kWish)->name() == "libx264");
    CHECK(choice.told() == "libx264 (may open no devices)");
}

TEST_CASE("nodes of USB cameras and of sensors are not opened to look for encoders") {
    namespace fs = std::filesystem;
    const Folder folder;
    const fs::path& root = folder.path();
    const auto add = [&](const std::string& node, const std::string& device, const std::string& driver) {
        fs::create_directories(root / "devices" / device);
        fs::create_directories(root / "drivers" / driver);
        fs::create_directories(root / "class" / node);
        fs::create_directory_symlink(root / "devices" / device, root / "class" / node / "device");
        std::error_code exists;
        fs::create_directory_symlink(root / "drivers" / driver, root / "devices" / device / "driver", exists);
    };
    add("video0", "platform/usb1/1-1/1-1:1.0", "uvcvideo");
    add("video1", "platform/fe801000.csi", "unicam");
    add("video11", "platform/codec/bcm2835-codec", "bcm2835-codec");
    add("video2", "platform/vicodec.0", "vicodec");
    add("v4l-subdev0", "platform/other", "other");
    CHECK(worker::nodesThatMayEncode((root / "class").string()) ==
          std::vector<std::string>{"/dev/video2", "/dev/video11"});
}

}  // namespace encoder_test
