#include "record/recorder_core.h"

#include <fstream>

#include "base/log.h"
#include "record/recovery.h"

namespace porchlight::record {
namespace {

constexpr microseconds kRetentionInterval{10'000'000};
constexpr microseconds kHistoryInterval = std::chrono::hours(6);
constexpr std::uint64_t kRetentionBytes = 32ULL << 20U;

std::string bootId() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    return file >> id ? id : "unknown";
}

}  // namespace

RecorderCore::RecorderCore(const RecorderOptions& options, const SinkFactory& make_sink, const RecorderEvents& events,
                           const base::Clock& clock)
    : store_(options.database_file),
      sink_(make_sink()),
      ledger_(store_, clock, bootId()),
      context_{options, events, clock, store_, *sink_, ledger_, false, 0},
      retention_(store_, options, clock) {
    recoverOrMakeRoom();
    withLedger([this] { ledger_.open(); });
}

/// A ledger that cannot be written (disk full) is said once and keeps nothing else from working.
template <class Action>
void RecorderCore::withLedger(Action action) {
    try {
        action();
        if (!ledger_error_.empty()) base::logInfo("recorder", "the coverage ledger is written again");
        ledger_error_.clear();
    } catch (const Error& error) {
        if (ledger_error_.empty()) base::logError("recorder", std::string("coverage ledger: ") + error.what());
        ledger_error_ = error.what();
    }
}

/// A disk that was full at the end of the last run must not keep the appliance from starting: room is made first.
void RecorderCore::recoverOrMakeRoom() {
    for (int attempt = 1; attempt <= 2; ++attempt) {
        try {
            recover(store_, context_.options.recordings_dir, context_.clock.wallNow());
            return;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Exhausted) throw;
            base::logError("recorder", std::string("recovery: ") + error.what());
            keepWithinLimits();
        }
    }
}

void RecorderCore::addCamera(const CameraRecording& settings) {
    removeCamera(settings.name);
    try {
        store_.ensureCamera(settings.name, settings.title);
    } catch (const Error& error) {
        // Recorded all the same: the row is made with the first recording or event that can be written.
        base::logError("recorder/" + settings.name, error.what());
    }
    cameras_[settings.name] = std::make_unique<CameraRecorder>(context_, settings);
    ledger_.addCamera(settings.name, settings.mode);
}

void RecorderCore::removeCamera(const std::string& name) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    found->second->finish("camera_removed");
    cameras_.erase(found);
}

CameraRecorder* RecorderCore::find(const std::string& name) noexcept {
    const auto found = cameras_.find(name);
    return found == cameras_.end() ? nullptr : found->second.get();
}

void RecorderCore::tick() {
    for (auto& [name, camera] : cameras_) {
        camera->tick();
        ledger_.setWriter(name, camera->writerFacts());
    }
    withLedger([this] { ledger_.tick(); });
    const auto now = context_.clock.now();
    if (!context_.needs_space && now < next_retention_ && context_.unchecked_bytes < kRetentionBytes) return;
    keepWithinLimits();
    next_retention_ = now + kRetentionInterval;
}

void RecorderCore::keepWithinLimits() {
    std::uint64_t open_bytes = 0;
    for (const auto& [name, camera] : cameras_) open_bytes += camera->openBytes();
    context_.unchecked_bytes = 0;
    context_.needs_space = false;
    try {
        retention_.run(open_bytes);
        // After the files: it needs space itself.
        if (const auto now = context_.clock.now(); now >= next_history_) {
            next_history_ = now + kHistoryInterval;
            const WallTime oldest = context_.clock.wallNow() - context_.options.history_max_age;
            if (oldest > WallTime{}) store_.removeHealthBefore(oldest);
        }
    } catch (const Error& error) {
        base::logError("recorder", std::string("retention: ") + error.what());
    }
}

void RecorderCore::finish() {
    for (auto& [name, camera] : cameras_) camera->finish("core_restart");
    withLedger([this] { ledger_.close(); });
    try {
        store_.tidy();
    } catch (const Error& error) {
        base::logWarning("recorder", error.what());
    }
}

std::map<std::string, RecordingStatus> RecorderCore::status() const {
    std::map<std::string, RecordingStatus> out;
    for (const auto& [name, camera] : cameras_) out[name] = camera->status();
    return out;
}

}  // namespace porchlight::record
