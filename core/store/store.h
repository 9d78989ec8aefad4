/// The database: cameras, recordings, events, health history, accounts. See db/schema.sql, the annotated schema.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/media.h"
#include "porchlight/time.h"

namespace porchlight::store {

struct RecordingRow {
    std::int64_t id = 0;
    std::string camera;
    std::string path;                    ///< relative to the recordings folder
    WallTime started_at{};
    std::optional<WallTime> ended_at;    ///< nothing while it is being written
    std::uint64_t bytes = 0;
    Codec video = Codec::None;
    int width_px = 0;
    int height_px = 0;
    bool has_audio = false;
    std::string gone_reason;             ///< why the file is no more ("age", "bytes", "lost", ...); empty while it exists
    std::string clock_state = "trusted"; ///< trusted untrusted restamped estimated: see db/schema.sql
};

/// A finished recording as retention looks at it.
struct RetentionCandidate {
    RecordingRow row;
    bool is_held = false;                ///< it holds a kept event
};

/// Files and bytes that exist, from the byte ledger.
struct RecordedTotal {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

/// A row whose times came from a clock that was not trusted.
struct ClockDoubtRow {
    std::string kind;                    ///< recording, event
    std::string id;
    std::string boot_id;
    microseconds boot_time{0};           ///< since that boot, at its start
    WallTime started_at{};               ///< as the row says
};

/// A step of the wall clock.
struct ClockStepRow {
    WallTime at{};                       ///< by the clock after it
    microseconds shift{0};
    std::string cause;                   ///< trusted, stepped
};

/// A run-time switch of a camera: see camera_switch in db/schema.sql.
struct SwitchRow {
    std::string camera;
    std::string key;
    std::string value;
    std::string configured;
    std::string by;
    WallTime at{};
};

/// Bytes and syncs of one UTC day for one purpose.
struct WrittenRow {
    std::int64_t day = 0;                ///< days since 1970-01-01
    std::string purpose;                 ///< footage, database, thumbnails, log
    std::uint64_t bytes = 0;
    std::uint64_t syncs = 0;
};

enum class EventState : std::uint8_t { Active = 1, Closing, Closed };
const char* nameOf(EventState state) noexcept;

struct EventRow {
    std::string id;                      ///< 16 hex digits, sorts by start
    std::string camera;
    EventState state = EventState::Active;
    WallTime started_at{};               ///< first confirmed motion
    std::optional<WallTime> ended_at;    ///< last motion; nothing while it runs
    WallTime clip_started_at{};          ///< start of the pre-roll
    std::optional<WallTime> clip_ended_at;  ///< set when the post-roll is on disk: the clip is final
    double score = 0;                    ///< best so far
    double area_percent = 0;
    std::string zone;
    std::string label = "motion";
    bool has_thumbnail = false;
    bool is_kept = false;
    bool is_reviewed = false;
    std::string note;
    std::string close_reason;            ///< "quiet", "max_event", "camera_lost", "core_restart", "detect_off"
    std::string footage_gone_reason;     ///< empty while its footage exists
    std::optional<WallTime> removed_at;  ///< deleted by its owner, can still be restored
};

struct EventFilter {
    std::vector<std::string> cameras;    ///< empty: all
    std::string zone;
    std::string label;
    std::string text;                    ///< words that must all stand in the note, in upper or lower case
    std::optional<WallTime> from;
    std::optional<WallTime> to;
    std::optional<bool> is_kept;
    std::optional<bool> is_reviewed;
    std::size_t limit = 50;              ///< 1..500
    std::string cursor;                  ///< from the page before
    bool is_oldest_first = false;
};

struct EventPage {
    std::vector<EventRow> events;        ///< newest first, unless the filter says otherwise
    std::string next_cursor;             ///< empty: no more. With `text` also set when a page holds fewer than asked for
};

/// How many events of one kind lie in one span of time.
struct EventCount {
    std::string camera;
    std::string zone;
    std::string label;
    bool is_kept = false;
    bool is_reviewed = false;
    std::int64_t bucket = 0;             ///< number of the span, from the start of the range
    std::int64_t count = 0;
};

/// What the owner does to events; at least one field is set.
struct EventChange {
    std::optional<bool> is_kept;
    std::optional<bool> is_reviewed;
    std::optional<WallTime> remove_at;      ///< delete, to be restored or to go for good later
    std::optional<WallTime> restore_since;  ///< undo deletions not older than that
};
struct EventChanges {
    std::vector<std::string> changed;
    std::vector<std::string> missing;    ///< no such event, deleted, or too late to restore
    std::vector<std::string> running;    ///< not deleted: it is not closed
};

/// What forgetEvents did; its limit holds for what it looks at, so that many kept events do not make it slow.
struct ForgottenEvents {
    std::vector<EventRow> events;        ///< deleted: id, camera and has_thumbnail
    std::size_t looked_at = 0;
    WallTime last_start{};               ///< of the last one looked at
};

/// A change of a camera's state, as health history.
struct HealthRow {
    std::string camera;
    WallTime at{};
    std::string state;                   ///< starting running degraded offline disabled wedged
    int score = 0;
    std::string issue;                   ///< capture_failure ... ; empty when well
    std::string detail;
};

enum class Role : std::uint8_t { Viewer = 1, Admin };
const char* nameOf(Role role) noexcept;

struct UserRow {
    std::int64_t id = 0;
    std::string name;
    std::string password_hash;           ///< Argon2id, crypto_pwhash_str format
    Role role = Role::Viewer;
    WallTime created_at{};
};

struct SessionRow {
    std::string token_hash;              ///< hex SHA-256 of the cookie
    std::int64_t user_id = 0;
    WallTime created_at{};
    WallTime expires_at{};
    std::string address;
    std::string agent;
};

struct AuditRow {
    WallTime at{};
    std::string user;                    ///< name, or "local" for the command line
    std::string address;
    std::string action;                  ///< "login", "login_failed", "event_delete", ...
    std::string detail;
};

/// An interval of the coverage ledger: recorded, or a gap with its cause.
struct CoverageRow {
    std::string camera;
    WallTime started_at{};
    std::optional<WallTime> ended_at;    ///< nothing while it runs
    bool is_recorded = false;
    std::string cause;                   ///< of a gap, see record/gap_cause.h; empty when recorded
    std::string detail;                  ///< more about the cause ("by admin"); often empty
};

/// Cause of the time in which a camera was not in the configuration: the ledger of a camera that comes back goes on.
inline constexpr char kNotConfigured[] = "not_configured";

/// From the first failure of a camera until pictures flowed again.
struct IncidentRow {
    std::string camera;
    WallTime started_at{};
    std::optional<WallTime> ended_at;    ///< nothing while it lasts
    std::string kind;                    ///< issue, or critical: a person was needed
    std::string issue;                   ///< kind of the latest fault
    std::string detail;
    std::int64_t failures = 0;
};

/// One attempt to bring a camera back.
struct RecoveryRow {
    std::string camera;
    WallTime at{};
    int rung = 1;                        ///< 1..5, see the recovery ladder
    std::string steps;                   ///< one line a step
    microseconds duration{0};
    std::string outcome;                 ///< recovered failed refused
    std::string origin = "ladder";       ///< automatic ladder manual
    std::string kind;                    ///< the fault that led to it; empty: none
};

/// A token for scripts.
struct TokenRow {
    std::string token_hash;              ///< hex SHA-256 of the token
    std::string name;
    Role role = Role::Viewer;
    WallTime created_at{};
};

/// One connection to the database. **Owns** the connection. **Thread**: thread-bound; open one per thread that needs
/// it (WAL lets readers and one writer work side by side). Statements are short; a busy database is waited for
/// 2 s at most. All functions throw Error: Unavailable (busy, I/O), Exhausted (disk full), Internal.
class Store {
  public:
    /// Opens, creates or upgrades the database; before an upgrade a backup is written beside it. Throws
    /// Error(Misconfigured) when the file was written by a newer version or is no database (what to do is in the text).
    explicit Store(const std::filesystem::path& file);
    ~Store();
    Store(Store&&) noexcept;
    Store& operator=(Store&&) = delete;

