#include "description.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "reach/head.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::string_view kControl = "a=control:";

/// A request has one line for it.
bool isUrlPart(std::string_view text) noexcept {
    for (const unsigned char c : text)
        if (c <= 0x20 || c == 0x7f || c == '"') return false;
    return true;
}

/// "rtsp://...", not "/x?from=rtsp://...": a scheme is letters, digits, + - . (RFC 3986, 3.1).
bool hasScheme(std::string_view text) noexcept {
    const std::size_t end = text.find("://");
    return end != std::string_view::npos && end > 0 &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
           });
}

/// "192.0.2.1:554/x" at rtsp://192.0.2.1/y: the scheme was forgotten. No path begins with the host.
bool beginsWithHostOf(std::string_view url, std::string_view location) noexcept {
    std::string_view place = url.substr(std::min(url.find("://") + 3, url.size()));
    place = place.substr(0, place.find_first_of("/?#"));
    place.remove_prefix(place.rfind('@') + 1);
    const std::size_t end_of_name = place.starts_with('[') ? place.find(']') : 0;
    const std::string_view host = place.substr(0, place.find(':', std::min(end_of_name, place.size())));
    if (host.empty() || !beginsWithWord(location, host)) return false;
    const std::string_view behind = location.substr(host.size());
    return behind.starts_with('/') || behind.starts_with(':');
}

}  // namespace

Description parseDescription(std::string_view text) {
    Description out;
    text = text.substr(0, text.find('\0'));
    while (!text.empty()) {
        const std::string_view line = trimmed(takeLine(text));
        if (line.size() < 2 || line[1] != '=') continue;
        if (line[0] == 'm') {
            const std::string_view media = trimmed(line.substr(2));
            out.tracks.push_back({std::string(media.substr(0, media.find_first_of(" \t"))), {}, {}});
        }
        std::string& control = out.tracks.empty() ? out.control : out.tracks.back().control;
        if (beginsWithWord(line, kControl)) control = trimmed(line.substr(kControl.size()));
        if (!out.tracks.empty()) out.tracks.back().text.append(line).append("\r\n");
    }
    return out;
}

bool isRtspUrl(std::string_view text) noexcept {
    return beginsWithWord(text, "rtsp://") || beginsWithWord(text, "rtsps://");
}

std::string controlUrl(const std::string& base, std::string_view control) {
    if (control.empty() || control == "*" || !isUrlPart(control)) return base;
    if (isRtspUrl(control)) return std::string(control);
    return base + (base.ends_with('/') ? "" : "/") + std::string(control);
}

std::string redirectedUrl(const std::string& url, std::string_view location) {
    if (location.empty() || !isUrlPart(location)) return {};
    if (hasScheme(location)) return std::string(location);
    if (beginsWithHostOf(url, location)) return url.substr(0, url.find("://") + 3).append(location);
    const std::size_t path = url.find('/', url.find("://") + 3);
    if (location.starts_with('/')) return url.substr(0, path).append(location);
    return controlUrl(url.substr(0, path == std::string::npos ? path : url.rfind('/')), location);
}

}  // namespace porchlight::ffmpeg
