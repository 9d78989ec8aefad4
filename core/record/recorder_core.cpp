#include "record/recorder_core.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr milliseconds kFirstSlice{500};  // of a start, for comparing: enough for some thousand recordings

disk::Volume::Options volumeOptions(const RecorderOptions& options) {
    disk::Volume::Options out;
    out.folder = options.recordings_dir;
    out.node = options.node;
    out.needs_marker = options.storage.needs_marker;
    return out;
}

disk::RetentionOptions retentionOptions(const RecorderOptions& options) {
    return {options.recordings_dir, options.thumbnails_dir, options.storage};
}

WriteOptions writeOptions(const RecorderOptions& options) {
    return {options.recordings_dir, options.sync_interval, options.retry_interval, RecorderOptions::kTick};
}

/// What can wait for the next round keeps nothing else from being done in this one.
template <class Action>
void tried(const char* what, Action action) noexcept {
    try {
        action();
    } catch (const std::exception& error) {
        base::logWarning("recorder", std::string(what) + ": " + error.what());
    }
}

}  // namespace

RecorderCore::RecorderCore(const RecorderOptions& options, const SinkFactory& make_sink,
                           const RecorderEvents& events, const base::Clock& clock, base::Cancel stop)
    : options_(options),
      events_(events),
      store_(options.database_file),
      sink_(make_sink()),
      volume_(store_, volumeOptions(options), clock),
      spool_(store_, volume_.volume(), options.storage.spool_max_bytes),
      news_(clock),
      stamper_(
          store_, clock, options.clock_facts, options.built_at,
          [this](microseconds shift) {
              cameras_.each([&](CameraRecorder& camera) { camera.restamp(shift); });
              ledger_.restamp(shift);
          },
          std::move(stop)),
      wear_(store_, clock),
      database_(store_, options.database_file, clock),
      ledger_(store_, clock, stamper_.trust().bootId()),
      held_(options.held_max_bytes),
      context_{writeOptions(options),
               clock,
               store_,
               *sink_,
               volume_.volume(),
               spool_,
               wear_.meter(),
               database_.lateRows(),
               ledger_,
               held_,
               leftovers_,
               [this](WallTime at) { return stamper_.stampAt(at); },
               [this](const std::string& camera) { return space_.makeRoom(camera); }},
      cameras_(context_, options, events),
      housekeeping_(
          {store_, clock, volume_.volume(), spool_, leftovers_, news_},
          {options.recordings_dir, options.thumbnails_dir},
          [this](const std::string& camera, WallTime from, WallTime to) {
              ledger_.noteFound(camera, from, to);
          },
          housekeepingAsks()),
      space_(
          {store_, clock, volume_, spool_, leftovers_, context_.use, stamper_.trust(), housekeeping_, news_},
          retentionOptions(options), options.history_max_age, spaceAsks()),
      spool_mover_(
          spool_, volume_.volume(), context_.use, clock, [this] { return pathsInUse(); }, context_.make_room),
      detours_({options.storage.spool_max_bytes, options.held_max_bytes}),
      sample_(store_, clock, options.recordings_dir, options.start_reading) {
    closeLastRun();
    watchVolume();
    stamper_.restampRowsOfDoubt();
    database_.tryLedger([this] { ledger_.open(); });
    if (store_.isUnproven()) database_.beginSoundnessCheck();
    housekeeping_.begin();
    keepHouse(Deadline::in(kFirstSlice));
}

Housekeeping::Asks RecorderCore::housekeepingAsks() {
    return {[this] { return pathsInUse(); }, [this] { return cameras_.runningEvents(); },
            [this] { watchVolume(true); }, [this] { return space_.retention().hasMetMissing(); }};
}

SpaceKeeper::Asks RecorderCore::spaceAsks() {
    return {[this] { return cameras_.limits(); }, [this] { return cameras_.openBytes(); },
            [this] { watchVolume(); }};
}

