/// The database: cameras, recordings, events, health history, accounts. See db/schema.sql, the annotated
/// schema.
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

#include "base/cancel.h"
#include "porchlight/time.h"
#include "store/rows.h"

namespace porchlight::store {

/// One connection to the database. **Owns** the connection. **Thread**: thread-bound; open one per thread
/// that needs it (WAL lets readers and one writer work side by side). Statements are short; a busy database
/// is waited for 2 s at most. All functions throw Error: Unavailable (busy, I/O), Exhausted (disk full),
/// Internal.
class Store {
  public:
    /// Opens, creates or upgrades the database; before an upgrade a backup is written beside it. Throws
    /// Error(Misconfigured) when the file was written by a newer version or is no database (what to do is in
    /// the text). One that was not closed properly is opened like all others and remembered as unproven, see
    /// soundness.h.
    explicit Store(const std::filesystem::path& file);
    ~Store();
    Store(Store&&) noexcept;
    Store& operator=(Store&&) = delete;

    /// All that `work` writes, or nothing of it when it throws; within `work` it joins.
    void atomically(const std::function<void()>& work);

    // --- cameras: rows are made on first use by name and never deleted while anything refers to them.
    void ensureCamera(const std::string& name, const std::string& title);

    // --- recordings
    /// Durable (FULL) when it returns. `doubt`, of an untrusted clock, becomes a row in the same transaction.
    std::int64_t insertRecording(const RecordingRow& row, const ClockDoubtRow* doubt = nullptr);
    void finishRecording(std::int64_t id, WallTime ended_at, std::uint64_t bytes);
    void markRecordingGone(std::int64_t id, const std::string& reason);
    std::vector<RecordingRow> openRecordings();  ///< ended_at is null: after a crash
    std::vector<RecordingRow> recordings(const std::string& camera, WallTime from,
                                         WallTime to);  ///< overlapping, oldest first, existing
    std::optional<RecordingRow> oldestRecording();      ///< existing, finished, holding no kept event
    /// The `limit` oldest after (`after_start`, `after_id`); of one camera, or of all when `camera` is empty.
    std::vector<RetentionCandidate> oldestRecordings(const std::string& camera, WallTime after_start,
                                                     std::int64_t after_id, std::size_t limit);
    /// `remove_file`, and then row, its events' reason and byte ledger in one transaction; when that throws,
    /// again with a `remove_file` that finds nothing to do. That the file is being deleted is durable before
    /// it is (not in a database without space): a process that ends in between lost nothing. When
    /// `remove_file` throws all is as it was.
    void removeRecording(const RecordingRow& row, const std::string& reason,
                         const std::function<void()>& remove_file);
    void moveRecording(std::int64_t id,
                       const std::string& path);  ///< its file is elsewhere now; durable when it returns
    std::vector<RecordingRow> recordingsBelow(
        const std::string& folder);         ///< existing, path begins with `folder`, by path
    void reviveRecording(std::int64_t id);  ///< a file that was thought gone is there again; it is open now
    /// Finished ones whose files had no row: all in one transaction, not durable (what a power cut takes is
    /// found again).
    void adoptRecordings(const std::vector<RecordingRow>& rows);
    /// Their files are not there any more: "lost", or why they were being deleted when the process ended;
    /// also on their events. One transaction; those that are gone already stay. -> those that are lost.
    std::vector<RecordingRow> loseRecordings(const std::vector<RecordingRow>& rows);
    std::vector<std::int64_t>
    begunRemovals();                      ///< rows whose files were being deleted, and nobody has looked yet
    void forgetRemoval(std::int64_t id);  ///< its file is there
    /// Paths from `from` on and before `end`, also of rows whose files are gone, by path; the first `limit`.
    std::vector<KnownPath> knownPaths(const std::string& from, const std::string& end, std::size_t limit);
    std::vector<RecordingRow> existingAfter(std::int64_t id, std::size_t limit);  ///< existing, by id
    std::optional<RecordingRow> recordingById(std::int64_t id);                   ///< also one that is gone
    std::int64_t newestRecordingId();                                             ///< 0: there is none
    std::optional<RecordingRow> recordingAt(const std::string& path);             ///< also one that is gone
    bool knowsRecording(const std::string& path);
    std::uint64_t recordedBytes();                          ///< of existing files, from the byte ledger
    std::map<std::string, RecordedTotal> recordedTotals();  ///< by camera, from the byte ledger
    /// Adds the existing rows up again. What the ledger says wrongly, one sentence each; put right with
    /// `repair`.
    std::vector<std::string> checkRecorded(bool repair);
    std::size_t forgetGoneRecordings(WallTime before,
                                     std::size_t limit);  ///< rows of deleted files; how many went

