#include "config/memory_plan.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace porchlight::config {

namespace {

using limit::kMiB;
constexpr std::uint64_t kLiteBytes = 512 * kMiB;

// Measured (tests/bench/memory): private memory of workers that do one thing only, and the rest of the
// process tree.
constexpr std::uint64_t kCoreBytes = 26 * kMiB;     // core, fork server, libraries shared by all workers
constexpr std::uint64_t kPassingBytes = 3 * kMiB;   // receives and muxes
constexpr std::uint64_t kDecodingBytes = 5 * kMiB;  // and decodes for the detector
constexpr std::uint64_t kEncodingBytes = 9 * kMiB;  // or encodes what the source gives as pictures
constexpr std::uint64_t kSubBytes = 4 * kMiB;       // a second stream
constexpr double kDecodedPictures = 8.3;            // that the decoder and the scaler hold
constexpr double kEncodedPictures = 18.3;           // that libx264, its source and the queue between hold
constexpr double kRecordedBitsPerPixel = 0.13;      // 4 Mbit/s at 1920x1080 and 15 pictures a second
constexpr double kPictureRateHz = 15;
constexpr double kGroupOfPictures_s = 2;

constexpr std::uint64_t kStacksBytes = 64 * kMiB;

struct Size {
    std::uint64_t width_px = 0;
    std::uint64_t height_px = 0;
    bool is_assumed = false;
    std::uint64_t pictureBytes() const noexcept { return width_px * height_px * 3 / 2; }
    std::string text() const {
        return std::to_string(width_px) + "x" + std::to_string(height_px) + (is_assumed ? " (assumed)" : "");
    }
};

std::uint64_t numberOf(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    return result.ec == std::errc() ? number : 0;
}

Size sizeOf(const Settings& settings, Size otherwise) {
    const std::uint64_t width = settings.has("width") ? numberOf(settings.text("width")) : 0;
    const std::uint64_t height = settings.has("height") ? numberOf(settings.text("height")) : 0;
    return width > 0 && height > 0 ? Size{width, height, false} : otherwise;
}

/// Where no setting tells it: of plugins that choose a size themselves (0), or of a network camera.
Size likelySize(const Settings& settings) {
    return settings.has("width") ? Size{1280, 720, true} : Size{1920, 1080, true};
}

std::uint64_t times(double count, std::uint64_t bytes) noexcept {
    return static_cast<std::uint64_t>(count * static_cast<double>(bytes));
}

std::string mib(std::uint64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / static_cast<double>(kMiB));
    return text;
}

std::string countText(double count) {
    char text[16];
    std::snprintf(text, sizeof text, "%.1f", count);
    return text;
}

bool isDetectedOn(const CameraConfig& camera) {
    return camera.detect.is_enabled && !camera.detect.detector.plugin.empty();
}

MemoryItem planWorker(const CameraConfig& camera, bool is_decoded, Size unknown) {
    const Size main = sizeOf(camera.source.settings, unknown);
    MemoryItem item{"camera " + camera.name + ": worker", kPassingBytes, {}};
    if (isEncoded(camera)) {
        item.bytes = kEncodingBytes + times(kEncodedPictures, main.pictureBytes());
        item.how = mib(kEncodingBytes) + " + " + countText(kEncodedPictures) + " pictures of " + main.text() +
                   " for encoding";
    } else if (is_decoded && !camera.sub) {
        item.bytes = kDecodingBytes + times(kDecodedPictures, main.pictureBytes());
        item.how =
            mib(kDecodingBytes) + " + " + countText(kDecodedPictures) + " decoded pictures of " + main.text();
    } else {
        item.how = mib(kPassingBytes) + ", passed through";
    }
    if (camera.sub) {
        const Size sub = sizeOf(*camera.sub, Size{640, 360, true});
        item.bytes +=
            kSubBytes + kDecodingBytes - kPassingBytes + times(kDecodedPictures, sub.pictureBytes());
        item.how += "; sub stream " + mib(kSubBytes + kDecodingBytes - kPassingBytes) + " + " +
                    countText(kDecodedPictures) + " decoded pictures of " + sub.text();
    }
    return item;
}

