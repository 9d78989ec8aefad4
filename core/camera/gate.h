/// The one gate for what a worker says: what has passed is within bounds, whatever its worker was fed or has
/// become.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "camera/fault_kind.h"
#include "ipc/message.h"
#include "media/movie_fragment.h"

namespace porchlight::camera {

// What a field may be. The tables below name one of these for each field of each message, or this file does
// not compile.

/// A number. What is beyond becomes the nearest end, what is no number the lower one.
struct Number {
    double least;
    double most;
};
/// An enumeration that ends there (and has no 0 unless `least` says so). A value that nobody defined is
/// garbage.
struct OneOf {
    unsigned least;
    unsigned most;
};
/// Yes or no.
struct Flag {};
/// Words. Cut at a whole character; control characters become spaces, and what is no UTF-8 becomes question
/// marks.
struct Words {
    std::size_t most_bytes;
};
/// A JPEG. What is larger, or none by its first bytes, is left out.
struct Jpeg {
    std::size_t most_bytes;
};
/// Bytes that are parsed: what cannot be parsed, or is larger, is garbage.
struct Media {
    std::size_t most_bytes;
};
/// Wall time in microseconds. Not between 1969-12-31 and 2100: garbage. From before the worker's start or
/// after now: becomes now. 0 means none where it may.
struct Moment {
    bool may_be_none = false;
};
/// A list. What is beyond its length is left out; its entries have a table of their own.
struct List {
    std::size_t most;
};
/// A struct with a table of its own.
struct Part {};

template <class M, class T, class B>
struct Field {
    std::string_view name;
    T M::*member;
    B bound;
};
template <class M, class T, class B>
Field(std::string_view, T M::*, B) -> Field<M, T, B>;

inline constexpr double kMostCount = 9'007'199'254'740'992;  ///< 2^53: a JSON number holds each up to here
inline constexpr double kLongestUs = 34'560'000'000'000;     ///< 400 days
inline constexpr std::size_t kMaxThumbnailBytes = 512U << 10U;
inline constexpr std::size_t kMaxLivePictureBytes = 2U << 20U;
inline constexpr std::size_t kMaxInitBytes = 256U << 10U;

template <class M>
struct Bounds;

#define PORCHLIGHT_FIELD(message, name, ...) \
    Field {                                  \
#name, &message::name, __VA_ARGS__   \
    }

template <>
struct Bounds<ipc::Hello> {
    static constexpr std::string_view name = "Hello";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::Hello, pid, Number{0, 4'194'304}),
        PORCHLIGHT_FIELD(ipc::Hello, version, Words{64}),
        PORCHLIGHT_FIELD(ipc::Hello, libraries, Words{500}),
    };
};

template <>
struct Bounds<ipc::StreamStarted> {
    static constexpr std::string_view name = "StreamStarted";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::StreamStarted, epoch, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, video, OneOf{0, 3}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, width_px, Number{0, 16'384}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, height_px, Number{0, 16'384}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, rate_hz, Number{0, 1'000}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, has_audio, Flag{}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, description, Words{300}),
        PORCHLIGHT_FIELD(ipc::StreamStarted, init, Media{kMaxInitBytes}),
    };
};

template <>
struct Bounds<ipc::FragmentReady> {
    static constexpr std::string_view name = "FragmentReady";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::FragmentReady, epoch, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::FragmentReady, sequence, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::FragmentReady, started_at_us, Moment{}),
        PORCHLIGHT_FIELD(ipc::FragmentReady, duration_us, Number{0, 60'000'000}),
        PORCHLIGHT_FIELD(ipc::FragmentReady, starts_with_key, Flag{}),
        PORCHLIGHT_FIELD(ipc::FragmentReady, bytes, Media{ipc::kMaxPayloadBytes}),
    };
};

template <>
struct Bounds<Region> {
    static constexpr std::string_view name = "Region";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(Region, x, Number{0, 1}),
        PORCHLIGHT_FIELD(Region, y, Number{0, 1}),
        PORCHLIGHT_FIELD(Region, width, Number{0, 1}),
        PORCHLIGHT_FIELD(Region, height, Number{0, 1}),
    };
};

template <>
struct Bounds<Detection> {
    static constexpr std::string_view name = "Detection";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(Detection, pts_us, Number{-kMostCount, kMostCount}),
        PORCHLIGHT_FIELD(Detection, is_motion, Flag{}),
        PORCHLIGHT_FIELD(Detection, is_global_change, Flag{}),
        PORCHLIGHT_FIELD(Detection, score, Number{0, 1}),
        PORCHLIGHT_FIELD(Detection, area_percent, Number{0, 100}),
        PORCHLIGHT_FIELD(Detection, brightness, Number{0, 255}),
        PORCHLIGHT_FIELD(Detection, zone, Words{64}),
        PORCHLIGHT_FIELD(Detection, regions, List{16}),
    };
};

