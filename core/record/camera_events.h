/// The events of one camera whose clips are not complete: their rows follow their footage.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "record/footage/footage_memory.h"
#include "record/footage/footage_writer.h"
#include "record/recorder.h"

namespace porchlight::record {

/// An event is here from open() until it is final and its row says so. Footage is synced, then the row is
/// written, then the thumbnail, then others are told: what is announced can be seen. Where disk or database
/// refuse, they are told all the same, and the row follows. Bounded: only a database that takes no rows lets
/// events pile up; the oldest is forgotten then.
/// **Thread**: thread-bound (recorder). No function throws Error: failures are logged and retried.
class CameraEvents {
  public:
    /// Everything outlives it. `settings` may change.
    CameraEvents(RecorderContext& context, const RecorderEvents& listeners,
                 const std::filesystem::path& thumbnails_dir, const CameraRecording& settings,
                 const FootageMemory& footage, FootageWriter& writer);

    /// Its pre-roll is written, as far as there is one.
    void open(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg);
    void update(const store::EventRow& row);
    /// The picture of one that was opened without; nothing when it has one, or is final.
    void picture(const std::string& id, const std::vector<std::uint8_t>& thumbnail_jpeg);
    void end(const store::EventRow& row);

    /// Fragments that come from now on are of no use to an event that began later.
    void noteFootage(const Footage& footage);

    /// Writes what is due, and lets go of events that are final.
    void settle();

    /// The wall clock was set: all of them are later by `shift`.
    void restamp(microseconds shift);

    /// All end now, with what footage there is.
    void finish(const std::string& close_reason);

    bool isEmpty() const noexcept { return events_.empty(); }
    bool has(const std::string& id) const noexcept;
    /// Start of the footage that the oldest wants. Not without events.
    WallTime wantedFrom() const noexcept { return events_.front().row.started_at - settings_.pre_roll; }

    /// Since when the database does not take the row of one; nothing when it took it, tried last.
    const std::optional<Monotonic::time_point>& refusedSince() const noexcept { return refused_since_; }

    /// Ids of events that run, or whose rows are not final.
    void collect(std::set<std::string>& ids) const;

  private:
    struct Event {
        store::EventRow row;
        std::vector<std::uint8_t> thumbnail_jpeg;
        std::optional<WallTime> footage_start;
        /// Final even if the post-roll never comes.
        Monotonic::time_point give_up_at = Monotonic::time_point::max();
        Monotonic::time_point written_at{};
        bool is_persisted = false;
        bool is_changed = false;
        bool is_announced = false;
        bool is_over = false;        ///< ended for good: an alert says so
        bool is_end_stored = false;  ///< that alert is in the database
        microseconds shift{0};  ///< the engine's times are older by this than the clock: it was set meanwhile
    };

    Event* find(const std::string& id) noexcept;
    void persist(Event& event);
    void insertRow(Event& event);
    bool writeThumbnail(const Event& event);
    void saveRow(Event& event);
    void noteRefused(const Event& event, const Error& error, Monotonic::time_point since);
    bool isThrough(Event& event);
    void closeWhenCovered(Event& event);
    bool isWritten(Event& event);

    RecorderContext& context_;
    const RecorderEvents& listeners_;
    const std::filesystem::path& thumbnails_dir_;
    const CameraRecording& settings_;
    const FootageMemory& footage_;
    FootageWriter& writer_;
    std::vector<Event> events_;
    std::optional<Monotonic::time_point> refused_since_;
};

}  // namespace porchlight::record
