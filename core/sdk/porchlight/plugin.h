/// How a shared object becomes a plugin: one constant stamp, read from the file before any code of it runs,
/// and one factory function.
///
/// A plugin's single source of boilerplate, at namespace scope of one .cpp file:
///
///     constexpr porchlight::SettingSpec kSettings[] = {
///         {"device", porchlight::SettingType::Text, 1, "", 0, 0, "", "path", "Device node."},
///     };
///     PORCHLIGHT_CAPTURE_PLUGIN("v4l2", "1.0", "USB and other V4L2 cameras", "kernel headers 6.1",
///                               kSettings, V4l2Source,
///                               .confinement = porchlight::Confinement::Device, .finds_cameras = 1)
///
/// What stands behind the class are the traits of a capture plugin (porchlight/traits.h); without them it
/// gets the strictest. docs/plugins.md walks through a whole plugin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "porchlight/alert.h"
#include "porchlight/capture.h"
#include "porchlight/companion.h"
#include "porchlight/detect.h"
#include "porchlight/discover.h"
#include "porchlight/record.h"
#include "porchlight/traits.h"

namespace porchlight {

/// Raised by one whenever anything in sdk/porchlight changes its meaning or layout.
inline constexpr std::uint32_t kPluginAbi = 6;
inline constexpr std::size_t kMaxSettings = 24;

enum class PluginKind : std::uint32_t { Capture = 1, Detect = 2, Record = 3, Alert = 4 };

constexpr const char* nameOf(PluginKind kind) noexcept {
    switch (kind) {
        case PluginKind::Capture:
            return "capture";
        case PluginKind::Detect:
            return "detect";
        case PluginKind::Record:
            return "record";
        case PluginKind::Alert:
            return "alert";
    }
    return "unknown";
}

/// FNV-1a over the sizes of all types that cross the border: a plugin built with another layout differs.
constexpr std::uint64_t sizesDigest() noexcept {
    constexpr std::size_t sizes[] = {sizeof(Error),
                                     sizeof(SettingSpec),
                                     sizeof(Settings),
                                     sizeof(StreamFormat),
                                     sizeof(Packet),
                                     sizeof(Picture),
                                     sizeof(Sample),
                                     sizeof(SourceInfo),
                                     sizeof(CaptureSource),
                                     sizeof(LumaPicture),
                                     sizeof(Detection),
                                     sizeof(Region),
                                     sizeof(Detector),
                                     sizeof(Fragment),
                                     sizeof(StreamInit),
                                     sizeof(Recording),
                                     sizeof(RecordSink),
                                     sizeof(Alert),
                                     sizeof(AlertSink),
                                     sizeof(AlertAppliance),
                                     sizeof(AlertCamera),
                                     sizeof(AlertWithdrawal),
                                     sizeof(CameraCompanion),
                                     sizeof(CameraAbilities),
                                     sizeof(CameraCommand),
                                     sizeof(CameraDetection),
                                     sizeof(FoundCamera),
                                     sizeof(FoundSink),
                                     sizeof(CaptureTraits),
                                     sizeof(Deadline),
                                     sizeof(WallTime),
                                     sizeof(std::string),
                                     sizeof(std::shared_ptr<void>),
                                     sizeof(std::vector<int>),
                                     sizeof(void*)};
    std::uint64_t digest = 0xcbf29ce484222325ULL;
    for (const std::size_t size : sizes) digest = (digest ^ size) * 0x100000001b3ULL;
    return digest;
}

/// The C++ library mode: string ABI, debug containers, language version.
constexpr std::uint32_t cxxMode() noexcept {
    std::uint32_t mode = 0;
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
    mode |= 1U;
#endif
#ifdef _GLIBCXX_DEBUG
    mode |= 2U;
#endif
#ifdef _LIBCPP_VERSION
    mode |= 4U;
#endif
    return mode | (static_cast<std::uint32_t>(__cplusplus / 100L) << 8U);
}

/// The first thing the loader reads, straight from the file. No pointers: nothing needs relocating.
struct PluginStamp {
    char magic[8];  ///< "PRCHLGT1"
    std::uint32_t stamp_size_bytes;
    std::uint32_t abi;
    std::uint64_t sizes_digest;
    std::uint32_t cxx_mode;
    PluginKind kind;
    char name[32];
    char version[16];
    char summary[96];
    char built_with[128];   ///< "libavformat 59.27.100, libavcodec 59.37.100"
    CaptureTraits capture;  ///< kNoTraits for other kinds
    std::uint32_t setting_count;
    std::uint32_t reserved;
    SettingSpec settings[kMaxSettings];
};

namespace detail {
template <std::size_t N, std::size_t M>
constexpr void copyText(char (&to)[N], const char (&from)[M]) {
    static_assert(M <= N, "text too long for the stamp");
    for (std::size_t i = 0; i < M; ++i) to[i] = from[i];
}
}  // namespace detail

template <std::size_t A, std::size_t B, std::size_t C, std::size_t D, std::size_t N>
constexpr PluginStamp makeStamp(PluginKind kind, const char (&name)[A], const char (&version)[B],
                                const char (&summary)[C], const char (&built_with)[D],
                                const SettingSpec (&settings)[N], const CaptureTraits& capture = {}) {
    static_assert(N <= kMaxSettings);
    PluginStamp stamp{};
    const char magic[8] = {'P', 'R', 'C', 'H', 'L', 'G', 'T', '1'};
    for (std::size_t i = 0; i < 8; ++i) stamp.magic[i] = magic[i];
    stamp.stamp_size_bytes = sizeof(PluginStamp);
    stamp.abi = kPluginAbi;
    stamp.sizes_digest = sizesDigest();
    stamp.cxx_mode = cxxMode();
    stamp.kind = kind;
    detail::copyText(stamp.name, name);
    detail::copyText(stamp.version, version);
    detail::copyText(stamp.summary, summary);
    detail::copyText(stamp.built_with, built_with);
    stamp.capture = kind == PluginKind::Capture ? capture : kNoTraits;
    stamp.setting_count = N;
    for (std::size_t i = 0; i < N; ++i) stamp.settings[i] = settings[i];
    return stamp;
}

/// Names of the two symbols a plugin exports, and of the optional third.
inline constexpr char kStampSymbol[] = "porchlight_plugin_stamp";
inline constexpr char kCreateSymbol[] = "porchlight_plugin_create";
inline constexpr char kRuntimeVersionsSymbol[] = "porchlight_plugin_runtime_versions";

/// Makes one object of the plugin's kind; null when memory is short. The caller owns it and destroys it with
/// delete (a virtual destructor runs the plugin's own code).
using PluginCreate = void* (*)() noexcept;

/// Writes "name version, name version" of the libraries found at run time.
using PluginRuntimeVersions = void (*)(char* out, std::size_t size) noexcept;

}  // namespace porchlight

