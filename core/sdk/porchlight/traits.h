/// What a capture plugin says of itself in its stamp, so that the core knows it before any of its code runs.
#pragma once

#include <cstdint>

namespace porchlight {

/// What the worker may do that runs the plugin, as a whole: the detector and every library in it are held to
/// it, too. A closed list, the strictest first; docs/memory.md says what each allows. A stamp with another
/// number is refused: nothing a plugin can say opens more than the last of these.
enum class Confinement : std::uint32_t {
    Decoding = 1,        ///< from the network or a file: sockets, names, threads, reading files; nothing else
    Device,              ///< from a driver: what its library may need, but no other process or program
    DeviceWithPrograms,  ///< the same, and programs may be started, a bounded number
};

constexpr const char* nameOf(Confinement confinement) noexcept {
    switch (confinement) {
        case Confinement::Decoding:
            return "decoding";
        case Confinement::Device:
            return "device";
        case Confinement::DeviceWithPrograms:
            return "device_with_programs";
    }
    return "unknown";
}

/// What a source may deliver, added up. Of several it is the settings that decide; memory is planned for what
/// costs most.
inline constexpr std::uint32_t kDeliversCoded = 1;     ///< H.264 or H.265 packets: recorded as they come
inline constexpr std::uint32_t kDeliversJpeg = 2;      ///< JPEG packets: encoded, or passed if the owner asks
inline constexpr std::uint32_t kDeliversPictures = 4;  ///< raw pictures: always encoded
inline constexpr std::uint32_t kDeliversAnything = kDeliversCoded | kDeliversJpeg | kDeliversPictures;

/// The most that a plugin may ask for in CaptureTraits::buffer_bytes.
inline constexpr std::uint32_t kMaxBufferBytes = 64U << 20U;

/// Plain data. What is left out is the strictest, and the most careful, there is.
struct CaptureTraits {
    Confinement confinement = Confinement::Decoding;
    std::uint32_t delivers = kDeliversAnything;
    std::uint32_t finds_cameras = 0;         ///< 1: exports PORCHLIGHT_DISCOVER
    std::uint32_t has_companion = 0;         ///< 1: exports PORCHLIGHT_COMPANION
    std::uint32_t buffer_bytes = 4U << 20U;  ///< the most that its own queues and buffers hold for a stream

    bool operator==(const CaptureTraits&) const = default;
};

/// Of a plugin that captures nothing.
inline constexpr CaptureTraits kNoTraits{Confinement{}, 0, 0, 0, 0};

}  // namespace porchlight