template <>
struct Bounds<ipc::DetectionReady> {
    static constexpr std::string_view name = "DetectionReady";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::DetectionReady, at_us, Moment{}),
        PORCHLIGHT_FIELD(ipc::DetectionReady, detection, Part{}),
        PORCHLIGHT_FIELD(ipc::DetectionReady, thumbnail, Jpeg{kMaxThumbnailBytes}),
    };
};

template <>
struct Bounds<ipc::LivePicture> {
    static constexpr std::string_view name = "LivePicture";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::LivePicture, at_us, Moment{}),
        PORCHLIGHT_FIELD(ipc::LivePicture, jpeg, Jpeg{kMaxLivePictureBytes}),
    };
};

template <>
struct Bounds<ipc::Still> {
    static constexpr std::string_view name = "Still";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::Still, id, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Still, at_us, Moment{.may_be_none = true}),
        PORCHLIGHT_FIELD(ipc::Still, error, Words{300}),
        PORCHLIGHT_FIELD(ipc::Still, jpeg, Jpeg{ipc::kMaxPayloadBytes}),
    };
};

template <>
struct Bounds<ipc::Heartbeat> {
    static constexpr std::string_view name = "Heartbeat";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::Heartbeat, phase, OneOf{1, 6}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, capture_stuck_us, Number{0, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, sub_phase, OneOf{1, 6}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, sub_stuck_us, Number{0, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, encode_stuck_us, Number{0, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, detect_stuck_us, Number{0, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, packet_age_us, Number{-1, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, distinct_age_us, Number{-1, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, distinct_seen_age_us, Number{-1, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, packets, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, pictures_decoded, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, pictures_analysed, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, fragments, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, dropped_fragments, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, dropped_packets, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, bad_packets, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, lost_frames, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, opens, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, rate_hz, Number{0, 1'000'000}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, rss_bytes, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, cpu_percent, Number{0, 10'000}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, black_age_us, Number{-1, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, descriptors, Number{0, 1'000'000}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, threads, Number{0, 1'000'000}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, queue_bytes, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, queue_max_bytes, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, memory_max_bytes, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, descriptors_max, Number{0, 4'294'967'295}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, is_detecting_on_main, Flag{}),
        PORCHLIGHT_FIELD(ipc::Heartbeat, dropped_messages, Number{0, kMostCount}),
    };
};

template <>
struct Bounds<ipc::Fault> {
    static constexpr std::string_view name = "Fault";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::Fault, issue, Words{40}),
        PORCHLIGHT_FIELD(ipc::Fault, kind, OneOf{1, 6}),
        PORCHLIGHT_FIELD(ipc::Fault, text, Words{500}),
    };
};

template <>
struct Bounds<ipc::LogLine> {
    static constexpr std::string_view name = "LogLine";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::LogLine, level, Number{1, 4}),
        PORCHLIGHT_FIELD(ipc::LogLine, component, Words{32}),
        PORCHLIGHT_FIELD(ipc::LogLine, text, Words{1'000}),
    };
};

#undef PORCHLIGHT_FIELD

/// What a worker may send; all else only the core sends.
template <class M>
concept FromWorker = requires {
    Bounds<M>::fields;
};

namespace detail {

struct Anything {
    template <class T>
    operator T() const;
};
template <class M, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
    return requires {
        M{(static_cast<void>(I), Anything{})...};
    };
}
/// Members of an aggregate.
template <class M, std::size_t N = 64>
constexpr std::size_t memberCount() {
    if constexpr (N == 0 || takes<M>(std::make_index_sequence<N>()))
        return N;
    else
        return memberCount<M, N - 1>();
}
template <class M>
constexpr bool hasBoundForEach() {
    return std::apply(
        [](const auto&... field) {
            const std::array<std::string_view, sizeof...(field)> names{field.name...};
            for (std::size_t i = 0; i < names.size(); ++i)
                if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
                    names.begin() + static_cast<std::ptrdiff_t>(i))
                    return false;
            return names.size() == memberCount<M>();
        },
        Bounds<M>::fields);
}
static_assert(hasBoundForEach<ipc::Hello>() && hasBoundForEach<ipc::StreamStarted>() &&
                  hasBoundForEach<ipc::FragmentReady>() && hasBoundForEach<Region>() &&
                  hasBoundForEach<Detection>() && hasBoundForEach<ipc::DetectionReady>() &&
                  hasBoundForEach<ipc::LivePicture>() && hasBoundForEach<ipc::Still>() &&
                  hasBoundForEach<ipc::Heartbeat>() && hasBoundForEach<ipc::Fault>() &&
                  hasBoundForEach<ipc::LogLine>(),
              "a field without a bound");

}  // namespace detail

/// So much at once, and then so much a second.
class Budget {
  public:
    Budget(double per_s, double burst, Monotonic::time_point at) noexcept
        : per_s_(per_s), burst_(burst), left_(burst), at_(at) {}

