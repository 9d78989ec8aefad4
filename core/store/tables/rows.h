/// What the rows of the database hold, and what is asked of them. See db/schema.sql, the annotated schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event/event.h"
#include "porchlight/media.h"
#include "porchlight/time.h"

namespace porchlight::store {

struct RecordingRow {
    std::int64_t id = 0;
    std::string camera;
    std::string path;  ///< relative to the recordings folder
    WallTime started_at{};
    std::optional<WallTime> ended_at;  ///< nothing while it is being written
    std::uint64_t bytes = 0;
    Codec video = Codec::None;
    int width_px = 0;
    int height_px = 0;
    bool has_audio = false;
    /// Why the file is no more ("age", "bytes", "lost", ...); empty while it exists.
    std::string gone_reason;
    std::string clock_state = "trusted";  ///< trusted untrusted restamped estimated: see db/schema.sql
};

/// A path that a row has.
struct KnownPath {
    std::int64_t id = 0;
    std::string path;
    std::string gone_reason;
};

/// A finished recording as retention looks at it.
struct RetentionCandidate {
    RecordingRow row;
    bool is_held = false;  ///< it holds a kept event
};

/// Files and bytes that exist, from the byte ledger.
struct RecordedTotal {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

/// A row whose times came from a clock that was not trusted.
struct ClockDoubtRow {
    std::string kind;  ///< recording, event
    std::string id;
    std::string boot_id;
    microseconds boot_time{0};  ///< since that boot, at its start
    WallTime started_at{};      ///< as the row says
};

/// A step of the wall clock.
struct ClockStepRow {
    WallTime at{};  ///< by the clock after it
    microseconds shift{0};
    std::string cause;  ///< trusted, stepped
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
    std::int64_t day = 0;  ///< days since 1970-01-01
    std::string purpose;   ///< footage, database, thumbnails, log
    std::uint64_t bytes = 0;
    std::uint64_t syncs = 0;
};

using event::EventState;

/// An event, and what recording and its owner add to it.
struct EventRow : event::Event {
    std::string camera;
    std::optional<WallTime> clip_ended_at;  ///< set when the post-roll is on disk: the clip is final
    bool has_thumbnail = false;
    bool is_kept = false;
    bool is_reviewed = false;
    std::string note;
    std::string footage_gone_reason;     ///< empty while its footage exists
    std::optional<WallTime> removed_at;  ///< deleted by its owner, can still be restored
};

struct EventFilter {
    std::vector<std::string> cameras;  ///< empty: all
    std::string zone;
    std::string label;
    std::string text;  ///< words that must all stand in the note, in upper or lower case
    std::optional<WallTime> from;
    std::optional<WallTime> to;
    std::optional<bool> is_kept;
    std::optional<bool> is_reviewed;
    std::size_t limit = 50;  ///< 1..500
    std::string cursor;      ///< from the page before
    bool is_oldest_first = false;
};

struct EventPage {
    std::vector<EventRow> events;  ///< newest first, unless the filter says otherwise
    std::string next_cursor;  ///< empty: no more. With `text` also set when a page holds fewer than asked for
};

/// How many events of one kind lie in one span of time.
struct EventCount {
    std::string camera;
    std::string zone;
    std::string label;
    bool is_kept = false;
    bool is_reviewed = false;
    std::int64_t bucket = 0;  ///< number of the span, from the start of the range
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
    std::vector<std::string> missing;  ///< no such event, deleted, or too late to restore
    std::vector<std::string> running;  ///< not deleted: it is not closed
};

/// How long a deleted event can be restored.
inline constexpr seconds kRestoreTime{300};

/// What Events::forget did; its limit holds for what it looks at, so that many kept events do not make it
/// slow.
struct ForgottenEvents {
    std::vector<EventRow> events;  ///< deleted: id, camera and has_thumbnail
    std::size_t looked_at = 0;
    WallTime last_start{};  ///< of the last one looked at
};

/// A change of a camera's state, as health history.
struct HealthRow {
    std::string camera;
    WallTime at{};
    std::string state;  ///< starting running degraded offline disabled wedged
    int score = 0;
    std::string issue;  ///< capture_failure ... ; empty when well
    std::string detail;
};

enum class Role : std::uint8_t { Viewer = 1, Admin };
const char* nameOf(Role role) noexcept;

struct UserRow {
    std::int64_t id = 0;
    std::string name;
    std::string password_hash;  ///< Argon2id, crypto_pwhash_str format
    Role role = Role::Viewer;
    WallTime created_at{};
};

struct SessionRow {
    std::string token_hash;  ///< hex SHA-256 of the cookie
    std::int64_t user_id = 0;
    WallTime created_at{};
    WallTime expires_at{};
    std::string address;
    std::string agent;
};

struct AuditRow {
    WallTime at{};
    std::string user;  ///< name, or "local" for the command line
    std::string address;
    std::string action;  ///< "login", "event_delete", ...
    std::string detail;
    std::int64_t id = 0;  ///< set when read
};

/// Which audit rows; what is empty is not asked for.
struct AuditFilter {
    std::string user;
    std::string action;
    std::optional<WallTime> from;
    std::optional<WallTime> to;
    std::int64_t before_id = 0;  ///< those older than that row; 0: from the newest
};

/// Refused logins of one name from one address.
struct FailedLoginRow {
    std::string user;  ///< an account, or "unknown"
    std::string address;
    WallTime first_at{};
    WallTime last_at{};
    std::int64_t tries = 0;
};

/// What became of a wish to remove an account.
enum class UserRemoval : std::uint8_t { Done = 1, NoSuchUser, LastAdmin };

/// An interval of the coverage ledger: recorded, or a gap with its cause.
struct CoverageRow {
    std::string camera;
    WallTime started_at{};
    std::optional<WallTime> ended_at;  ///< nothing while it runs
    bool is_recorded = false;
    std::string cause;   ///< of a gap, see ledger/gap_cause.h; empty when recorded
    std::string detail;  ///< more about the cause ("by admin"); often empty
};

/// Cause of the time in which a camera was not in the configuration: the ledger of a camera that comes back
/// goes on.
inline constexpr char kNotConfigured[] = "not_configured";

/// From the first failure of a camera until pictures flowed again.
struct IncidentRow {
    std::string camera;
    WallTime started_at{};
    std::optional<WallTime> ended_at;  ///< nothing while it lasts
    std::string kind;                  ///< issue, or critical: a person was needed
    std::string issue;                 ///< kind of the latest fault
    std::string detail;
    std::int64_t failures = 0;
};

/// One attempt to bring a camera back.
struct RecoveryRow {
    std::string camera;
    WallTime at{};
    int rung = 1;       ///< 1..5, see the recovery ladder
    std::string steps;  ///< one line a step
    microseconds duration{0};
    std::string outcome;            ///< recovered failed refused
    std::string origin = "ladder";  ///< automatic ladder manual
    std::string kind;               ///< the fault that led to it; empty: none
};

/// A token for scripts.
struct TokenRow {
    std::string token_hash;  ///< hex SHA-256 of the token
    std::string name;
    Role role = Role::Viewer;
    WallTime created_at{};
    std::optional<std::int64_t> user_id;   ///< the account it ends with; nothing: made on the command line
    std::string maker;                     ///< who made it; empty: not known any more
    std::optional<WallTime> last_used_at;  ///< to the hour; nothing: never
};

}  // namespace porchlight::store
