#include "record/recorder_core.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "disk/places.h"
#include "disk/recover/recovery.h"
#include "store/sql/database.h"

namespace porchlight::record {
namespace {

constexpr microseconds kLateInterval{3'000'000};
constexpr microseconds kMoveRetry{30'000'000};
constexpr microseconds kRetentionInterval{10'000'000};
constexpr microseconds kHistoryInterval = std::chrono::hours(6);
constexpr std::uint64_t kRetentionBytes = 32ULL << 20U;
constexpr milliseconds kCloseBudget{1000};  // of a start, for files that were being written
constexpr milliseconds kFirstSlice{500};    // of it, for comparing: enough for some thousand recordings
constexpr microseconds kMinCalm{3'000'000};
constexpr microseconds kMaxCalm{300'000'000};
constexpr microseconds kUnproven{20'000'000};
constexpr microseconds kRelapse{600'000'000};

ClockFactsSource factsOf(const RecorderOptions& options) {
    return options.clock_facts ? options.clock_facts : readClockFacts;
}

disk::Volume::Options volumeOf(const RecorderOptions& options, store::Store& store) {
    disk::Volume::Options out;
    out.folder = options.recordings_dir;
    out.node = options.node;
    out.needs_marker = options.storage.needs_marker;
    out.was_marked = store.meta.get("volume_marked").has_value();
    return out;
}

}  // namespace

RecorderCore::RecorderCore(const RecorderOptions& options, const SinkFactory& make_sink,
                           const RecorderEvents& events, const base::Clock& clock, base::Cancel stop)
    : stop_(std::move(stop)),
      store_(options.database_file),
      sink_(make_sink()),
      volume_(volumeOf(options, store_), clock),
      spool_(store_, volume_, options.storage.spool_max_bytes),
      clock_trust_(clock, factsOf(options), options.built_at, store_.recordings.newestTime()),
      meter_(clock),
      ledger_(store_, clock, clock_trust_.bootId()),
      held_(options.held_max_bytes),
      context_{options,
               events,
               clock,
               store_,
               *sink_,
               volume_,
               spool_,
               clock_trust_,
               meter_,
               late_rows_,
               ledger_,
               held_,
               false,
               0,
               {},
               [this] { lookAtClock(); },
               [this](const std::string& camera) { return makeRoomNow(camera); }},
      reconciliation_(store_, options.recordings_dir,
                      [this](const std::string& camera, WallTime from, WallTime to) {
                          ledger_.noteFound(camera, from, to);
                      }),
      retention_options_{options.recordings_dir, options.thumbnails_dir, options.storage},
      retention_(store_, retention_options_, volume_, clock, context_.leftovers) {
    volume_.look(true);
    told_since_ = volume_.since();
    if (!clock_trust_.isTrusted())
        base::logWarning(
            "storage",
            "the clock is not set yet: footage is marked, and nothing is deleted by age until it is");
    did_recover_ = volume_.isOk() || volume_.state() == disk::VolumeState::Full;
    closeOrMakeRoom();
    watchVolume();
    restampDoubtful();
    withLedger([this] { ledger_.open(); });
    if (store_.isUnproven()) soundness_.emplace(options.database_file);
    recallGone();
    reconciliation_.begin(did_recover_);
    keepHouse(Deadline::in(kFirstSlice));
}

/// A ledger that cannot be written (disk full) is said once and keeps nothing else from working.
template <class Action>
void RecorderCore::withLedger(Action action) {
    const auto began_at = context_.clock.now();  // it may wait for a lock
    try {
        action();
        if (!ledger_error_.empty()) base::logInfo("recorder", "the coverage ledger is written again");
        ledger_error_.clear();
    } catch (const std::exception& error) {
        if (ledger_error_.empty()) {
            base::logError("recorder", std::string("coverage ledger: ") + error.what());
            ledger_refused_since_ = began_at;
        }
        ledger_error_ = error.what();
    }
}

/// What can wait for the next round keeps nothing else from being done in this one.
template <class Action>
void RecorderCore::tried(const char* what, Action action) noexcept {
    try {
        action();
    } catch (const std::exception& error) {
        base::logWarning("recorder", std::string(what) + ": " + error.what());
    }
}

/// A disk that was full at the end of the last run must not keep the appliance from starting: room is made
/// first.
void RecorderCore::closeOrMakeRoom() {
    for (int attempt = 1; attempt <= 2 && !is_last_run_closed_; ++attempt) {
        try {
            disk::mendThumbnails(store_, context_.options.thumbnails_dir, context_.leftovers);
            waiting_events_ = disk::closeUnfinished(store_, context_.options.recordings_dir, {did_recover_},
                                                    Deadline::in(kCloseBudget), closed_);
            spool_.refresh();
            is_last_run_closed_ = true;
        } catch (const std::exception& error) {
            base::logError("recorder", std::string("recovery: ") + error.what());
            const auto* ours = dynamic_cast<const Error*>(&error);
            if (ours && ours->kind() == ErrorKind::Exhausted) keepWithinLimits();
        }
    }
}

void RecorderCore::addCamera(const CameraRecording& settings) {
    try {
        store_.ensureCamera(settings.name, settings.title);
    } catch (const Error& error) {
        // Recorded all the same: the row is made with the first recording or event that can be written.
        base::logError("recorder/" + settings.name, error.what());
    }
    ledger_.addCamera(settings.name, settings.mode);
    if (auto* camera = find(settings.name))
        camera->change(settings);
    else
        cameras_[settings.name] = std::make_unique<CameraRecorder>(context_, settings);
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
    watchClock();
    watchVolume();
    for (auto& [name, camera] : cameras_) {
        camera->tick();
        ledger_.setWriter(name, camera->writerFacts());
    }
    withLedger([this] { ledger_.tick(); });
    const auto now = context_.clock.now();
    if (now >= next_leftovers_) {
        next_leftovers_ = now + kLateInterval;
        context_.leftovers.retry(now);
    }
    if (late_rows_.size() > 0 && now >= next_late_ && !late_rows_.retry(store_))
        next_late_ = now + kLateInterval;
    moveSpool();
    watchPlaces();
    tried("watch the files", [this] { watchFiles(); });
    tried("watch the database", [this] { watchSoundness(); });
    tried("count what was written", [this] { meter_.flush(store_); });
    tried("read what was written", [this] { readWritten(); });
    if (context_.needs_space || now >= next_retention_ || context_.unchecked_bytes >= kRetentionBytes)
        keepWithinLimits();
}

void RecorderCore::watchVolume() {
    volume_.look();
    if (volume_.hasMarked() && !is_mark_known_)
        tried("remember the volume", [this] {
            if (!store_.meta.get("volume_marked")) store_.meta.set("volume_marked", "1");
            is_mark_known_ = true;
        });
    tellVolume();
    const disk::VolumeState state = volume_.state();
    if (state == seen_state_) return tried("compare recordings with their rows", [this] { compareAll(); });
    seen_state_ = state;
    if (volume_.isOk()) return volumeIsBack();
    for (auto& [name, camera] : cameras_) camera->leaveVolume();
    if (isHousekeeping() && state != disk::VolumeState::Full) {
        did_recover_ = false;
        tried("stop comparing recordings",
              [this] { reconciliation_.abandon(); });  // what was seen while it went away proves nothing
    }
    context_.needs_space = context_.needs_space || state == disk::VolumeState::Full;
}

void RecorderCore::tellVolume() {
    const disk::VolumeState state = volume_.state();
    if (!volume_.isOk())
        calm_since_.reset();
    else if (state != told_state_ && !isVolumeCalm())
        return;
    if (state == told_state_) {
        if (!volume_.isOk()) return note("volume", nameOf(state), volume_.detail());
        if (volume_.notice() == told_notice_) return;
        told_notice_ = volume_.notice();
        return note("volume", nameOf(state), told_notice_);
    }
    const auto now = context_.clock.now();
    if (volume_.isOk())
        told_well_at_ = now;
    else if (told_state_ == disk::VolumeState::Ok)
        calm_span_ = now - told_well_at_ < kRelapse ? std::min(calm_span_ * 2, kMaxCalm) : kMinCalm;
    told_state_ = state;
    told_since_ = volume_.since();
    note("volume", nameOf(state), volume_.isOk() ? volume_.notice() : volume_.detail());
}

/// A disk that was full or failing takes a probe again. It is well when it has taken footage, too, or when
/// nobody has tried for a while; and stayed so.
bool RecorderCore::isVolumeCalm() {
    if (told_state_ != disk::VolumeState::Full && told_state_ != disk::VolumeState::Failing) return true;
    const auto now = context_.clock.now();
    if (!calm_since_) {
        calm_since_ = now;
        durable_at_calm_ = context_.volume_durable_bytes;
    }
    const bool is_proven = context_.volume_durable_bytes > durable_at_calm_;
    return now - *calm_since_ >= (is_proven ? calm_span_ : calm_span_ + kUnproven);
}

void RecorderCore::volumeIsBack() {
    for (const UncutFile& uncut : context_.uncut_files) {
        const auto file = disk::fileOf(context_.options.recordings_dir, uncut.row_path);
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > uncut.bytes &&
            ::truncate(file.c_str(), static_cast<off_t>(uncut.bytes)) != 0)
            base::logWarning("recorder", "the end of " + uncut.row_path + " could not be cut off");
    }
    context_.uncut_files.clear();
    compareAll();
    next_move_ = {};
}