    // --- cameras: rows are made on first use by name and never deleted while anything refers to them.
    void ensureCamera(const std::string& name, const std::string& title);

    // --- recordings
    /// Durable (FULL) when it returns. `doubt`, of an untrusted clock, becomes a row in the same transaction.
    std::int64_t insertRecording(const RecordingRow& row, const ClockDoubtRow* doubt = nullptr);
    void finishRecording(std::int64_t id, WallTime ended_at, std::uint64_t bytes);
    void markRecordingGone(std::int64_t id, const std::string& reason);
    std::vector<RecordingRow> openRecordings();              ///< ended_at is null: after a crash
    std::vector<RecordingRow> recordings(const std::string& camera, WallTime from, WallTime to);  ///< overlapping, oldest first, existing
    std::optional<RecordingRow> oldestRecording();           ///< existing, finished, holding no kept event
    /// The `limit` oldest after (`after_start`, `after_id`); of one camera, or of all when `camera` is empty.
    std::vector<RetentionCandidate> oldestRecordings(const std::string& camera, WallTime after_start, std::int64_t after_id,
                                                     std::size_t limit);
    /// Row, its events' reason and byte ledger in one transaction with `remove_file`, which is rolled back when that throws.
    void removeRecording(const RecordingRow& row, const std::string& reason, const std::function<void()>& remove_file);
    void moveRecording(std::int64_t id, const std::string& path);  ///< its file is elsewhere now; durable when it returns
    std::vector<RecordingRow> recordingsBelow(const std::string& folder);  ///< existing, path begins with `folder`, by path
    void reviveRecording(std::int64_t id);                   ///< a file that was thought lost is there again; it is open now
    std::optional<RecordingRow> recordingAt(const std::string& path);  ///< also one that is gone
    bool knowsRecording(const std::string& path);
    std::uint64_t recordedBytes();                           ///< of existing files, from the byte ledger
    std::map<std::string, RecordedTotal> recordedTotals();   ///< by camera, from the byte ledger
    /// Adds the existing rows up again. What the ledger says wrongly, one sentence each; put right with `repair`.
    std::vector<std::string> checkRecorded(bool repair);
    std::size_t forgetGoneRecordings(WallTime before, std::size_t limit);  ///< rows of deleted files; how many went

