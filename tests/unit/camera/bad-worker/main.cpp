// A worker that misbehaves, for supervision_test.cpp: `bad-worker worker CAMERA`, with the core's socket as
// descriptor 3. The camera's name says how. As a fork server it ends at once, so that the core starts it by
// posix_spawn, or says nothing for ever where PORCHLIGHT_TEST_SILENT_SERVER is set.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <thread>

#include "ipc/channel.h"
#include "support/tiny_mp4.h"

using namespace porchlight;

namespace {

ipc::Heartbeat goodBeat() {
    ipc::Heartbeat beat;
    beat.phase = ipc::CapturePhase::Reading;
    beat.packet_age_us = 10'000;
    beat.distinct_age_us = 10'000;
    beat.rate_hz = 10;
    return beat;
}

void beatFor(ipc::Channel& channel, milliseconds span, const ipc::Heartbeat& beat = goodBeat()) {
    const auto deadline = Deadline::in(span);
    while (!deadline.isPast()) {
        channel.send(beat);
        std::this_thread::sleep_for(milliseconds(200));
    }
}

std::int64_t wallUs() {
    return std::chrono::duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Half a second of footage whose picture is at `time` (ms).
ipc::FragmentReady fragmentAt(std::uint64_t sequence, std::uint64_t time) {
    ipc::FragmentReady fragment;
    fragment.epoch = 1;
    fragment.sequence = sequence;
    fragment.started_at_us = wallUs();
    fragment.duration_us = 500'000;
    fragment.starts_with_key = true;
    fragment.bytes = test::tinyFragment({time, 500, true});
    return fragment;
}

/// One lie after the other: each that is believed is followed by the next.
void lie(ipc::Channel& channel) {
    ipc::StreamStarted stream;
    stream.epoch = 1;
    stream.video = Codec::H264;
    stream.description = std::string(5'000'000, 'x');
    stream.init = test::tinyInit();
    channel.send(stream);
    ipc::Heartbeat beat = goodBeat();
    beat.cpu_percent = beat.rate_hz = std::numeric_limits<double>::quiet_NaN();
    beat.distinct_age_us = beat.packet_age_us = std::numeric_limits<std::int64_t>::max();
    channel.send(beat);
    ipc::DetectionReady detection;
    detection.at_us = wallUs();
    detection.detection.is_motion = true;
    detection.detection.zone = std::string(1'000'000, 'z');
    detection.detection.regions.resize(50'000);
    detection.thumbnail = test::tinyJpeg(4U << 20U);
    channel.send(detection);
    for (std::uint64_t i = 0; i < 10; ++i) {
        // The last one paints a century.
        channel.send(fragmentAt(i, i < 9 ? i * 500 : 3'155'760'000'000ULL));
    }
    while (channel.outboxBytes() > 0) channel.flush();
}

/// A stream and its footage, until it is asked to stop.
void deliver(ipc::Channel& channel) {
    ipc::StreamStarted stream;
    stream.epoch = 1;
    stream.video = Codec::H264;
    stream.init = test::tinyInit();
    channel.send(stream);
    for (std::uint64_t i = 0;; ++i) {
        channel.send(fragmentAt(i, i * 500));
        while (const auto message = channel.receive())
            if (std::holds_alternative<ipc::Stop>(*message)) return;
        beatFor(channel, milliseconds(200));
    }
}

/// Delivers, and tells what its camera says: that it was tampered with for two seconds, and a person.
void complain(ipc::Channel& channel) {
    ipc::Offer offer;
    offer.is_there = offer.is_detecting = true;
    channel.send(offer);
    ipc::CameraDetected detected;
    detected.at_us = wallUs();
    detected.label = "person";
    detected.place = "gate";
    channel.send(detected);
    detected.label = "tamper";
    channel.send(detected);
    beatFor(channel, seconds(2));
    detected.is_on = false;
    channel.send(detected);
    for (int i = 0; i < 600; ++i) beatFor(channel, milliseconds(200));
}

ipc::Offer offer() {
    ipc::Offer out;
    out.is_there = true;
    for (const auto action : {CameraAction::Keyframe, CameraAction::Move, CameraAction::Stop,
                              CameraAction::GoToPreset, CameraAction::GoHome, CameraAction::Restart})
        out.actions |= 1U << static_cast<unsigned>(action);
    out.presets = {{"p1", "gate", false}};
    out.description = "0 keyframes";
    return out;
}

/// Offers what a camera can be told, and does it: presets fail, going home is never answered. How often it
/// was asked for a keyframe stands in the description.
void obey(ipc::Channel& channel) {
    ipc::Offer offered = offer();
    int keyframes = 0;
    channel.send(offered);
    for (;;) {
        while (const auto message = channel.receive()) {
            if (std::holds_alternative<ipc::Stop>(*message)) return;
            if (std::holds_alternative<ipc::KeyframeRequest>(*message)) {
                offered.description = std::to_string(++keyframes) + " keyframes";
                channel.send(offered);
            }
            const auto* command = std::get_if<ipc::Command>(&*message);
            if (!command || command->action == CameraAction::GoHome) continue;
            const bool is_preset = command->action == CameraAction::GoToPreset;
            channel.send(ipc::CommandAnswer{
                command->id,
                is_preset ? "no place " + command->token + ", ask rtsp://u:geheim@192.0.2.1/" : ""});
        }
        beatFor(channel, milliseconds(200));
    }
}

/// A camera that gives no pictures until it was restarted.
void heal(ipc::Channel& channel) {
    channel.send(offer());
    auto beat = goodBeat();
    beat.phase = ipc::CapturePhase::Resting;
    beat.packet_age_us = -1;
    for (int i = 0;; ++i) {
        while (const auto message = channel.receive()) {
            const auto* command = std::get_if<ipc::Command>(&*message);
            if (!command || command->action != CameraAction::Restart) continue;
            channel.send(ipc::CommandAnswer{command->id, ""});
            beatFor(channel, milliseconds(600), beat);
            return deliver(channel);
        }
        channel.send(ipc::Fault{"connection_error", ErrorKind::Unavailable, "nobody answers"});
        beatFor(channel, milliseconds(400), beat);
    }
}

/// What PORCHLIGHT_TEST_PROOF says: the exit code of the reader (below 0: it crashes), a space, and its
/// words.
int sayProof() {
    const char* proof = ::getenv("PORCHLIGHT_TEST_PROOF");
    if (proof == nullptr) return 0;
    char* words = nullptr;
    const long code = std::strtol(proof, &words, 10);
    std::puts(words + 1);
    if (code < 0) std::abort();
    return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
    if (::getenv("PORCHLIGHT_TEST_SILENT_SERVER") && argc > 1 && std::strcmp(argv[1], "fork-server") == 0)
        ::pause();
    if (argc > 1 && std::strcmp(argv[1], "prove") == 0) return sayProof();
    if (argc < 3 || std::strcmp(argv[1], "worker") != 0) return 0;
    const std::string how = argv[2];
    ipc::Channel channel(base::Fd(3), 64U << 20U);
    try {
        beatFor(channel, milliseconds(how == "dies-at-once" ? 0 : 600));
        if (how == "babbles") {
            const std::string rubbish(4096, 'x');
            for (;;) (void)::write(3, rubbish.data(), rubbish.size());
        } else if (how == "floods") {
            ipc::LogLine line{1, "flood", std::string(100, 'x')};
            for (;;) {  // many at once: a slow machine must be able to send too many, too
                for (int i = 0; i < 64; ++i) channel.send(line);
                while (channel.outboxBytes() > 0) channel.flush();
            }
        } else if (how == "lies") {
            lie(channel);
        } else if (how == "never-answers") {
            for (;;) {
                while (const auto message = channel.receive()) {
                }
                beatFor(channel, milliseconds(200));
            }
        } else if (how == "is-stopped") {
            ::raise(SIGSTOP);
        } else if (how == "opens-for-ever" || how == "reads-for-ever") {
            auto beat = goodBeat();
            if (how == "opens-for-ever") beat.phase = ipc::CapturePhase::Opening;
            const auto began_at = Monotonic::now();
            for (;;) {
                beat.capture_stuck_us =
                    std::chrono::duration_cast<microseconds>(Monotonic::now() - began_at).count();
                beat.packet_age_us = beat.capture_stuck_us;
                beatFor(channel, milliseconds(200), beat);
            }
        } else if (how == "is-wedged") {
            // A file system whose server never answers: the process sleeps uninterruptibly in open(), as in a
            // bad driver.
            const int fd = ::open(::getenv("PORCHLIGHT_TEST_WEDGE"), O_RDONLY);
            return fd < 0 ? 5 : 6;
        } else if (how == "refuses") {
            channel.send(
                ipc::Fault{"auth_refused", ErrorKind::Misconfigured, "the camera refuses this password"});
        } else if (how == "is-misset") {
            channel.send(ipc::Fault{"capture_failure", ErrorKind::Misconfigured,
                                    "setting input: there is no input 7"});
        } else if (how == "is-elsewhere") {
            channel.send(ipc::Fault{"not_found", ErrorKind::Misconfigured, "not found (404)"});
        } else if (how == "is-foreign") {
            channel.send(ipc::Fault{"capture_failure", ErrorKind::NotSupported, "its video is vp9"});
        } else if (how == "is-over") {
            auto beat = goodBeat();
            beat.phase = ipc::CapturePhase::Ended;
            for (int i = 0; i < 600; ++i) beatFor(channel, milliseconds(200), beat);
        } else if (how == "makes-up-kinds") {
            for (int i = 0; i < 200; ++i)
                channel.send(ipc::Fault{"kind_" + std::to_string(i), ErrorKind::Unavailable, "x"});
        } else if (how == "delivers") {
            deliver(channel);
            return 0;
        } else if (how == "complains") {
            complain(channel);
            return 0;
        } else if (how == "obeys") {
            obey(channel);
            return 0;
        } else if (how == "needs-restart") {
            heal(channel);
            return 0;
        } else if (how == "is-deaf") {
            for (;;) beatFor(channel, seconds(60));
        } else if (how != "dies-at-once") {
            for (;;) {
                while (const auto message = channel.receive())
                    if (std::holds_alternative<ipc::Stop>(*message)) return 0;
                beatFor(channel, milliseconds(200));
            }
        }
        const bool is_resting = how == "refuses" || how == "makes-up-kinds" || how == "is-misset" ||
                                how == "is-elsewhere" || how == "is-foreign";
        for (int i = 0; i < 600 && is_resting; ++i) {
            auto beat = goodBeat();
            beat.phase = ipc::CapturePhase::Resting;
            beat.packet_age_us = -1;
            beatFor(channel, milliseconds(200), beat);
        }
    } catch (const Error&) {
        return 4;  // the core is gone
    }
    return 3;
}
