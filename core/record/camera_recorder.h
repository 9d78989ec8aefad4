/// Recording of one camera: which of its footage is wanted, by mode and events.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "record/camera_events.h"
#include "record/footage/footage_memory.h"
#include "record/footage/footage_writer.h"
#include "record/footage/fragment_ring.h"
#include "record/recorder.h"

namespace porchlight::record {

/// Decides; the way to a disk is FootageWriter's, the events are CameraEvents'.
/// **Owns** the pre-roll of the camera. **Thread**: thread-bound (recorder). No function throws Error:
/// failures are logged once, shown in status(), retried. Over 25 functions: the recorder's commands, each
/// handed to one part.
class CameraRecorder {
  public:
    CameraRecorder(RecorderContext& context, const RecorderOptions& options, const RecorderEvents& listeners,
                   const CameraRecording& settings);
    CameraRecorder(const CameraRecorder&) = delete;
    CameraRecorder& operator=(const CameraRecorder&) = delete;

    void onFragment(FragmentPtr fragment);
    void onStreamEnded() { writer_.close(); }
    void openEvent(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg);
    void pictureEvent(const std::string& id, const std::vector<std::uint8_t>& thumbnail_jpeg) {
        events_.picture(id, thumbnail_jpeg);
    }
    void updateEvent(const store::EventRow& row) { events_.update(row); }
    void endEvent(const store::EventRow& row) { events_.end(row); }

    /// Takes other settings: what is being recorded goes on, or ends, as the new mode wants it.
    void change(const CameraRecording& settings);

    /// Due syncs, events that waited long enough, retries.
    void tick();

    /// The volume is no longer usable: what is being written there is ended as well as it can be.
    void leaveVolume() { writer_.leaveVolume(); }

    /// The wall clock was set by `shift` before it was trusted: what is in memory is stamped anew, as its
    /// rows are.
    void restamp(microseconds shift);

    /// Ends all events and the file.
    void finish(const std::string& close_reason);

    RecordingStatus status() const;
    ledger::WriterFacts writerFacts() const noexcept;
    const CameraFile& file() const noexcept { return writer_.file(); }
    const CameraRecording& settings() const noexcept { return settings_; }

    /// Since when the database does not take the row of an event or of the file; nothing when it took it,
    /// tried last.
    std::optional<Monotonic::time_point> rowRefusedSince() const noexcept;

    /// Ids of events that run, or whose rows are not final.
    void collectEvents(std::set<std::string>& ids) const { events_.collect(ids); }

    /// Why its recordings keep away from the volume, be that well or not; empty when they do not.
    const std::string& volumeError() const noexcept { return writer_.volumeError(); }

  private:
    bool isFootageWanted() const noexcept;
    void onMotionFragment(const FragmentPtr& fragment);
    void closeLongFile(const Fragment& next);
    void writeFromRing(WallTime wanted_from);
    void noteFootage(const Footage& footage);

    RecorderContext& context_;
    const microseconds segment_length_;
    CameraRecording settings_;
    FragmentRing ring_;
    FootageMemory footage_;
    FootageWriter writer_;
    CameraEvents events_;
};

}  // namespace porchlight::record
