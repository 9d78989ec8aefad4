/// Recording of one camera: its pre-roll, the file being written, and the events whose clips are not
/// complete.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/fragment_ring.h"
#include "record/open_recording.h"
#include "record/recorder.h"
#include "record/recorder_context.h"

namespace porchlight::record {

/// **Thread**: thread-bound (recorder). No function throws Error: failures are logged once, shown in
/// status(), retried.
class CameraRecorder {
  public:
    CameraRecorder(RecorderContext& context, const CameraRecording& settings);

    void onFragment(FragmentPtr fragment);
    void onStreamEnded();
    void openEvent(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg);
    void updateEvent(const store::EventRow& row);
    void endEvent(const store::EventRow& row);

    /// Takes other settings: what is being recorded goes on, or ends, as the new mode wants it.
    void change(const CameraRecording& settings);

    /// Due syncs, events that waited long enough, retries.
    void tick();

    /// The volume is no longer usable: what is being written there is ended as well as it can be.
    void leaveVolume();

    /// The wall clock was set by `shift` before it was trusted: what is in memory is stamped anew, as its
    /// rows are.
    void restamp(microseconds shift);

    /// Ends all events and the file.
    void finish(const std::string& close_reason);

    RecordingStatus status() const;
    ledger::WriterFacts writerFacts() const noexcept;

    /// Of the file being written.
    std::uint64_t openBytes() const noexcept { return file_ ? file_->sizeBytes() : 0; }
    const std::string& openPath() const noexcept { return file_ ? file_->path() : no_path_; }
    const CameraRecording& settings() const noexcept { return settings_; }

    /// Since when the database does not take the row of an event or of the file; nothing when it took it,
    /// tried last.
    std::optional<Monotonic::time_point> rowRefusedSince() const noexcept;

    /// Ids of events that run, or whose rows are not final.
    void collectEvents(std::set<std::string>& ids) const;

    /// Why its recordings keep away from the volume, be that well or not; empty when they do not.
    const std::string& volumeError() const noexcept { return volume_error_; }

  private:
    struct Event {
        store::EventRow row;
        std::vector<std::uint8_t> thumbnail_jpeg;
        std::optional<WallTime> footage_start;
        Monotonic::time_point give_up_at =
            Monotonic::time_point::max();  ///< final even if the post-roll never comes
        Monotonic::time_point written_at{};
        bool is_persisted = false;
        bool is_changed = false;
        bool is_announced = false;
        microseconds shift{0};  ///< the engine's times are older by this than the clock: it was set meanwhile
    };

    bool isFootageWanted() const noexcept;
    void closeLongFile(const Fragment& next);
    void writeFromRing(WallTime wanted_from);
    void write(const FragmentPtr& fragment);
    Footage append(const Fragment& fragment);
    bool writeNow(const FragmentPtr& fragment);
    bool openFile(const Fragment& first);
    bool mayWrite() const noexcept;
    void writeHeld();
    bool isSyncDue() const noexcept;
    void noteFootage(const Footage& footage);
    std::optional<WallTime> footageStart(WallTime wanted) const noexcept;
    void closeFile();
    void syncFile();
    void fail(const std::string& what, const Error& error, bool may_sync);
    void avoidVolume(const Error& error);
    bool avoidsVolume() const noexcept { return context_.clock.now() < avoids_volume_until_; }
    bool isClosedDespite();
    void abandonFile();
    void noteSynced();
    void wellAgain();

    Event* findEvent(const std::string& id) noexcept;
    void persist(Event& event);
    bool writeThumbnail(const Event& event);
    void saveRow(Event& event);
    void settleEvents();
    bool settle(Event& event);
    WallTime clipEnd(const Event& event, WallTime target) const noexcept;

    RecorderContext& context_;
    CameraRecording settings_;
    FragmentRing ring_;
    std::unique_ptr<OpenRecording> file_;
    FragmentPtr last_written_;  ///< or held: what the ring need not give again
    std::deque<FragmentPtr>
        unsynced_;  ///< in the file, but a power cut would take them; written anew when a sync fails
    HeldMemory::Queue held_{context_.held};  ///< wait for a disk
    Monotonic::time_point
        avoids_volume_until_{};  ///< it failed this camera: new files go to the spool, where there is one
    microseconds avoidance_{0};  ///< for how long, last time; doubled by each failure, 0 after a sync there
    std::string volume_error_;
    std::uint64_t other_disk_ = 0;  ///< where its folder lies if not on the volume, see Volume::otherDisk
    bool opens_on_volume_ = true;   ///< where the last file was begun, or was to be
    microseconds unsynced_span_{0};
    microseconds last_span_{0};  ///< of the last fragment, and the longer one of the last two
    microseconds fragment_span_{0};
    Monotonic::time_point dirty_since_{};
    std::deque<Footage> footage_;  ///< of the last minutes, for the starts and ends of clips
    std::vector<Event> events_;
    std::optional<Monotonic::time_point> event_refused_since_;  ///< by the database
    std::optional<Monotonic::time_point> row_refused_since_;    ///< of file_
    Monotonic::time_point retry_at_{};
    std::optional<Monotonic::time_point>
        idle_since_;  ///< no event needs the file any more; it ends at a keyframe
    WallTime durable_at_{};
    std::uint64_t written_bytes_ = 0;
    std::uint64_t dropped_fragments_ = 0;  ///< beside those that held_ gave up
    std::string error_;
    ErrorKind error_kind_ = ErrorKind::Unavailable;
    const std::string no_path_;
};

}  // namespace porchlight::record
