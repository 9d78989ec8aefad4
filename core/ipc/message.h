/// The messages between the core and its workers.
///
/// On the wire: a 16-byte header, little endian, then `length_bytes` of payload:
///
///     offset 0  u16 magic 0x4c50 ("PL")
///            2  u16 type  (MessageType)
///            4  u32 length_bytes, at most 8 MiB
///            8  u64 sequence, rises by one for each message of a direction; a hole is a bug
///
/// Each payload is the struct's members in the order written here (base::ByteWriter). Core and worker are
/// always the same build, so there is no versioning; the parser distrusts the bytes all the same.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "porchlight/companion.h"
#include "porchlight/detect.h"
#include "porchlight/media.h"
#include "porchlight/record.h"
#include "porchlight/settings.h"
#include "porchlight/traits.h"

namespace porchlight::ipc {

inline constexpr std::uint16_t kMagic = 0x4c50;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::uint32_t kMaxPayloadBytes = limit::kMessageBytes;

enum class MessageType : std::uint16_t {
    // core to worker
    Setup = 1,
    Stop = 2,
    Live = 3,
    StillRequest = 4,
    KeyframeRequest = 5,
    RestartStream = 6,
    DetectSwitch = 7,
    Command = 8,
    // worker to core
    Hello = 64,
    StreamStarted = 65,
    FragmentReady = 66,
    DetectionReady = 67,
    LivePicture = 68,
    Still = 69,
    Heartbeat = 70,
    Fault = 71,
    LogLine = 72,
    CommandAnswer = 73,
    Offer = 74,
    CameraDetected = 75,
    LivePart = 76,
};

/// Everything a worker needs to know of its camera; the first message. May hold secrets: never logged.
struct Setup {
    std::string camera;
    std::string plugin_folder;
    std::string source_plugin;
    Confinement confinement = Confinement::Decoding;  ///< as the plugin's stamp asks for
    Settings source;
    bool has_sub = false;  ///< a second instance of the source plugin opened with `sub`, detected on
    Settings sub;
    std::string detect_plugin;  ///< empty: no picture is looked at to detect
    Settings detect;
    bool is_detect_on = true;
    bool wants_camera_detections = true;  ///< somebody makes use of what the camera detects by itself
    double detect_rate_hz = 10;
    bool wants_fragments = true;         ///< record.mode is not off: mux (and encode) all the time
    bool passes_mjpeg = false;           ///< record MJPEG as it is instead of encoding H.264
    std::uint32_t encode_kbit_s = 0;     ///< for picture sources; 0: chosen from the picture size
    bool may_encode_in_hardware = true;  ///< false: it hung in one before
    std::int64_t frame_timeout_us = 5'000'000;
    std::int64_t open_timeout_us = 10'000'000;
    /// Cap of each queue inside the worker.
    std::uint64_t queue_max_bytes = limit::kWorkerQueue.standard_bytes;
    std::uint64_t memory_max_bytes = 0;  ///< limit of the worker's private memory; 0: none
    bool operator==(const Setup&) const = default;
};

/// Ends the worker in an orderly way; end of file does the same.
struct Stop {};

/// Whether somebody watches as JPEG, and whether somebody watches the recorded stream itself. No JPEG is
/// encoded while is_wanted is false, and no LivePart sent while wants_parts is.
struct Live {
    bool is_wanted = false;
    std::uint16_t max_width_px = 1280;
    std::uint8_t max_rate_hz = 15;
    std::uint8_t quality = 60;
    bool wants_parts = false;
};

/// Asks for one JPEG of the next decoded picture, in full size (max_width_px 0) or smaller.
struct StillRequest {
    std::uint64_t id = 0;
    std::uint16_t max_width_px = 0;
    std::uint8_t quality = 85;
};

/// The encoder makes a keyframe and the open fragment is cut now.
struct KeyframeRequest {};

/// Closes and reopens the source (rung 2 of the recovery ladder).
struct RestartStream {};

struct DetectSwitch {
    bool is_on = true;
};

/// Tells the camera what to do; answered by a CommandAnswer with the same id within
/// budget::kCameraCommand.
struct Command {
    std::uint64_t id = 0;
    CameraAction action = CameraAction::Stop;
    float pan = 0;
    float tilt = 0;
    float zoom = 0;
    std::int64_t lasts_us = 0;
    std::string token;
    std::string name;
    bool is_on = false;
};

/// The worker is up; versions as found at run time.
struct Hello {
    std::int32_t pid = 0;
    std::string version;
    std::string libraries;  ///< "libavformat 59.27.100, ..."
};

/// The source is open (again): every earlier epoch is over.
struct StreamStarted {
    std::uint64_t epoch = 0;
    Codec video = Codec::None;  ///< as recorded
    std::int32_t width_px = 0;
    std::int32_t height_px = 0;
    double rate_hz = 0;
    bool has_audio = false;
    std::string description;
    base::Bytes init;  ///< empty when nothing is muxed (wants_fragments false)
};

struct FragmentReady {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    std::int64_t started_at_us = 0;  ///< wall time of the first picture
    std::int64_t duration_us = 0;
    bool starts_with_key = false;
    base::Bytes bytes;
};

/// One analysed picture with motion, the first one without it afterwards, and one a second otherwise.
struct DetectionReady {
    std::int64_t at_us = 0;  ///< wall time of the picture
    Detection detection;
    base::Bytes thumbnail;  ///< JPEG of this picture, only where motion begins
};

struct LivePicture {
    std::int64_t at_us = 0;
    base::Bytes jpeg;
};

/// One picture of the recorded stream as it comes, before its fragment is complete: moof and mdat on the time
/// line of the fragments, whose init it needs. The first ones after Live are those of the open fragment, from
/// its begin on.
struct LivePart {
    std::uint64_t epoch = 0;
    std::int64_t at_us = 0;     ///< wall time at which the picture was complete in the worker
    std::int64_t start_us = 0;  ///< its decode time since the begin of the epoch
    std::int64_t lasts_us = 0;  ///< as the part says; the next one may follow sooner
    bool is_key = false;
    base::Bytes bytes;
};

struct Still {
    std::uint64_t id = 0;
    std::int64_t at_us = 0;
    std::string error;  ///< empty: `jpeg` holds the picture
    base::Bytes jpeg;
};

/// What the capture side is doing right now.
/// Ended: a file that is not repeated (`loop: false`) came to its end; it is not opened again until a restart
/// is asked for.
enum class CapturePhase : std::uint8_t { Waiting = 1, Opening, Reading, Closing, Resting, Ended };

/// Once a second. Ages are of this moment; counters count from the worker's start. Over 20 members: all that
/// is measured of a worker, flat as the message is.
struct Heartbeat {
    CapturePhase phase = CapturePhase::Waiting;
    std::int64_t capture_stuck_us = 0;  ///< how long main's capture thread has been in one plugin call
    CapturePhase sub_phase = CapturePhase::Waiting;  ///< Ended: the camera has no such stream
    std::int64_t sub_stuck_us = 0;                   ///< the same of sub, where there is one
    std::int64_t encode_stuck_us = 0;                ///< how long one picture has been in the encoder
    std::int64_t detect_stuck_us = 0;                ///< how long one picture has been in the detector
    std::int64_t packet_age_us = -1;                 ///< since the last packet or picture; -1: none yet
    std::int64_t distinct_age_us = -1;  ///< how long the picture had not changed when it was last judged
    /// Since a picture was last seen to differ; in between nobody may have looked.
    std::int64_t distinct_seen_age_us = -1;
    std::uint64_t packets = 0;
    std::uint64_t pictures_decoded = 0;
    std::uint64_t pictures_analysed = 0;
    std::uint64_t fragments = 0;
    std::uint64_t dropped_fragments = 0;  ///< outbox full
    std::uint64_t dropped_packets = 0;    ///< a queue was full, or sound did not decode
    std::uint64_t bad_packets = 0;        ///< undecodable
    std::uint64_t lost_frames = 0;        ///< never delivered by the driver, as far as it tells
    std::uint64_t opens = 0;              ///< times the source was opened with success
    double rate_hz = 0;                   ///< packets or pictures a second, last 5 s
    std::uint64_t rss_bytes = 0;
    double cpu_percent = 0;          ///< of one core, since the last heartbeat
    std::int64_t black_age_us = -1;  ///< how long every judged picture has been black or covered; -1: not
    std::uint32_t descriptors = 0;   ///< open in the worker
    std::uint32_t threads = 0;
    std::uint64_t queue_bytes = 0;       ///< waiting in all queues of the worker
    std::uint64_t queue_max_bytes = 0;   ///< the sum of their caps
    std::uint64_t memory_max_bytes = 0;  ///< limit of the worker's memory (sandbox); 0: none
    std::uint32_t descriptors_max = 0;   ///< limit of its open descriptors
    bool is_detecting_on_main = false;   ///< although there is a sub stream: that one fails
    /// Log lines, detections, stills and live pictures that the core was too slow for.
    std::uint64_t dropped_messages = 0;
};

/// Something went wrong; `issue` is capture_failure, buffer_error, connection_error, or the finer name of a
/// kind that counts as a failure (camera/fault_kind.h): frame_timeout.
struct Fault {
    std::string issue;
    ErrorKind kind = ErrorKind::Unavailable;
    std::string text;
};

struct LogLine {
    std::uint8_t level = 2;
    std::string component;
    std::string text;
};

struct CommandAnswer {
    std::uint64_t id = 0;
    std::string error;  ///< empty: done
};

/// What the camera offers beside its pictures; told when it is known, when it changed, and when it is gone.
struct Offer {
    bool is_there = false;      ///< the camera answers; all else is the last that was known
    std::string problem;        ///< why not, or (is_there) why its detections do not come; for people
    std::uint32_t actions = 0;  ///< as CameraAbilities
    bool is_detecting = false;
    bool is_clock_known = false;
    std::int64_t clock_ahead_us = 0;  ///< of ours
    std::string infrared;
    std::string description;
    std::string advice;
    std::vector<CameraItem> presets;
    std::vector<CameraItem> outputs;
};

/// Something that the camera detected by itself (CameraDetection). Only news: each label and place begins
/// and ends by turns, also when the camera was lost in between.
struct CameraDetected {
    std::int64_t at_us = 0;
    std::string label;
    std::string place;
    bool is_on = true;
    bool has_end = true;
    float score = 0;
};

using Message = std::variant<Setup, Stop, Live, StillRequest, KeyframeRequest, RestartStream, DetectSwitch,
                             Command, Hello, StreamStarted, FragmentReady, DetectionReady, LivePicture, Still,
                             Heartbeat, Fault, LogLine, CommandAnswer, Offer, CameraDetected, LivePart>;

/// Header and payload, ready to be written. Throws Error(BadData) when larger than kMaxPayloadBytes.
base::Bytes encode(const Message& message, std::uint64_t sequence);

/// Judges a header; returns the payload's length. Throws Error(BadData).
std::uint32_t payloadLength(std::span<const std::uint8_t> header);

/// Parses one payload. Throws Error(BadData) for an unknown type, a short, or a long payload.
Message decode(std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload);

}  // namespace porchlight::ipc