/// A disk that was full at the end of the last run must not keep the appliance from starting: room is made
/// first.
void RecorderCore::closeLastRun() {
    for (int attempt = 1; attempt <= 2 && !housekeeping_.isLastRunClosed(); ++attempt) {
        try {
            housekeeping_.closeLastRun();
        } catch (const std::exception& error) {
            base::logError("recorder", std::string("recovery: ") + error.what());
            const auto* ours = dynamic_cast<const Error*>(&error);
            if (ours && ours->kind() == ErrorKind::Exhausted) space_.keepWithinLimits();
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
    cameras_.add(settings);
    sample_.addCamera(settings.name);
}

void RecorderCore::removeCamera(const std::string& name) {
    cameras_.remove(name);
    sample_.removeCamera(name);
    ledger_.removeCamera(name);
}

void RecorderCore::tick() {
    stamper_.tick();
    watchVolume();
    tickCameras();
    database_.tryLedger([this] { ledger_.tick(); });
    housekeeping_.retryLeftovers();
    database_.retryLateRows();
    spool_mover_.tick(cameras_.spooledBytes().value_or(0));
    tellDetours();
    database_.tell(cameras_.rowRefusedSince(), news_);
    tried("watch the files", [this] { housekeeping_.watchFiles(); });
    tried("watch the database", [this] { database_.watchSoundness(news_); });
    tried("read a recording back", [this] { readSample(); });
    tried("count what was written", [this] { wear_.flush(); });
    tried("read what was written", [this] { wear_.read(); });
    space_.tick();
}

void RecorderCore::tickCameras() {
    cameras_.each([this](CameraRecorder& camera) {
        camera.tick();
        ledger_.setWriter(camera.settings().name, camera.writerFacts());
    });
}

void RecorderCore::watchVolume(bool at_once) {
    switch (volume_.look(at_once, context_.use.durable(), news_)) {
        case VolumeWatch::Change::None:
            return tried("compare recordings with their rows", [this] { housekeeping_.beginWithVolume(); });
        case VolumeWatch::Change::Back:
            return volumeIsBack();
        case VolumeWatch::Change::Away: {
            // As it was judged: what fails while files are left may change it.
            const bool is_full = volume_.volume().state() == disk::VolumeState::Full;
            cameras_.each([](CameraRecorder& camera) { camera.leaveVolume(); });
            if (is_full) return context_.use.noteFull();
            return tried("stop comparing recordings", [this] { housekeeping_.abandonVolume(); });
        }
    }
}

void RecorderCore::volumeIsBack() {
    context_.uncut_files.cutAll(options_.recordings_dir);
    housekeeping_.beginWithVolume();
    spool_mover_.tryNow();
}

void RecorderCore::keepHouse(Deadline until) noexcept {
    const bool were_files_known = housekeeping_.areFilesKnown();
    if (housekeeping_.step(until) == ErrorKind::Exhausted) context_.use.noteFull();
    if (housekeeping_.areFilesKnown() && !were_files_known) space_.lookSoon();
}

std::set<std::string> RecorderCore::pathsInUse() const {
    auto out = cameras_.openPaths();
    database_.lateRows().collectPaths(out);
    space_.retention().collectPaths(out);
    if (const std::string part = spool_.partPath(); !part.empty()) out.insert(part);
    return out;
}

void RecorderCore::tellDetours() {
    const bool is_volume_ok = volume_.volume().isOk();
    detours_.look(spool_, held_,
                  {cameras_.spooledBytes().has_value(), is_volume_ok,
                   is_volume_ok ? cameras_.volumeError() : std::string()},
                  news_);
}

void RecorderCore::readSample() {
    sample_.tick(volume_.volume().isOk() && !housekeeping_.isBusy());
    news_.note("playback", "unplayable", sample_.problem());
}

void RecorderCore::finish() {
    sample_.stop();
    cameras_.each([](CameraRecorder& camera) { camera.finish("core_restart"); });
    database_.endSoundnessCheck();
    database_.tryLedger([this] { ledger_.close(); });
    database_.lateRows().retry(store_);
    leftovers_.retry(context_.clock.now());
    try {
        space_.retention().settle();
        housekeeping_.finish();
        wear_.flush(true);
        store_.tidy();
    } catch (const Error& error) {
        base::logWarning("recorder", error.what());
    }
}

void RecorderCore::tellIssues() {
    for (const auto& issue : news_.takeUntold())
        if (events_.on_storage) events_.on_storage(issue);
}

StorageStatus RecorderCore::storage() const {
    const disk::Volume& volume = volume_.volume();
    StorageStatus out;
    out.state = nameOf(volume_.told().state());
    out.detail = news_.detailOf("volume");
    out.since = volume_.told().since();
    out.total_bytes = volume.totalBytes();
    out.free_bytes = volume.freeBytes();
    out.spool_bytes = spool_.bytes();
    out.spool_files = spool_.files();
    out.spool_dropped_files = spool_.droppedFiles();
    out.held_bytes = held_.bytes();
    out.late_rows = database_.lateRows().size();
    out.retention_problem = news_.detailOf("retention");
    out.problems = news_.problems();
    out.is_clock_trusted = stamper_.trust().isTrusted();
    out.housekeeping = housekeeping_.progress();
    out.written = wear_.written();
    out.flash_life_years = wear_.flashLifeYears(out.total_bytes);
    return out;
}

}  // namespace porchlight::record
