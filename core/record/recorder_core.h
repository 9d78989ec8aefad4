/// What runs on the recorder's thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "disk/leftovers.h"
#include "disk/spool.h"
#include "ledger/coverage_ledger.h"
#include "record/cameras.h"
#include "record/footage/held_memory.h"
#include "record/footage/recorder_context.h"
#include "record/recorder.h"
#include "record/sample/daily_sample.h"
#include "record/upkeep/database_watch.h"
#include "record/upkeep/detours.h"
#include "record/upkeep/housekeeping.h"
#include "record/upkeep/space_keeper.h"
#include "record/upkeep/spool_mover.h"
#include "record/upkeep/stamper.h"
#include "record/upkeep/storage_news.h"
#include "record/upkeep/volume_watch.h"
#include "record/upkeep/wear_report.h"

namespace porchlight::record {

/// Owns the parts and says in which order they have their turn; what each of them promises stands at its
/// class.
/// **Owns** the database connection, the record plugin's object, everything that watches the storage, and the
/// cameras.
/// **Thread**: thread-bound (recorder).
class RecorderCore {
  public:
    /// Opens the database and ends what was being written, as far as the volume is there; what is left of
    /// housekeeping after half a second goes on with keepHouse(). Throws Error: of the database and the
    /// plugin only; a volume that is missing, full, read-only or failing is waited for. `stop`: long work
    /// ends early.
    RecorderCore(const RecorderOptions& options, const SinkFactory& make_sink, const RecorderEvents& events,
                 const base::Clock& clock, base::Cancel stop = {});

    void addCamera(const CameraRecording& settings);  ///< or changes its settings
    void removeCamera(const std::string& name);
    CameraRecorder* find(const std::string& name) noexcept { return cameras_.find(name); }
    store::Store& store() noexcept { return store_; }
    ledger::CoverageLedger& ledger() noexcept { return ledger_; }

    void tick();

    /// A slice of comparing rows with files. Throws nothing.
    void keepHouse(Deadline until) noexcept;
    bool isHousekeeping() const noexcept { return housekeeping_.isBusy(); }

    void finish();
    std::map<std::string, RecordingStatus> status() const { return cameras_.status(); }
    StorageStatus storage() const;

    /// Hands over what is to be told to the owner. After storage() was published: whoever hears of it asks
    /// for that.
    void tellIssues();

  private:
    void closeLastRun();
    void watchVolume(bool at_once = false);
    void volumeIsBack();
    void tickCameras();
    void tellDetours();
    void readSample();
    std::set<std::string> pathsInUse() const;
    Housekeeping::Asks housekeepingAsks();
    SpaceKeeper::Asks spaceAsks();

    const RecorderOptions& options_;
    const RecorderEvents& events_;
    store::Store store_;
    std::unique_ptr<RecordSink> sink_;
    VolumeWatch volume_;
    disk::Spool spool_;
    disk::Leftovers leftovers_;
    StorageNews news_;
    Stamper stamper_;
    WearReport wear_;
    DatabaseWatch database_;
    ledger::CoverageLedger ledger_;
    HeldMemory held_;
    RecorderContext context_;
    Cameras cameras_;
    Housekeeping housekeeping_;
    SpaceKeeper space_;
    SpoolMover spool_mover_;
    Detours detours_;
    DailySample sample_;
};

}  // namespace porchlight::record