/// Open rows of the volume, too, are ended there: the ledger hears of their footage. Throws Error of the
/// database.
void RecorderCore::compareAll() {
    if (did_recover_ || !volume_.isOk()) return;
    reconciliation_.begin(true);
    did_recover_ = true;
}

void RecorderCore::moveSpool() {
    const auto now = context_.clock.now();
    if (now < next_spool_) return;
    try {
        std::uint64_t open_bytes = 0;
        for (const auto& [name, camera] : cameras_)
            if (disk::isSpooled(camera->openPath())) open_bytes += camera->openBytes();
        spool_.keepWithin(open_bytes);
        if ((spool_.files() == 0 && !spool_.hasLeftovers()) || !volume_.isOk() || now < next_move_) return;
    } catch (const Error& error) {  // of the database, or of its disk: the volume is not to blame
        next_spool_ = now + kLateInterval;
        return sayMoveError("the spool", error);
    }
    try {
        spool_.moveSome(pathsInUse(), now);
        move_error_.clear();
    } catch (const store::DatabaseError& error) {
        next_move_ = now + kLateInterval;
        sayMoveError("move footage from the spool", error);
    } catch (const Error& error) {
        sayMoveError("move footage from the spool", error);
        next_move_ = now + kMoveRetry;
        const bool is_full = error.kind() == ErrorKind::Exhausted;
        if (volume_.otherDisk(spool_.refusedCamera()) != 0) {
            if (is_full) makeRoomNow(spool_.refusedCamera());
            return;
        }
        if (is_full) context_.needs_space = true;
        volume_.failed(error);
    }
}

