/// Messages of an honest worker, and a gate that judges what becomes of them.
#pragma once

#include <string>
#include <vector>

#include "camera/gate.h"
#include "support/catch.h"
#include "support/tiny_mp4.h"

namespace porchlight::camera::testing {

using namespace porchlight::test;
using namespace std::chrono_literals;

inline constexpr std::int64_t kWallUs = 1'790'000'000'000'000;

inline Gate::Now nowAfter(microseconds span) {
    return {Monotonic::time_point(1h) + span, WallTime(microseconds(kWallUs)) + span, 1h + span};
}
inline Gate::Now begin() {
    return nowAfter(0us);
}

/// One keyframe of `duration` ms at the decode time `at` ms.
inline base::Bytes fragment(std::uint64_t at, std::uint32_t duration = 500, bool is_key = true) {
    return tinyFragment({at, duration, is_key});
}

inline ipc::StreamStarted stream() {
    ipc::StreamStarted out;
    out.epoch = 7;
    out.video = Codec::H264;
    out.init = tinyInit();
    return out;
}

inline ipc::FragmentReady footage(std::uint64_t sequence, std::uint64_t at_ms,
                                  std::uint32_t duration_ms = 500) {
    ipc::FragmentReady out;
    out.epoch = 7;
    out.sequence = sequence;
    out.started_at_us = kWallUs + static_cast<std::int64_t>(at_ms) * 1000;
    out.duration_us = static_cast<std::int64_t>(duration_ms) * 1000;
    out.starts_with_key = true;
    out.bytes = fragment(at_ms, duration_ms);
    return out;
}

inline ipc::LivePart livePart(std::uint64_t at_ms) {
    ipc::LivePart out;
    out.epoch = 7;
    out.at_us = kWallUs;
    out.start_us = static_cast<std::int64_t>(at_ms) * 1000;
    out.lasts_us = 40'000;
    out.is_key = true;
    out.bytes = fragment(at_ms, 40);
    return out;
}

inline ipc::DetectionReady detection() {
    ipc::DetectionReady out;
    out.at_us = kWallUs;
    out.detection.zone = "path";
    out.detection.regions.resize(3);
    out.thumbnail = tinyJpeg(100);
    return out;
}

inline ipc::Offer offer() {
    ipc::Offer out;
    out.is_there = true;
    out.infrared = "auto";
    out.presets = {{"1", "gate", false}, {"2", "path", false}};
    out.outputs = {{"lamp", "", true}};
    return out;
}

/// A good message of each kind that a worker sends.
inline std::vector<ipc::Message> honest() {
    ipc::Still still{3, kWallUs, "", tinyJpeg(50)};
    return {ipc::Hello{42, "1", "libavformat 59"},
            stream(),
            footage(0, 0),
            detection(),
            ipc::LivePicture{kWallUs, tinyJpeg(60)},
            still,
            ipc::Heartbeat{},
            ipc::Fault{"connection_error", ErrorKind::Unavailable, "refused"},
            ipc::LogLine{2, "ffmpeg", "opened"},
            ipc::CommandAnswer{4, "the camera has no such preset"},
            offer(),
            ipc::CameraDetected{kWallUs, "person", "gate", true, true, 0.5F},
            livePart(500)};
}

/// A gate that knows the stream of footage().
inline Gate gateWithStream() {
    Gate gate(begin());
    ipc::Message started = stream();
    REQUIRE(!gate.judge(started, 100, begin()).finding);
    return gate;
}

inline Gate::Verdict judged(Gate& gate, ipc::Message message, const Gate::Now& now) {
    return gate.judge(message, 100, now);
}

inline std::string kindOf(const Gate::Verdict& verdict) {
    return verdict.finding ? std::string(nameOf(verdict.finding->kind)) : "none";
}

}  // namespace porchlight::camera::testing