MemoryItem planRing(const CameraConfig& camera, MemoryProfile profile) {
    const Size main = sizeOf(camera.source.settings, likelySize(camera.source.settings));
    const double rate_bytes =
        static_cast<double>(main.width_px * main.height_px) * kPictureRateHz * kRecordedBitsPerPixel / 8;
    const double span_s = static_cast<double>(camera.record.pre_roll.count()) / 1e6 + kGroupOfPictures_s;
    const std::uint64_t cap = ringMaxBytes(camera.record, profile);
    MemoryItem item{"camera " + camera.name + ": pre-roll",
                    std::min(cap, static_cast<std::uint64_t>(rate_bytes * span_s)),
                    {}};
    item.how =
        countText(span_s) + " s of " + countText(rate_bytes * 8 / 1e6) + " Mbit/s, at most " + mib(cap);
    return item;
}

/// Outbox and channel, encoder, and for each stream the analysis and the plugin.
std::uint64_t workerQueueBytes(const CameraConfig& camera, MemoryProfile profile) noexcept {
    const std::uint64_t streams = camera.sub ? 2 : 1;
    const std::uint64_t queue_bytes = capFor(profile, limit::kWorkerQueue);
    return limit::kChannelBytes + 2 * queue_bytes +
           streams * (std::min(queue_bytes, limit::kAnalysisBytes) + camera.traits.buffer_bytes);
}