void RecorderCore::sayMoveError(const std::string& what, const Error& error) {
    if (move_error_ != error.what())
        base::logError("storage", what + ": " + error.what() + "; it is tried again");
    move_error_ = error.what();
}

std::set<std::string> RecorderCore::pathsInUse() const {
    std::set<std::string> out;
    for (const auto& [name, camera] : cameras_)
        if (!camera->openPath().empty()) out.insert(camera->openPath());
    late_rows_.collectPaths(out);
    retention_.collectPaths(out);
    if (const std::string part = spool_.partPath(); !part.empty()) out.insert(part);
    return out;
}

std::set<std::string> RecorderCore::runningEvents() const {
    std::set<std::string> out;
    for (const auto& [name, camera] : cameras_) camera->collectEvents(out);
    return out;
}

std::map<std::string, std::uint64_t> RecorderCore::openBytes() const {
    std::map<std::string, std::uint64_t> out;
    for (const auto& [name, camera] : cameras_) out[name] = camera->openBytes();
    return out;
}

void RecorderCore::keepWithinLimits() {
    const auto now = context_.clock.now();
    context_.unchecked_bytes = 0;
    context_.needs_space = false;
    next_retention_ = now + kRetentionInterval;
    try {
        // What cannot be deleted now is not judged either; a full disk can.
        if (volume_.isOk() || volume_.state() == disk::VolumeState::Full) {
            std::vector<disk::CameraLimits> limits;
            for (const auto& [name, camera] : cameras_)
                limits.push_back({name, camera->settings().max_bytes, camera->settings().max_age});
            retention_.setKnownUntil(reconciliation_.knownUntil());
            retention_.setWritten(context_.volume_written_bytes + spool_.copiedBytes());
            const bool has_more = retention_.step(limits, openBytes(), clock_trust_.isTrusted());
            // Making room has its own judgement; of a full disk that has none nothing is said.
            const bool has_room_to_make = has_more || makeRoomOnFullVolume();
            const bool is_judged = told_state_ != disk::VolumeState::Full || !retention_.problem().empty();
            if (has_room_to_make)
                next_retention_ = {};
            else if (is_judged && reconciliation_.areFilesKnown())
                note("retention", retention_.stateOfProblem(), retention_.problem());
        }
        // After the files: it needs space itself.
        if (now < next_history_ || !clock_trust_.isTrusted()) return;
        next_history_ = now + kHistoryInterval;
        const WallTime oldest = context_.clock.wallNow() - context_.options.history_max_age;
        if (oldest > WallTime{}) store_.forgetBefore(oldest);
    } catch (const std::exception& error) {
        base::logError("recorder", std::string("retention: ") + error.what());
    }
}