    /// Looks at the `limit` oldest events that started between `after` and `before` and deletes those that
    /// are closed and not kept.
    ForgottenEvents forgetEvents(WallTime after, WallTime before, std::size_t limit);

    // --- doubtful clocks
    void insertClockDoubt(const ClockDoubtRow& row);
    std::vector<ClockDoubtRow> clockDoubts();
    /// Start of the first doubtful recording of a boot, and the end of what was recorded before it, if
    /// anything.
    std::pair<WallTime, std::optional<WallTime>> doubtfulBoot(const std::string& boot_id);
    /// Moves a doubtful recording's or event's times by `shift`; ends the doubt unless `clock_state` is
    /// "untrusted".
    void restamp(const ClockDoubtRow& doubt, microseconds shift, const std::string& clock_state);
    void insertClockStep(const ClockStepRow& row);  ///< and forgets those older than a year
    std::vector<ClockStepRow> clockSteps(WallTime from, WallTime to);  ///< oldest first
    std::optional<WallTime> newestTime();  ///< latest start among trusted recordings

    // --- wear
    void addWritten(
        const std::vector<WrittenRow>& rows);  ///< adds to the day's counts; forgets days older than a year
    std::vector<WrittenRow> written(std::int64_t from_day);

    // --- events
    void insertEvent(const EventRow& row);  ///< durable when it returns
    /// All fields but id, camera and the owner's marks (is_kept, is_reviewed, note: setEventMarks);
    /// footage_gone_reason only where none is set (markFootageGone): the engine cannot undo what others set
    /// while its event runs.
    void updateEvent(const EventRow& row);
    std::optional<EventRow> event(const std::string& id);  ///< also one that was removed and can be restored
    EventPage events(const EventFilter& filter);           ///< Error(BadData) for a cursor that is none
    std::vector<std::string> explainEvents(
        const EventFilter& filter);             ///< how SQLite finds that page, a plan for each list merged
    std::string cursorOf(const EventRow& row);  ///< for a page that begins behind that event
    /// Events that start in [from, to), counted by kind and by spans of `bucket`. Empty `cameras`: all.
    std::vector<EventCount> countEvents(const std::vector<std::string>& cameras, WallTime from, WallTime to,
                                        microseconds bucket, const base::Cancel& cancel);
    /// Events that began before `at` and had not ended then, oldest first; of all cameras, the last `limit`
    /// at most.
    std::vector<EventRow> eventsReaching(WallTime at, std::size_t limit);
    std::vector<EventRow> unfinishedEvents();  ///< not closed, or clip not final
    void setEventMarks(const std::string& id, std::optional<bool> is_kept, std::optional<bool> is_reviewed,
                       const std::optional<std::string>& note);
    EventChanges changeEvents(const std::vector<std::string>& ids,
                              const EventChange& change);  ///< one transaction
    std::vector<EventRow> removedEvents(WallTime before,
                                        std::size_t limit);  ///< deleted before then: to go for good
    bool deleteEvent(const std::string& id);                 ///< for good
    void markFootageGone(const std::string& camera, WallTime from, WallTime to, const std::string& reason);

