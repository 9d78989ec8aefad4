/// One track of RTP as libavformat's demuxer `sdp` wants it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::ffmpeg {

/// The demuxer takes packets of all tracks from one place and tells media apart by their payload types,
/// reports by the source (SSRC) that media came from. Cameras use a type twice, and their reports may come
/// first: a type of its own for each track, and reports after media, make what it says certain. Some describe
/// another type than they announce, or write blanks and zeros that it does not read everywhere. Plain data.
struct RtpTrack {
    /// `description`: its lines of the camera's SDP, from "m=" on. `taken`: types that other tracks have;
    /// gets one more.
    RtpTrack(std::string_view description, int its_channel, std::vector<int>& taken);

    int channel;         ///< of media; reports come on the next one
    int type = 0;        ///< as the camera's packets say it
    int given_type = 0;  ///< as the demuxer is told
    std::string text;    ///< for the demuxer
    std::uint32_t source = 0;
    bool has_source = false;           ///< media came
    bool did_begin = false;            ///< a packet of it was given
    std::uint16_t number = 0;          ///< of the last packet, as the demuxer was told
    std::uint16_t number_shift = 0;    ///< from the camera's to that
    std::vector<std::uint8_t> report;  ///< the last that came before
};

}  // namespace porchlight::ffmpeg