bool RecorderCore::makeRoomNow(const std::string& camera) noexcept {
    try {
        const std::uint64_t disk = volume_.otherDisk(camera);
        const std::uint64_t taken =
            disk == 0 ? context_.volume_written_bytes : context_.durable_elsewhere[disk];
        // The disk has taken nothing since room was made last: it did not help.
        const auto [made_at, is_first] = made_room_at_.try_emplace(disk, taken);
        if (!is_first && std::exchange(made_at->second, taken) == taken) return false;
        retention_.setKnownUntil(reconciliation_.knownUntil());
        const bool is_made = retention_.makeRoom(camera);
        if (retention_.isSearching()) made_room_at_.erase(disk);
        return is_made;
    } catch (const std::exception& error) {
        base::logError("recorder", std::string("make room: ") + error.what());
        return false;
    }
}

/// Full although the limits are kept: a quota, no inodes left, or min_free_bytes 0. True when more is to be
/// done at once.
bool RecorderCore::makeRoomOnFullVolume() {
    if (volume_.state() != disk::VolumeState::Full) return false;
    volume_.tryAgain();
    if (volume_.state() != disk::VolumeState::Full) return watchVolume(), false;
    if (made_room_durable_ == context_.volume_durable_bytes) return retention_.noteUseless(), false;
    if (!retention_.makeRoom()) return retention_.isSearching();
    made_room_durable_ = context_.volume_durable_bytes;
    volume_.tryAgain();
    watchVolume();
    return volume_.state() == disk::VolumeState::Full;
}

void RecorderCore::finish() {
    for (auto& [name, camera] : cameras_) camera->finish("core_restart");
    soundness_.reset();
    withLedger([this] { ledger_.close(); });
    late_rows_.retry(store_);
    context_.leftovers.retry(context_.clock.now());
    try {
        retention_.settle();
        if (!isHousekeeping()) reconciliation_.rememberDisks();
        meter_.flush(store_, true);
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
