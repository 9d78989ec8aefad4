/// What a source delivers: encoded packets or pictures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "porchlight/time.h"

namespace porchlight {

enum class Codec : std::uint8_t {
    None = 0,
    H264 = 1,
    H265 = 2,
    Mjpeg = 3,
    Aac = 4,  ///< raw, described by audio_extradata (AudioSpecificConfig): recorded as it comes
    // Sound that the host unpacks or encodes to AAC before it is recorded:
    AacAdts = 5,   ///< each frame behind a header of its own, as in MPEG-TS
    AacLatm = 6,   ///< LOAS, as in MPEG-TS
    PcmMulaw = 7,  ///< G.711
    PcmAlaw = 8,
    PcmS16Be = 9,
    PcmS16Le = 10,
    G722 = 11,
    G726 = 12,      ///< as RTP has it (RFC 3551); audio_extradata is one byte: bits a sample, 2 to 5
    G726Aal2 = 13,  ///< the same with the bits in the other order
    Opus = 14,
    Mp2 = 15,
    Mp3 = 16,
};

constexpr const char* nameOf(Codec codec) noexcept {
    switch (codec) {
        case Codec::H264:
            return "h264";
        case Codec::H265:
            return "h265";
        case Codec::Mjpeg:
            return "mjpeg";
        case Codec::Aac:
            return "aac";
        case Codec::AacAdts:
            return "aac-adts";
        case Codec::AacLatm:
            return "aac-latm";
        case Codec::PcmMulaw:
            return "mu-law";
        case Codec::PcmAlaw:
            return "a-law";
        case Codec::PcmS16Be:
            return "pcm-s16be";
        case Codec::PcmS16Le:
            return "pcm-s16le";
        case Codec::G722:
            return "g722";
        case Codec::G726:
            return "g726";
        case Codec::G726Aal2:
            return "g726-aal2";
        case Codec::Opus:
            return "opus";
        case Codec::Mp2:
            return "mp2";
        case Codec::Mp3:
            return "mp3";
        case Codec::None:
            break;
    }
    return "none";
}

enum class PixelFormat : std::uint8_t {
    Gray8 = 1,  ///< one plane
    I420 = 2,   ///< Y, U, V; chroma halved both ways
    Nv12 = 3,   ///< Y, interleaved UV
    Yuyv = 4,   ///< one packed plane, 2 bytes a pixel
};

enum class Track : std::uint8_t { Video = 1, Audio = 2 };

/// The format of one video track and, where there is one, of its sound.
struct StreamFormat {
    Codec video = Codec::None;  ///< None: the source delivers pictures
    int width_px = 0;           ///< 0: not known before the first decoded picture
    int height_px = 0;
    double rate_hz = 0;                   ///< nominal frames per second; 0: unknown
    std::vector<std::uint8_t> extradata;  ///< codec configuration as libav calls it; may be empty
    Codec audio = Codec::None;            ///< sound of any kind that has a name here; None: no sound
    int sample_rate_hz = 0;               ///< 0: not known before the first packet
    int channels = 0;
    std::vector<std::uint8_t> audio_extradata;
};

/// One encoded access unit. Immutable; the bytes live as long as `owner`.
struct Packet {
    Track track = Track::Video;
    std::span<const std::uint8_t> data;
    std::shared_ptr<const void> owner;
    std::int64_t pts_us = 0;  ///< stream time line, not wall time
    std::int64_t dts_us = 0;  ///< rises strictly within a track
    std::int64_t duration_us = 0;
    bool is_key = false;
    /// The same picture once more, by its source's own word (HTTP 304): it lives and there is no newer one.
    /// Such a picture is not taken for one that is frozen. Never for a source that cannot know.
    bool is_unchanged = false;
    Monotonic::time_point arrived_at{};   ///< when it was complete in this process
    Monotonic::time_point captured_at{};  ///< when the sensor took it, as the driver says; zero: unknown
};

/// One uncompressed picture. Immutable; the planes live as long as `owner`.
struct Picture {
    PixelFormat format = PixelFormat::I420;
    int width_px = 0;
    int height_px = 0;
    std::array<const std::uint8_t*, 3> planes{};
    std::array<int, 3> strides_bytes{};
    std::shared_ptr<const void> owner;
    std::int64_t pts_us = 0;
    Monotonic::time_point arrived_at{};
    Monotonic::time_point captured_at{};  ///< as in Packet
    /// The same moment in low resolution, for detection, where the source gives it for free (a second output
    /// of the same sensor); its luma is all that is looked at. Usually null.
    std::shared_ptr<const Picture> low;
};

/// When the sensor took it as far as that is known: what is compared between cameras.
template <class T>
Monotonic::time_point takenAt(const T& sample) noexcept {
    return sample.captured_at == Monotonic::time_point{} ? sample.arrived_at : sample.captured_at;
}

}  // namespace porchlight
