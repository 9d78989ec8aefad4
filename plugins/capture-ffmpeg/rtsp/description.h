/// The description of a stream (SDP, RFC 8866) and the addresses in it, as far as a conversation needs them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace porchlight::ffmpeg {

struct DescribedTrack {
    std::string kind;     ///< "video", "audio", ...
    std::string control;  ///< as it is written; empty: none
    std::string text;     ///< its lines, from "m=" on, each with CR LF
};

struct Description {
    std::string control;  ///< of all tracks together; empty: none
    std::vector<DescribedTrack> tracks;
};

/// Whatever is no line of a description is left out, and what follows a NUL: some send the one that ends
/// their string, too. Pure; bytes may be hostile.
Description parseDescription(std::string_view text);

/// Where a track, or all of them together, is asked for: `control` is absolute, or goes on behind `base`,
/// which it is where it is no part of an address. Pure.
std::string controlUrl(const std::string& base, std::string_view control);

/// Whether it is an absolute address of RTSP. Pure.
bool isRtspUrl(std::string_view text) noexcept;

/// Where a redirect from `url` leads, which may leave out what stays the same, or the scheme only, before the
/// host of `url`; empty: nowhere. Pure.
std::string redirectedUrl(const std::string& url, std::string_view location);

}  // namespace porchlight::ffmpeg