    /// Looks at the `limit` oldest events that started between `after` and `before` and deletes those that are closed and
    /// not kept.
    ForgottenEvents forgetEvents(WallTime after, WallTime before, std::size_t limit);

    // --- doubtful clocks
    void insertClockDoubt(const ClockDoubtRow& row);
    std::vector<ClockDoubtRow> clockDoubts();
    /// Start of the first doubtful recording of a boot, and the end of what was recorded before it, if anything.
    std::pair<WallTime, std::optional<WallTime>> doubtfulBoot(const std::string& boot_id);
    /// Moves a doubtful recording's or event's times by `shift`; ends the doubt unless `clock_state` is "untrusted".
    void restamp(const ClockDoubtRow& doubt, microseconds shift, const std::string& clock_state);
    void insertClockStep(const ClockStepRow& row);           ///< and forgets those older than a year
    std::vector<ClockStepRow> clockSteps(WallTime from, WallTime to);  ///< oldest first
    std::optional<WallTime> newestTime();                    ///< latest start among trusted recordings

    // --- wear
    void addWritten(const std::vector<WrittenRow>& rows);    ///< adds to the day's counts; forgets days older than a year
    std::vector<WrittenRow> written(std::int64_t from_day);

    // --- events
    void insertEvent(const EventRow& row);                   ///< durable when it returns
    /// All fields but id, camera and the owner's marks (is_kept, is_reviewed, note: setEventMarks); footage_gone_reason
    /// only where none is set (markFootageGone): the engine cannot undo what others set while its event runs.
    void updateEvent(const EventRow& row);
    std::optional<EventRow> event(const std::string& id);   ///< also one that was removed and can be restored
    EventPage events(const EventFilter& filter);             ///< Error(BadData) for a cursor that is none
    std::vector<std::string> explainEvents(const EventFilter& filter);  ///< how SQLite finds that page, a plan for each list merged
    std::string cursorOf(const EventRow& row);               ///< for a page that begins behind that event
    /// Events that start in [from, to), counted by kind and by spans of `bucket`. Empty `cameras`: all.
    std::vector<EventCount> countEvents(const std::vector<std::string>& cameras, WallTime from, WallTime to, microseconds bucket);
    /// Events that began before `at` and had not ended then, oldest first; of all cameras, the last `limit` at most.
    std::vector<EventRow> eventsReaching(WallTime at, std::size_t limit);
    std::vector<EventRow> unfinishedEvents();                ///< not closed, or clip not final
    void setEventMarks(const std::string& id, std::optional<bool> is_kept, std::optional<bool> is_reviewed,
                       const std::optional<std::string>& note);
    EventChanges changeEvents(const std::vector<std::string>& ids, const EventChange& change);  ///< one transaction
    std::vector<EventRow> removedEvents(WallTime before, std::size_t limit);  ///< deleted before then: to go for good
    bool deleteEvent(const std::string& id);                 ///< for good
    void markFootageGone(const std::string& camera, WallTime from, WallTime to, const std::string& reason);

    // --- along time, for drawing: existing recordings and the ledger that overlap a range, oldest first
    using RecordingVisit = std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::uint64_t bytes)>;
    using CoverageVisit = std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::string_view cause)>;
    void visitRecordings(const std::string& camera, WallTime from, WallTime to, const RecordingVisit& visit);
    void visitCoverage(const std::string& camera, WallTime from, WallTime to, const CoverageVisit& visit);  ///< no cause: recorded

