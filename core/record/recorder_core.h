/// What runs on the recorder's thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "disk/recover/reconciliation.h"
#include "disk/recover/recovery.h"
#include "disk/retention.h"
#include "record/camera_recorder.h"
#include "record/recorder_context.h"
#include "store/soundness.h"

namespace porchlight::record {

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
    CameraRecorder* find(const std::string& name) noexcept;
    store::Store& store() noexcept { return store_; }
    ledger::CoverageLedger& ledger() noexcept { return ledger_; }

    void tick();

    /// A slice of comparing rows with files. Throws nothing.
    void keepHouse(Deadline until) noexcept;
    bool isHousekeeping() const noexcept { return !reconciliation_.isDone() || !is_last_run_closed_; }

    void finish();
    std::map<std::string, RecordingStatus> status() const;
    StorageStatus storage() const;

    /// Hands over what is to be told to the owner. After storage() was published: whoever hears of it asks
    /// for that.
    void tellIssues();

  private:
    void closeOrMakeRoom();
    void closeLate();
    void reconcile(Deadline until);
    void closeWaiting();
    void recallGone();
    void tellReconciled();
    void watchFiles();
    void watchSoundness();
    void watchClock();
    void lookAtClock();
    void restampDoubtful();
    void repairLedger(const base::Cancel& cancel);
    void watchVolume();
    void tellVolume();
    bool isVolumeCalm();
    void volumeIsBack();
    void compareAll();
    void moveSpool();
    void keepWithinLimits();
    bool makeRoomOnFullVolume();
    bool makeRoomNow(const std::string& camera) noexcept;
    template <class Action>
    void withLedger(Action action);
    template <class Action>
    static void tried(const char* what, Action action) noexcept;
    void sayMoveError(const std::string& what, const Error& error);
    std::optional<Monotonic::time_point> databaseRefusesSince() const noexcept;
    void readWritten();
    void watchPlaces();
    void note(const std::string& kind, const std::string& state, const std::string& detail);
    std::vector<std::string> problems() const;
    std::string whyElsewhere() const;
    std::set<std::string> pathsInUse() const;
    std::set<std::string> runningEvents() const;
    std::map<std::string, std::uint64_t> openBytes() const;

    const base::Cancel stop_;
    store::Store store_;
    std::unique_ptr<RecordSink> sink_;
    disk::Volume volume_;
    disk::Spool spool_;
    ClockTrust clock_trust_;
    disk::WriteMeter meter_;
    LateRows late_rows_;
    ledger::CoverageLedger ledger_;
    HeldMemory held_;
    std::string ledger_error_;
    Monotonic::time_point ledger_refused_since_{};  ///< while ledger_error_ says why
    RecorderContext context_;
    disk::Reconciliation reconciliation_;
    const disk::RetentionOptions retention_options_;
    disk::Retention retention_;
    std::optional<store::SoundnessCheck> soundness_;  ///< of a database that was not closed properly
    std::map<std::string, std::unique_ptr<CameraRecorder>> cameras_;
    disk::VolumeState seen_state_ = disk::VolumeState::Ok;  ///< what the cameras go by
    disk::VolumeState told_state_ =
        disk::VolumeState::Ok;  ///< what the owner was told: it is well again when it stays so
    std::string told_notice_;
    WallTime told_since_{};
    std::optional<Monotonic::time_point> calm_since_;  ///< well, but not told yet
    std::uint64_t durable_at_calm_ = 0;
    microseconds calm_span_{0};  ///< doubled by each relapse
    Monotonic::time_point told_well_at_{};
    std::map<std::uint64_t, std::uint64_t>
        made_room_at_;  ///< what a disk (Volume::otherDisk) had taken when room was made last
    std::optional<std::uint64_t> made_room_durable_;
    std::map<std::string, StorageIssue> told_;  ///< by kind, what is not over
    std::vector<StorageIssue> to_tell_;
    std::uint64_t spool_dropped_files_ = 0;               ///< when the spool was taken into use
    std::uint64_t held_dropped_bytes_ = 0;                ///< when memory was
    std::optional<Monotonic::time_point> refused_since_;  ///< by the database
    std::string move_error_;  ///< of the spool's files, as told last; it is not told again and again
    bool is_mark_known_ = false;
    bool needs_restamp_ = true;  ///< also at the start: what an earlier boot left
    bool needs_ledger_repair_ =
        false;  ///< recordings of earlier boots have moved, and the ledger does not say so yet
    std::pair<std::string, WallTime>
        repaired_until_;               ///< the camera whose ledger is being repaired, and how far it is
    bool is_last_run_closed_ = false;  ///< closeOrMakeRoom() or closeLate() has got through
    bool did_recover_ = false;         ///< the volume is, or was, looked through since this start
    disk::RecoveryReport closed_;      ///< what closing found before reconciliation_ went on
    std::vector<std::string> waiting_events_;  ///< of the last run, until all rows were tried
    bool were_files_known_ = false;            ///< by the last slice
    std::string house_error_;                  ///< as told last
    Monotonic::time_point house_retry_{};
    Monotonic::time_point next_house_note_{};
    Monotonic::time_point next_reach_{};
    Monotonic::time_point next_unreadable_{};
    microseconds unreadable_span_{0};  ///< doubled each time
    WallTime gone_until_{};            ///< so long the owner is told of `gone_text_`
    std::string gone_text_;
    std::string reach_text_;
    Monotonic::time_point next_clock_{};
    Monotonic::time_point next_spool_{};
    Monotonic::time_point next_move_{};
    Monotonic::time_point next_late_{};
    Monotonic::time_point next_leftovers_{};
    Monotonic::time_point next_soundness_{};
    Monotonic::time_point next_retention_{};
    Monotonic::time_point next_history_{};
    Monotonic::time_point next_written_{};
    std::vector<store::WrittenRow> written_;  ///< of the last days, as the database has them
};

}  // namespace porchlight::record