    /// Takes `cost`; false, and nothing taken, when there is not so much left.
    bool take(double cost, Monotonic::time_point at) noexcept;

  private:
    double per_s_;
    double burst_;
    double left_;
    Monotonic::time_point at_;
};

/// One worker's life long. Pure: all times come from outside. **Thread**: thread-bound (supervisor); never
/// blocks.
///
/// - Each field is brought within its bound (tables above); what cannot be (a value that nobody defined,
/// media that cannot be
///   parsed, a message that only the core sends) is worker_garbage.
/// - Footage must be what its message says: its moof parses with the stream's init, sequences and decode
/// times rise, one fragment
///   lasts a minute at most, and a stream lasts no longer than real time allows. Footage of an older stream
///   is dropped.
/// - How much comes is bounded (worker_flood): messages, bytes, heartbeats, faults, new beginnings.
/// - Of log lines those that repeat (but for numbers) within a minute are folded, those beyond the budget
/// left out.
class Gate {
  public:
    /// One moment on all clocks; `boot` runs on while the machine is suspended.
    struct Now {
        Monotonic::time_point at;
        WallTime wall{};
        microseconds boot{0};
    };
    struct Verdict {
        bool is_taken = true;            ///< else it is dropped
        std::optional<Finding> finding;  ///< its worker is ended, and the message dropped
    };

    static constexpr double kMessagesPerS = 500, kMessagesBurst = 6'000;  // the worker's outbox holds 4096
    static constexpr double kBytesPerS = 32e6,
                            kBytesBurst = 128e6;  // fragments of 64 Mbit/s are a quarter of it
    static constexpr double kHeartbeatsPerS = 20, kHeartbeatsBurst = 200;  // one a second
    static constexpr double kFaultsPerS = 20,
                            kFaultsBurst = 400;  // each is told, scored, and may begin an attempt
    static constexpr double kBeginningsPerS = 2,
                            kBeginningsBurst = 60;               // streams and jumps of time: a file each
    static constexpr double kLinesPerS = 0.2, kLinesBurst = 30;  // 8 MiB of log are days then, not seconds

    explicit Gate(const Now& started);

    /// Judges a message of `wire_bytes` and brings it within bounds.
    Verdict judge(ipc::Message& message, std::size_t wire_bytes, const Now& now);

    /// What was left out or put right, in words for the log: each at most once a minute.
    std::vector<std::string> takeNotes(Monotonic::time_point at);

  private:
    class Bounding;

    /// What the fragments of the stream are judged by.
    struct Stream {
        std::uint64_t epoch = 0;
        media::InitSegment init;  ///< no tracks: nothing is muxed
        std::size_t video = 0;
        std::optional<std::uint64_t> sequence;  ///< of the last fragment; nothing before the first
        std::uint64_t first_time = 0;           ///< decode time of the first picture, ticks
        std::uint64_t end_time = 0;             ///< of the last, ticks
        microseconds first_boot{0};
        std::int64_t next_start_us = 0;  ///< wall time at which the next fragment should start
    };

    std::optional<Finding> judgeAmount(const ipc::Message& message, std::size_t wire_bytes,
                                       Monotonic::time_point at);
    std::optional<Finding> judgeStream(const ipc::StreamStarted& stream);
    bool isOfStream(const ipc::FragmentReady& fragment) const noexcept;
    std::optional<Finding> judgeFragment(ipc::FragmentReady& fragment, const Now& now);
    std::optional<Finding> judgeTimes(ipc::FragmentReady& fragment, const media::TrackFragment& video,
                                      const Now& now);
    bool takesLine(const ipc::LogLine& line, Monotonic::time_point at);

    const Now started_;
    Budget messages_;
    Budget bytes_;
    Budget heartbeats_;
    Budget faults_;
    Budget beginnings_;
    Budget lines_;
    std::optional<Stream> stream_;

    struct Line {
        std::size_t key;  ///< hash of its text without numbers
        Monotonic::time_point at;
    };
    std::deque<Line> told_;  ///< at most 16, of the last minute
    std::uint64_t repeated_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t corrected_ = 0;
    std::string last_corrected_;  ///< "Heartbeat.cpu_percent"
    Monotonic::time_point noted_at_;
};

}  // namespace porchlight::camera
