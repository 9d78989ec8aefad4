#include "ipc/message.h"

#include <poll.h>

#include "ipc/channel.h"
#include "support/catch.h"

namespace message_test {

using namespace porchlight;
using namespace porchlight::ipc;
using namespace std::chrono_literals;

namespace {

Message roundTrip(const Message& message) {
    const base::Bytes bytes = encode(message, 9);
    const std::span<const std::uint8_t> all(bytes);
    return decode(all.first(kHeaderBytes), all.subspan(kHeaderBytes));
}

Setup someSetup() {
    Setup setup;
    setup.camera = "porch";
    setup.source_plugin = "ffmpeg";
    setup.confinement = Confinement::Device;
    setup.source.set("url", "rtsp://user:secret@192.0.2.1/main");
    setup.has_sub = true;
    setup.sub.set("url", "rtsp://192.0.2.1/sub");
    setup.detect.set("sensitivity", "60");
    setup.wants_camera_detections = false;
    setup.detect_rate_hz = 7.5;
    setup.may_encode_in_hardware = false;
    setup.memory_max_bytes = 200U << 20U;
    return setup;
}

}  // namespace

TEST_CASE("every member of a message survives the wire") {
    CHECK(std::get<Setup>(roundTrip(someSetup())) == someSetup());

    DetectionReady detection;
    detection.at_us = 1'790'000'000'000'001;
    detection.detection.is_motion = true;
    detection.detection.zone = "path";
    detection.detection.regions = {{0.1F, 0.2F, 0.3F, 0.4F}};
    detection.thumbnail = {1, 2, 3};
    const auto back = std::get<DetectionReady>(roundTrip(detection));
    CHECK(back.at_us == detection.at_us);
    CHECK(back.detection.zone == "path");
    REQUIRE(back.detection.regions.size() == 1);
    CHECK(back.detection.regions[0].height == 0.4F);
    CHECK(back.thumbnail == detection.thumbnail);

    Heartbeat heartbeat;
    heartbeat.phase = CapturePhase::Resting;
    heartbeat.cpu_percent = 3.5;
    heartbeat.bad_packets = 7;
    heartbeat.lost_frames = 9;
    heartbeat.encode_stuck_us = 11;
    heartbeat.detect_stuck_us = 13;
    heartbeat.black_age_us = 12'000'000;
    heartbeat.descriptors = 19;
    heartbeat.threads = 6;
    heartbeat.queue_bytes = 1'234'567;
    heartbeat.queue_max_bytes = 8'000'000;
    heartbeat.memory_max_bytes = 300'000'000;
    heartbeat.descriptors_max = 64;
    heartbeat.is_detecting_on_main = true;
    heartbeat.dropped_messages = 3;
    const auto beat = std::get<Heartbeat>(roundTrip(heartbeat));
    CHECK(beat.phase == CapturePhase::Resting);
    CHECK(beat.bad_packets == 7);
    CHECK(beat.lost_frames == 9);
    CHECK(beat.encode_stuck_us == 11);
    CHECK(beat.detect_stuck_us == 13);
    CHECK(beat.cpu_percent == 3.5);
    CHECK(Heartbeat{}.black_age_us == -1);
    CHECK(beat.black_age_us == 12'000'000);
    CHECK(beat.descriptors == 19);
    CHECK(beat.threads == 6);
    CHECK(beat.queue_bytes == 1'234'567);
    CHECK(beat.queue_max_bytes == 8'000'000);
    CHECK(beat.memory_max_bytes == 300'000'000);
    CHECK(beat.descriptors_max == 64);
    CHECK(beat.is_detecting_on_main);
    CHECK(beat.dropped_messages == 3);
}

TEST_CASE("garbage, lies about lengths and unknown types are BadData") {
    base::Bytes bytes = encode(Live{}, 0);
    const auto judge = [&] {
        const std::span<const std::uint8_t> all(bytes);
        decode(all.first(kHeaderBytes), all.subspan(kHeaderBytes));
    };
    CHECK_NOTHROW(judge());
    SECTION("magic") {
        bytes[0] = 0;
    }
    SECTION("type") {
        bytes[2] = 200;
    }
    SECTION("length") {
        bytes[4] = 1;
    }
    SECTION("length beyond the cap") {
        bytes[7] = 0x7f;
    }
    SECTION("truncated") {
        bytes.pop_back();
    }
    SECTION("trailing") {
        bytes.push_back(0);
    }
    CHECK_THROWS_AS(judge(), Error);
}

TEST_CASE("a count that lies does not allocate") {
    base::Bytes bytes = encode(someSetup(), 0);
    for (std::size_t i = kHeaderBytes; i + 4 < bytes.size(); ++i) {
        base::Bytes broken = bytes;
        std::memset(broken.data() + i, 0xff, 4);
        const std::span<const std::uint8_t> all(broken);
        try {
            decode(all.first(kHeaderBytes), all.subspan(kHeaderBytes));
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::BadData);
        }
    }
}

TEST_CASE("a channel delivers whole messages in order, however they are cut") {
    auto [left, right] = Channel::socketPair();
    Channel sender(std::move(left), 1U << 20U);
    const int raw = right.get();
    Channel receiver(std::move(right), 1U << 20U);
    REQUIRE(raw == receiver.fd());
    FragmentReady fragment;
    fragment.bytes.assign(300'000, 42);
    for (std::uint64_t i = 0; i < 3; ++i) {
        fragment.sequence = i;
        REQUIRE(sender.send(fragment));
    }
    std::vector<std::uint64_t> seen;
    const auto deadline = Deadline::in(5s);
    while (seen.size() < 3 && !deadline.isPast()) {
        sender.flush();
        while (const auto message = receiver.receive()) {
            const auto& got = std::get<FragmentReady>(*message);
            CHECK(got.bytes == fragment.bytes);
            seen.push_back(got.sequence);
        }
    }
    CHECK(seen == std::vector<std::uint64_t>{0, 1, 2});
}

TEST_CASE("a full outbox drops, end of file is Unavailable, garbage is BadData") {
    auto [left, right] = Channel::socketPair();
    Channel sender(std::move(left), 600'000);
    FragmentReady fragment;
    fragment.bytes.assign(500'000, 1);
    CHECK(sender.send(fragment));
    CHECK_FALSE(sender.send(fragment));
    CHECK(sender.wantedEvents() == (POLLIN | POLLOUT));

    SECTION("end of file") {
        right.reset();
        CHECK_THROWS_AS(sender.flush(), Error);
    }
    SECTION("garbage") {
        const char noise[64] = "this is no message at all";
        REQUIRE(::write(right.get(), noise, sizeof noise) == sizeof noise);
        CHECK_THROWS_AS(sender.receive(), Error);
    }
}

}  // namespace message_test
