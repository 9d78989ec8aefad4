/// What each field of each message of a worker may be: the tables that the gate goes by (gate.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

#include "ipc/message.h"

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
        PORCHLIGHT_FIELD(Detection, label, Words{32}),
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
struct Bounds<ipc::LivePart> {
    static constexpr std::string_view name = "LivePart";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::LivePart, epoch, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::LivePart, at_us, Moment{}),
        PORCHLIGHT_FIELD(ipc::LivePart, start_us, Number{0, kLongestUs}),
        PORCHLIGHT_FIELD(ipc::LivePart, lasts_us, Number{0, 60'000'000}),
        PORCHLIGHT_FIELD(ipc::LivePart, is_key, Flag{}),
        PORCHLIGHT_FIELD(ipc::LivePart, bytes, Media{ipc::kMaxPayloadBytes}),
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

template <>
struct Bounds<ipc::CommandAnswer> {
    static constexpr std::string_view name = "CommandAnswer";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::CommandAnswer, id, Number{0, kMostCount}),
        PORCHLIGHT_FIELD(ipc::CommandAnswer, error, Words{300}),
    };
};

template <>
struct Bounds<CameraItem> {
    static constexpr std::string_view name = "CameraItem";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(CameraItem, token, Words{kMaxItemTokenBytes}),
        PORCHLIGHT_FIELD(CameraItem, name, Words{64}),
        PORCHLIGHT_FIELD(CameraItem, is_on, Flag{}),
    };
};

template <>
struct Bounds<ipc::Offer> {
    static constexpr std::string_view name = "Offer";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::Offer, is_there, Flag{}),
        PORCHLIGHT_FIELD(ipc::Offer, problem, Words{300}),
        PORCHLIGHT_FIELD(ipc::Offer, actions, Number{0, 65'535}),
        PORCHLIGHT_FIELD(ipc::Offer, is_detecting, Flag{}),
        PORCHLIGHT_FIELD(ipc::Offer, is_clock_known, Flag{}),
        PORCHLIGHT_FIELD(ipc::Offer, clock_ahead_us, Number{-kMostCount, kMostCount}),
        PORCHLIGHT_FIELD(ipc::Offer, infrared, Words{16}),
        PORCHLIGHT_FIELD(ipc::Offer, description, Words{300}),
        PORCHLIGHT_FIELD(ipc::Offer, advice, Words{1'000}),
        PORCHLIGHT_FIELD(ipc::Offer, presets, List{64}),
        PORCHLIGHT_FIELD(ipc::Offer, outputs, List{16}),
    };
};

template <>
struct Bounds<ipc::CameraDetected> {
    static constexpr std::string_view name = "CameraDetected";
    static constexpr auto fields = std::tuple{
        PORCHLIGHT_FIELD(ipc::CameraDetected, at_us, Moment{}),
        PORCHLIGHT_FIELD(ipc::CameraDetected, label, Words{32}),
        PORCHLIGHT_FIELD(ipc::CameraDetected, place, Words{64}),
        PORCHLIGHT_FIELD(ipc::CameraDetected, is_on, Flag{}),
        PORCHLIGHT_FIELD(ipc::CameraDetected, has_end, Flag{}),
        PORCHLIGHT_FIELD(ipc::CameraDetected, score, Number{0, 1}),
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
                  hasBoundForEach<ipc::LogLine>() && hasBoundForEach<ipc::CommandAnswer>() &&
                  hasBoundForEach<CameraItem>() && hasBoundForEach<ipc::Offer>() &&
                  hasBoundForEach<ipc::CameraDetected>() && hasBoundForEach<ipc::LivePart>(),
              "a field without a bound");

}  // namespace detail

}  // namespace porchlight::camera