#define PORCHLIGHT_PLUGIN_OF(kind_, base_, name_, version_, summary_, built_with_, settings_, type_, ...) \
    extern "C" PORCHLIGHT_EXPORT constinit const ::porchlight::PluginStamp porchlight_plugin_stamp =      \
        ::porchlight::makeStamp(kind_, name_, version_, summary_, built_with_, settings_,                 \
                                ::porchlight::CaptureTraits{__VA_ARGS__});                                \
    extern "C" PORCHLIGHT_EXPORT void* porchlight_plugin_create() noexcept {                              \
        try {                                                                                             \
            return static_cast<base_*>(new type_());                                                      \
        } catch (...) {                                                                                   \
            return nullptr;                                                                               \
        }                                                                                                 \
    }

/// Behind the type: traits that differ from the defaults, `.delivers = porchlight::kDeliversJpeg`.
#define PORCHLIGHT_CAPTURE_PLUGIN(name_, version_, summary_, built_with_, settings_, type_, ...)          \
    PORCHLIGHT_PLUGIN_OF(::porchlight::PluginKind::Capture, ::porchlight::CaptureSource, name_, version_, \
                         summary_, built_with_, settings_, type_, __VA_ARGS__)
#define PORCHLIGHT_DETECT_PLUGIN(name_, version_, summary_, built_with_, settings_, type_)          \
    PORCHLIGHT_PLUGIN_OF(::porchlight::PluginKind::Detect, ::porchlight::Detector, name_, version_, \
                         summary_, built_with_, settings_, type_, )
#define PORCHLIGHT_RECORD_PLUGIN(name_, version_, summary_, built_with_, settings_, type_)            \
    PORCHLIGHT_PLUGIN_OF(::porchlight::PluginKind::Record, ::porchlight::RecordSink, name_, version_, \
                         summary_, built_with_, settings_, type_, )
#define PORCHLIGHT_ALERT_PLUGIN(name_, version_, summary_, built_with_, settings_, type_)           \
    PORCHLIGHT_PLUGIN_OF(::porchlight::PluginKind::Alert, ::porchlight::AlertSink, name_, version_, \
                         summary_, built_with_, settings_, type_, )