    // --- health, recovery
    void insertHealth(const HealthRow& row);
    std::vector<HealthRow> health(const std::string& camera, WallTime from, WallTime to, std::size_t limit);  ///< newest first
    void removeHealthBefore(WallTime before);                ///< health, incidents, recovery attempts, ledger, audit
    void insertRecovery(const RecoveryRow& row);
    std::vector<RecoveryRow> recoveries(const std::string& camera, WallTime from, WallTime to, std::size_t limit);  ///< newest first

    // --- incidents: one runs per camera at most
    /// Begins one, goes on with one that ended less than a minute ago, or changes the running one; critical stays critical.
    void noteIncident(const IncidentRow& row);
    void endIncident(const std::string& camera, WallTime at, std::int64_t failures);  ///< nothing runs: nothing happens
    std::vector<IncidentRow> incidents(const std::string& camera, WallTime from, WallTime to, std::size_t limit);  ///< overlapping, newest first
    std::int64_t incidentCount(const std::string& camera, WallTime since);

    // --- coverage ledger: contiguous, whatever is written
    /// From `at` on the camera is recorded (empty `cause`) or has a gap: ends the running interval and begins another,
    /// contiguous with it. The same again changes nothing. A time before the running interval's start (clock step)
    /// is taken as that start, so the ledger never runs backwards.
    void appendCoverage(const std::string& camera, WallTime at, bool is_recorded, const std::string& cause, const std::string& detail = {});
    /// Replaces what the ledger says of row.started_at..row.ended_at (no end: from there on) and joins equal neighbours.
    /// The stretch between the end of an ended ledger and the row becomes a gap kNotConfigured; nothing is told of the
    /// time before the ledger began. Writes nothing when the ledger says so already.
    void paintCoverage(const CoverageRow& row);
    void endCoverage(const std::string& camera, WallTime at);  ///< the camera is removed: the running interval ends
    std::vector<CoverageRow> runningCoverage();                ///< of all cameras
    std::optional<CoverageRow> runningCoverage(const std::string& camera);
    /// Moves what is told of [from, until) later by `shift` > 0: the clock that stamped it was slow. What the ledger says from
    /// `until` on goes on from where that is now; the time that was never lived is a gap with that cause.
    void moveCoverage(const std::string& camera, WallTime from, WallTime until, microseconds shift, const std::string& cause);
    std::optional<WallTime> coverageStart(const std::string& camera);
    /// Overlapping, oldest first, the newest `limit`.
    std::vector<CoverageRow> coverage(const std::string& camera, WallTime from, WallTime to, std::size_t limit = 1'000'000);
    /// Time in from..to by cause; "" is recorded. A running interval counts up to `to`.
    std::map<std::string, microseconds> coverageSums(const std::string& camera, WallTime from, WallTime to);
    /// Starts and ends of all recordings, also of those whose files are gone, that overlap from..to; oldest first.
    std::vector<std::pair<WallTime, WallTime>> footageSpans(const std::string& camera, WallTime from, WallTime to);

    // --- accounts
    std::int64_t insertUser(const UserRow& row);             ///< Error(Misconfigured) when the name is taken
    std::optional<UserRow> user(const std::string& name);
    std::optional<UserRow> userById(std::int64_t id);
    std::vector<UserRow> users();
    bool setPassword(const std::string& name, const std::string& password_hash);  ///< ends that user's sessions
    bool removeUser(const std::string& name);                ///< and its sessions
    void insertSession(const SessionRow& row);
    std::optional<SessionRow> session(const std::string& token_hash);
    void removeSession(const std::string& token_hash);
    void removeExpiredSessions(WallTime now);
    void insertToken(const TokenRow& row);                   ///< Error(Misconfigured) when the name is taken
    std::optional<TokenRow> token(const std::string& token_hash);
    std::vector<TokenRow> tokens();
    bool removeToken(const std::string& name);
    void insertAudit(const AuditRow& row);
    std::vector<AuditRow> audit(std::size_t limit);          ///< newest first

    // --- small facts of the appliance (node id, ...)
    std::optional<std::string> meta(const std::string& key);
    void setMeta(const std::string& key, const std::string& value);

    void setCameraSwitch(const SwitchRow& row);
    void removeCameraSwitch(const std::string& camera, const std::string& key);
    std::vector<SwitchRow> cameraSwitches();

    /// Problems found by quick_check, foreign keys and invariants; empty when clean.
    std::vector<std::string> check();

    /// Checkpoints and truncates the write-ahead log; at idle and at the end.
    void tidy();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::store