std::string firstLine(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

/// The least limit of a control group (version 2, or the memory controller of version 1) and its parents; 0:
/// none.
std::uint64_t groupLimit(const std::filesystem::path& root) {
    std::ifstream groups(root / "proc/self/cgroup");
    std::uint64_t least = 0;
    for (std::string line; std::getline(groups, line);) {
        const auto path_at = line.rfind(':');
        const bool is_second = line.starts_with("0::");
        if (path_at == std::string::npos || (!is_second && line.find("memory") == std::string::npos))
            continue;
        const auto base = root / (is_second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        std::filesystem::path group = line.substr(std::min(line.size(), path_at + 2));
        for (;; group = group.parent_path()) {
            const std::uint64_t limit =
                numberOf(firstLine(base / group / (is_second ? "memory.max" : "memory.limit_in_bytes")));
            if (limit > 0 && (least == 0 || limit < least)) least = limit;
            if (group.empty()) break;
        }
    }
    return least;
}

/// Over HTTP and in such files libav finds MJPEG; everything else that it takes is coded.
bool mayHoldJpegs(std::string_view url) noexcept {
    return url.starts_with("http://") || url.starts_with("https://") || url.ends_with(".avi") ||
           url.ends_with(".mjpeg");
}

/// What of all that its plugin may deliver the settings leave.
std::uint32_t deliveredBy(const CameraConfig& camera) noexcept {
    const std::uint32_t all = camera.traits.delivers;
    const Settings& settings = camera.source.settings;
    if (settings.text("format") == "mjpeg" && (all & kDeliversJpeg) != 0) return kDeliversJpeg;
    const bool has_url = settings.has("url");
    if ((all & kDeliversCoded) != 0 && has_url && !mayHoldJpegs(settings.text("url")))
        return all & ~kDeliversJpeg;
    return all;
}

}  // namespace

bool isEncoded(const CameraConfig& camera) {
    if (camera.record.mode == RecordMode::Off) return false;
    const std::uint32_t delivered = deliveredBy(camera);
    return (delivered & kDeliversPictures) != 0 ||
           ((delivered & kDeliversJpeg) != 0 && !camera.record.passes_mjpeg);
}

MachineMemory machineMemory(const std::filesystem::path& root) {
    MachineMemory memory{0, "machine"};
    const auto from = root.empty() ? std::filesystem::path("/") : root;
    std::ifstream in(from / "proc/meminfo");
    std::string key;
    std::uint64_t kib = 0;
    if (in >> key >> kib && key == "MemTotal:") memory.total_bytes = kib * 1024;
    const std::uint64_t limit = groupLimit(from);
    if (limit > 0 && (memory.total_bytes == 0 || limit < memory.total_bytes))
        memory = {limit, "control group"};
    return memory;
}

MemoryProfile profileFor(std::uint64_t total_bytes) noexcept {
    return total_bytes <= kLiteBytes ? MemoryProfile::Lite : MemoryProfile::Standard;
}

std::uint64_t ringMaxBytes(const RecordConfig& record, MemoryProfile profile) noexcept {
    return record.pre_roll_max_bytes > 0 ? record.pre_roll_max_bytes : capFor(profile, limit::kPreRoll);
}

const char* nameOf(MemoryProfile profile) noexcept {
    return profile == MemoryProfile::Lite ? "lite" : "standard";
}

MemoryPlan planMemory(const Config& config, const MachineMemory& machine) {
    MemoryPlan plan;
    plan.profile = config.memory;
    plan.machine_bytes = machine.total_bytes;
    plan.limited_by = machine.limited_by;
    plan.reserved_bytes = std::max(128 * kMiB, machine.total_bytes / 5);
    plan.items.push_back({"core and shared libraries", kCoreBytes, "measured"});
    plan.items.push_back(
        {"login", capFor(config.memory, limit::kPasswordHash), "one password is hashed at a time"});
    plan.queues_bytes =
        capFor(config.memory, limit::kRecorderQueue) + config.alerts.size() * limit::kAlertOutboxBytes;
    for (const auto& camera : config.cameras) {
        if (!camera.is_enabled || !camera.problem.empty()) continue;
        plan.items.push_back(planWorker(camera, isDetectedOn(camera), likelySize(camera.source.settings)));
        if (camera.record.mode != RecordMode::Off) plan.items.push_back(planRing(camera, config.memory));
        plan.queues_bytes += workerQueueBytes(camera, config.memory);
    }
    for (const auto& item : plan.items) plan.needed_bytes += item.bytes;
    return plan;
}

std::string MemoryPlan::verdict() const {
    std::string out = "memory: " + mib(needed_bytes) + " needed (profile " + nameOf(profile) + "), " +
                      mib(usable_bytes()) + " usable of " + mib(machine_bytes) + " (" + limited_by + ", " +
                      mib(reserved_bytes) + " are left to the system)";
    if (!fits())
        return out +
               ": does not fit. Fewer cameras, sub streams for detection, smaller pictures or a shorter "
               "pre-roll need less";
    if (needed_bytes + queues_bytes > usable_bytes())
        out += "; were all queues full at once, " + mib(queues_bytes) + " more would not fit";
    return out;
}

std::string MemoryPlan::text() const {
    std::ostringstream out;
    for (const auto& item : items) {
        char line[64];
        std::snprintf(line, sizeof line, "%10s  ", mib(item.bytes).c_str());
        out << line << item.what << " = " << item.how << '\n';
    }
    out << verdict() << '\n';
    return out.str();
}

std::uint64_t workerMaxBytes(const CameraConfig& camera, MemoryProfile profile) {
    const Size unknown = profile == MemoryProfile::Lite ? Size{2560, 1440, true} : Size{3840, 2160, true};
    CameraConfig worst = camera;
    worst.sub.reset();
    // Decoded in any case: people may watch, and the main stream may have to do for the sub stream.
    std::uint64_t bytes = planWorker(worst, true, unknown).bytes;
    if (camera.sub)
        bytes += kSubBytes + kDecodingBytes +
                 times(kDecodedPictures, sizeOf(*camera.sub, Size{1280, 720, true}).pictureBytes());
    return kStacksBytes + 2 * bytes + workerQueueBytes(camera, profile);
}

}  // namespace porchlight::config