    // --- along time, for drawing: existing recordings and the ledger that overlap a range, oldest first
    using RecordingVisit =
        std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::uint64_t bytes)>;
    using CoverageVisit =
        std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::string_view cause)>;
    void visitRecordings(const std::string& camera, WallTime from, WallTime to, const RecordingVisit& visit);
    void visitCoverage(const std::string& camera, WallTime from, WallTime to,
                       const CoverageVisit& visit);  ///< no cause: recorded

    // --- health, recovery
    void insertHealth(const HealthRow& row);
    std::vector<HealthRow> health(const std::string& camera, WallTime from, WallTime to,
                                  std::size_t limit);  ///< newest first
    void removeHealthBefore(
        WallTime before);  ///< health, incidents, recovery attempts, ledger, audit, failed logins
    void insertRecovery(const RecoveryRow& row);
    std::vector<RecoveryRow> recoveries(const std::string& camera, WallTime from, WallTime to,
                                        std::size_t limit);  ///< newest first

    // --- incidents: one runs per camera at most
    /// Begins one, goes on with one that ended less than a minute ago, or changes the running one; critical
    /// stays critical.
    void noteIncident(const IncidentRow& row);
    void endIncident(const std::string& camera, WallTime at,
                     std::int64_t failures);  ///< nothing runs: nothing happens
    std::vector<IncidentRow> incidents(const std::string& camera, WallTime from, WallTime to,
                                       std::size_t limit);  ///< overlapping, newest first
    std::int64_t incidentCount(const std::string& camera, WallTime since);

    // --- coverage ledger: contiguous, whatever is written
    /// From `at` on the camera is recorded (empty `cause`) or has a gap: ends the running interval and begins
    /// another, contiguous with it. The same again changes nothing. A time before the running interval's
    /// start (clock step) is taken as that start, so the ledger never runs backwards.
    void appendCoverage(const std::string& camera, WallTime at, bool is_recorded, const std::string& cause,
                        const std::string& detail = {});
    /// Replaces what the ledger says of row.started_at..row.ended_at (no end: from there on) and joins equal
    /// neighbours. The stretch between the end of an ended ledger and the row becomes a gap kNotConfigured;
    /// nothing is told of the time before the ledger began. Writes nothing when the ledger says so already.
    void paintCoverage(const CoverageRow& row);
    void endCoverage(const std::string& camera,
                     WallTime at);               ///< the camera is removed: the running interval ends
    std::vector<CoverageRow> runningCoverage();  ///< of all cameras
    std::optional<CoverageRow> runningCoverage(const std::string& camera);
    /// Moves what is told of [from, until) later by `shift` > 0: the clock that stamped it was slow. What the
    /// ledger says from `until` on goes on from where that is now; the time that was never lived is a gap
    /// with that cause.
    void moveCoverage(const std::string& camera, WallTime from, WallTime until, microseconds shift,
                      const std::string& cause);
    std::optional<WallTime> coverageStart(const std::string& camera);
    /// Overlapping, oldest first, the newest `limit`.
    std::vector<CoverageRow> coverage(const std::string& camera, WallTime from, WallTime to,
                                      std::size_t limit = 1'000'000);
    /// Time in from..to by cause; "" is recorded. A running interval counts up to `to`. Throws Cancelled.
    std::map<std::string, microseconds> coverageSums(const std::string& camera, WallTime from, WallTime to,
                                                     const base::Cancel& cancel = {});
    /// The start of the camera's oldest recording, also of one whose file is gone.
    std::optional<WallTime> footageStart(const std::string& camera);
    /// Starts and ends of all recordings, also of those whose files are gone, that overlap from..to; oldest
    /// first. Throws Cancelled.
    std::vector<std::pair<WallTime, WallTime>> footageSpans(const std::string& camera, WallTime from,
                                                            WallTime to, const base::Cancel& cancel = {});

    // --- accounts
    std::int64_t insertUser(const UserRow& row);  ///< Error(Misconfigured) when the name is taken
    std::optional<UserRow> user(const std::string& name);
    std::optional<UserRow> userById(std::int64_t id);
    std::vector<UserRow> users();
    bool setPassword(const std::string& name,
                     const std::string& password_hash);  ///< ends that user's sessions
    /// Another hash of the same password, unless that was changed meanwhile; sessions go on.
    void replaceHash(std::int64_t user_id, const std::string& old_hash, const std::string& new_hash);
    UserRemoval removeUser(
        const std::string& name);  ///< and its sessions and tokens; never the last administrator
    void insertSession(const SessionRow& row);
    /// A login: the session in place of the browser's earlier one, and its audit row. Forgets expired
    /// sessions.
    void openSession(const SessionRow& row, const std::string& replaced_hash, const AuditRow& audit);
    bool renewSession(const std::string& token_hash,
                      WallTime expires_at);  ///< false: it is over, or lives as long already
    std::optional<SessionRow> session(const std::string& token_hash);
    void removeSession(const std::string& token_hash);
    void removeExpiredSessions(WallTime now);
    void insertToken(const TokenRow& row);  ///< Error(Misconfigured) when the name is taken
    std::optional<TokenRow> token(const std::string& token_hash);
    std::vector<TokenRow> tokens();
    bool removeToken(const std::string& name);
    void noteTokenUse(const std::string& token_hash, WallTime at);
    void insertAudit(const AuditRow& row);
    std::vector<AuditRow> audit(std::size_t limit, const AuditFilter& filter = {});  ///< newest first
    bool hasLoggedInFrom(const std::string& user,
                         const std::string& address);  ///< as far back as the audit log goes
    void noteFailedLogin(const std::string& user, const std::string& address,
                         WallTime at);                            ///< keeps the newest 1000
    std::vector<FailedLoginRow> failedLogins(std::size_t limit);  ///< newest first

    // --- small facts of the appliance (node id, ...)
    std::optional<std::string> meta(const std::string& key);
    void setMeta(const std::string& key, const std::string& value);
    void removeMeta(const std::string& key);

    void setCameraSwitch(const SwitchRow& row);
    void removeCameraSwitch(const std::string& camera, const std::string& key);
    std::vector<SwitchRow> cameraSwitches();

    /// Problems found by quick_check, foreign keys and invariants; empty when clean. Throws Cancelled.
    std::vector<std::string> check(const base::Cancel& cancel = {});

    /// Whether the database was left open by a process that is no more, and nobody has looked at it since.
    bool isUnproven();
    void setProven();

    /// Checkpoints and truncates the write-ahead log; at idle and at the end.
    void tidy();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::store
