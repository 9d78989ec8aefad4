/// The validated configuration: porchlight.yaml and one file per camera below cameras.d/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/budgets.h"
#include "base/network.h"
#include "event/label.h"
#include "porchlight/settings.h"
#include "porchlight/traits.h"

namespace porchlight::config {

enum class RecordMode : std::uint8_t { Off = 1, Motion, Continuous };
const char* nameOf(RecordMode mode) noexcept;
std::optional<RecordMode> recordModeOf(std::string_view name) noexcept;

/// How much memory caches and queues may take. Auto becomes Lite on machines (or control groups) with 512 MB
/// or less.
enum class MemoryProfile : std::uint8_t { Lite = 1, Standard };

enum class TlsMode : std::uint8_t { Off = 1, Auto };

/// A plugin and its validated settings (defaults filled in by its declaration).
struct PluginChoice {
    std::string plugin;
    Settings settings;
    bool operator==(const PluginChoice&) const = default;
};

/// Who is told, by the name of a plugin's section or that of an entry of `alerts`.
struct AlertChoice : PluginChoice {
    std::string name;  ///< empty: that of the plugin
    const std::string& target() const noexcept { return name.empty() ? plugin : name; }
    bool operator==(const AlertChoice&) const = default;
};

struct WebConfig {
    std::string bind = "0.0.0.0";
    std::uint16_t port = 8443;
    TlsMode tls = TlsMode::Auto;  ///< Off is only accepted with a loopback bind
    std::uint32_t max_viewers = 24;
    std::string certificate;  ///< the owner's own, with its chain, in PEM; empty: Porchlight makes one
    std::string key;          ///< of that certificate; set together with it
    std::string url;  ///< how the owner reaches the dashboard, without a slash at the end; empty: not told
    std::vector<base::Network> trusted_proxies;  ///< who may say for whom it asks (X-Forwarded-For, -Proto)
    bool operator==(const WebConfig&) const = default;
};

struct StorageConfig {
    std::uint64_t max_bytes = 20ULL << 30U;
    std::uint64_t min_free_bytes = 1ULL << 30U;
    microseconds max_age{14LL * 86400 * 1'000'000};
    /// Of event rows and their thumbnails; kept events stay.
    microseconds max_event_age{90LL * 86400 * 1'000'000};
    microseconds sync_interval{1'000'000};  ///< longest time that written footage waits to be synced
    /// Footage beside the database while the volume cannot take it.
    std::uint64_t spool_max_bytes = 256ULL << 20U;
    bool needs_marker = false;  ///< volume: required-marker
    bool operator==(const StorageConfig&) const = default;
};

struct RecordConfig {
    RecordMode mode = RecordMode::Motion;
    microseconds pre_roll{5'000'000};
    microseconds post_roll{10'000'000};
    microseconds max_event{300'000'000};
    std::uint64_t pre_roll_max_bytes = 0;  ///< 0: not written; ringMaxBytes (memory_plan.h) says what counts
    std::uint64_t max_bytes = 0;  ///< of this camera's recordings; 0: only the limits of all cameras together
    microseconds max_age{0};      ///< of this camera's recordings; 0: as above
    bool passes_mjpeg = false;    ///< record.mjpeg: passthrough instead of encode
    std::uint32_t encode_kbit_s = 0;  ///< 0: chosen from the picture size
    bool operator==(const RecordConfig&) const = default;
};

struct DetectConfig {
    bool is_enabled = true;
    PluginChoice detector{"motion", {}};  ///< none: no picture is looked at to detect
    /// Key `camera`; Opens: `plugin: camera`. Ignored for sources that tell nothing of it.
    event::CameraWord camera_word = event::CameraWord::Ignored;
    std::vector<std::string> labels;    ///< of the camera's detections that count, where it is not ignored
    double rate_hz = 10;                ///< key `fps`
    microseconds event_gap{3'000'000};  ///< quiet time that ends an event
    bool operator==(const DetectConfig&) const = default;
};

/// Least score of each level; below `warning` it is critical.
struct ScoreThresholds {
    int excellent = 90;
    int good = 70;
    int warning = 30;
    bool operator==(const ScoreThresholds&) const = default;
};

struct HealthConfig {
    microseconds frame_timeout{5'000'000};
    /// For a source to open; a call of open that takes 1 s longer hangs.
    microseconds open_timeout{budget::kOpenNetwork};
    double cpu_limit_cores = 0;  ///< a worker's mean over cpu_window, key `cpu_limit`; 0: not watched
    microseconds cpu_window{60'000'000};
    std::uint32_t max_consecutive_failures = 3;
    std::uint32_t max_recovery_attempts = 5;
    microseconds recovery_cooldown{30'000'000};
    microseconds unresponsive_after{30'000'000};
    bool may_reboot = false;  ///< key `system_reboot`: the last resort, off unless the owner wants it
    std::uint32_t system_reboot_threshold = 10;
    bool may_restart_camera = false;        ///< key `camera_restart`: rung 4 of a camera that offers it
    std::vector<std::string> owner_action;  ///< argv of rung 5 (`owner_action: {command: [...]}`); empty: off
    ScoreThresholds thresholds;
    bool operator==(const HealthConfig&) const = default;
};

/// A camera. One whose file has problems is kept with `problem` set: it is shown, never started, and harms
/// nobody.
struct CameraConfig {
    std::string name;  ///< [a-z0-9-], 1..40
    std::string title;
    bool is_enabled = true;
    PluginChoice source;
    CaptureTraits traits;         ///< what the stamp of its plugin says
    std::optional<Settings> sub;  ///< `source` with its url or stream replaced by sub_url or sub_stream
    DetectConfig detect;
    RecordConfig record;
    HealthConfig health;
    std::filesystem::path file;                    ///< where it was read from
    std::set<std::filesystem::path> secret_files;  ///< that its secrets were read from
    std::string problem;                           ///< first error of its file; empty when it is fit to run
    bool operator==(const CameraConfig&) const = default;
};

struct Config {
    std::filesystem::path file;         ///< porchlight.yaml
    std::filesystem::path cameras_dir;  ///< cameras.d beside it
    std::filesystem::path data_dir = "/var/lib/porchlight";
    std::string log_level = "info";
    MemoryProfile memory = MemoryProfile::Standard;
    bool is_memory_auto = true;  ///< `memory` was chosen from the machine, not by the owner
    WebConfig web;
    std::vector<AlertChoice> alerts;  ///< enabled: mqtt, and several of a plugin where they have names
    /// With a section, but `enabled: false`: what they left behind is taken back.
    std::vector<AlertChoice> muted_alerts;
    StorageConfig storage;
    PluginChoice recorder{"fmp4", {}};
    microseconds history_max_age{90LL * 86400 * 1'000'000};  ///< key health.history_max_age
    std::set<std::filesystem::path> secret_files;  ///< that secrets of porchlight.yaml were read from
    std::vector<CameraConfig> cameras;

    std::filesystem::path databaseFile() const { return data_dir / "porchlight.db"; }
    std::filesystem::path controlSocket() const { return data_dir / "control.sock"; }
    std::filesystem::path recordingsDir() const { return data_dir / "recordings"; }
    std::filesystem::path thumbnailsDir() const { return data_dir / "thumbnails"; }
};

}  // namespace porchlight::config
