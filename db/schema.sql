-- The database of Porchlight, schema version 7: what a new appliance starts with.
--
-- Times are integer microseconds since 1970-01-01 UTC (`_us`); local time exists only when rendering. Units stand in
-- the names, invariants in CHECK constraints, and each index says which question it answers. All tables are STRICT:
-- SQLite refuses a text where a number belongs.
--
-- This file is the result of all steps in upgrades/, annotated; a test applies them one after the other and compares.
-- To change the schema: change it here, add upgrades/NNNN-what.sql that leads from the version before to this one,
-- never touch an older step. A step runs in one transaction, after a backup was written beside the database.
--
-- Who waits for the disk: rows about footage and accounts are inserted with synchronous FULL (they survive a power
-- cut), everything else with NORMAL (a power cut may take the last moments; the file stays consistent).

-- A camera, known by the name in its configuration file. The row is made on first use and stays while anything
-- refers to it: history outlives a camera that was removed from the configuration.
CREATE TABLE camera (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
    title TEXT NOT NULL
) STRICT;

-- A playable file on disk. Invariant: a row exists only after the file and its folder were synced. A file without a
-- row (power cut) is adopted at start; a row without a file gets a gone_reason and stays, so that the history says why.
-- A path below `.spool/` is in the spool beside the recordings folder: its volume was missing; it is moved later.
-- clock_state says how far started_at_us can be believed: trusted; untrusted (recorded before the clock was set, see
-- clock_doubt); restamped (was untrusted, its true time is known since); estimated (untrusted, of an earlier boot: put
-- behind what was recorded before it).
CREATE TABLE recording (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    path TEXT NOT NULL UNIQUE CHECK (path <> '' AND path NOT LIKE '/%'),  -- relative to the recordings folder
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),             -- null while it is being written
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    video TEXT NOT NULL CHECK (video IN ('none', 'h264', 'h265', 'mjpeg')),
    width_px INTEGER NOT NULL CHECK (width_px >= 0),
    height_px INTEGER NOT NULL CHECK (height_px >= 0),
    has_audio INTEGER NOT NULL CHECK (has_audio IN (0, 1)),
    gone_reason TEXT NOT NULL DEFAULT '',  -- why the file is no more ("age", "bytes", "lost", ...); empty: it exists
    clock_state TEXT NOT NULL DEFAULT 'trusted' CHECK (clock_state IN ('trusted', 'untrusted', 'restamped', 'estimated'))
) STRICT;

-- "Which files hold this camera between two times", and the sum of bytes: answered from the index alone. Retention
-- bounds it (two weeks of one-minute files are 20 000 entries). The condition's column stands at the end because SQLite
-- looks at it in each row: without it the row itself would be read. So it is below for events.
CREATE INDEX recording_existing ON recording (camera_id, started_at_us, ended_at_us, bytes, gone_reason) WHERE gone_reason = '';

-- "Which file is the next to go": oldest first over all cameras.
CREATE INDEX recording_oldest ON recording (started_at_us, id) WHERE gone_reason = '' AND ended_at_us IS NOT NULL;

-- "Which files were being written": at start, after a crash.
CREATE INDEX recording_open ON recording (id) WHERE gone_reason = '' AND ended_at_us IS NULL;

-- Which rows of deleted files are old enough to be forgotten.
CREATE INDEX recording_gone ON recording (started_at_us) WHERE gone_reason <> '';

-- The byte ledger: what each camera's existing files take. Kept by the triggers below, so in the same transaction as
-- the row that is made, ended, marked gone or deleted; nobody else writes it. `porchlight check` adds it up again.
CREATE TABLE recorded (
    camera_id INTEGER PRIMARY KEY REFERENCES camera (id),
    bytes INTEGER NOT NULL,
    files INTEGER NOT NULL
) STRICT;

CREATE TRIGGER recorded_insert AFTER INSERT ON recording WHEN new.gone_reason = '' BEGIN
    INSERT INTO recorded (camera_id, bytes, files) VALUES (new.camera_id, new.bytes, 1)
        ON CONFLICT (camera_id) DO UPDATE SET bytes = bytes + excluded.bytes, files = files + 1;
END;

CREATE TRIGGER recorded_update AFTER UPDATE OF bytes, gone_reason ON recording BEGIN
    UPDATE recorded SET
        bytes = bytes - iif(old.gone_reason = '', old.bytes, 0) + iif(new.gone_reason = '', new.bytes, 0),
        files = files - (old.gone_reason = '') + (new.gone_reason = '')
        WHERE camera_id = new.camera_id;
END;

CREATE TRIGGER recorded_delete AFTER DELETE ON recording WHEN old.gone_reason = '' BEGIN
    UPDATE recorded SET bytes = bytes - old.bytes, files = files - 1 WHERE camera_id = old.camera_id;
END;

-- Rows whose times were taken from a clock that was not trusted yet (no real-time clock, not set). They hold the time
-- since boot, so that the true time can be written as soon as the clock is set during the same boot.
CREATE TABLE clock_doubt (
    kind TEXT NOT NULL CHECK (kind IN ('recording', 'event')),
    id TEXT NOT NULL,                                            -- recording.id or event.id
    boot_id TEXT NOT NULL,
    boot_us INTEGER NOT NULL,                                    -- CLOCK_BOOTTIME at started_at_us (old rows: CLOCK_MONOTONIC)
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Each step of the wall clock that was noticed while running: the clock statement of an evidence pack. A year of them.
CREATE TABLE clock_step (
    id INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,                                      -- by the clock after the step
    shift_us INTEGER NOT NULL,                                   -- positive: set forward
    cause TEXT NOT NULL CHECK (cause IN ('trusted', 'stepped'))  -- trusted: from then on the clock was believed
) STRICT;

-- What was written to disk, for the life of a card: bytes and syncs of a UTC day, by purpose.
CREATE TABLE written (
    day INTEGER NOT NULL,                                        -- days since 1970-01-01
    purpose TEXT NOT NULL CHECK (purpose IN ('footage', 'database', 'thumbnails', 'log')),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    syncs INTEGER NOT NULL CHECK (syncs >= 0),
    PRIMARY KEY (day, purpose)
) STRICT, WITHOUT ROWID;

-- Something happened in front of a camera. Inserted at the first confirmed motion, before anybody is alerted, and
-- durable: an alert always leads to a row. Its clip is the time range clip_started_at_us..clip_ended_at_us of the
-- camera's recordings; no file belongs to an event.
CREATE TABLE event (
    id TEXT PRIMARY KEY CHECK (length(id) = 16 AND id NOT GLOB '*[^0-9a-f]*'),
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    state TEXT NOT NULL CHECK (state IN ('active', 'closing', 'closed')),
    started_at_us INTEGER NOT NULL,                                  -- first confirmed motion
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),        -- last motion; null while it runs
    clip_started_at_us INTEGER NOT NULL CHECK (clip_started_at_us <= started_at_us),  -- start of the pre-roll
    clip_ended_at_us INTEGER CHECK (clip_ended_at_us >= clip_started_at_us),  -- set when the post-roll is on disk
    score REAL NOT NULL,                                             -- best so far
    area_percent REAL NOT NULL,
    zone TEXT NOT NULL,
    label TEXT NOT NULL,
    has_thumbnail INTEGER NOT NULL CHECK (has_thumbnail IN (0, 1)),
    is_kept INTEGER NOT NULL CHECK (is_kept IN (0, 1)),              -- retention leaves its footage alone
    is_reviewed INTEGER NOT NULL CHECK (is_reviewed IN (0, 1)),
    note TEXT NOT NULL,
    close_reason TEXT NOT NULL,
    footage_gone_reason TEXT NOT NULL DEFAULT '',                    -- empty while its footage exists
    removed_at_us INTEGER,                                           -- deleted by its owner then; goes for good 5 min later
    CHECK (state <> 'closed' OR ended_at_us IS NOT NULL)
) STRICT;

-- The event list, newest first, page by page. The pages are cut at (started_at_us, id), so a page costs the same at a
-- million events as at ten. event_by_start serves the list of everything. event_by_facet serves every combination of
-- camera, zone, label, kept and reviewed: the few combinations that occur are found by skipping through it, each of
-- those that fit is a list in order, and a page is their merger (core/store/tables/event_pages.cpp).
CREATE INDEX event_by_start ON event (started_at_us, id, removed_at_us);
CREATE INDEX event_by_facet ON event (camera_id, zone, label, is_kept, is_reviewed, started_at_us, id, removed_at_us)
    WHERE removed_at_us IS NULL;

-- A search in the notes: read from the index alone. Events without a note cost nothing here.
CREATE INDEX event_noted ON event (started_at_us, id, camera_id, zone, label, is_kept, is_reviewed, note, removed_at_us)
    WHERE note <> '' AND removed_at_us IS NULL;

-- Deleted, and not yet gone for good.
CREATE INDEX event_removed ON event (removed_at_us) WHERE removed_at_us IS NOT NULL;

-- "Does this recording hold a kept event" before it is deleted.
CREATE INDEX event_kept_clip ON event (camera_id, clip_started_at_us) WHERE is_kept = 1;

-- "What was going on": at start, after a crash.
CREATE INDEX event_unfinished ON event (started_at_us) WHERE clip_ended_at_us IS NULL;

-- "Whose footage is in this deleted range": footage that went away is marked on its events.
CREATE INDEX event_footage ON event (camera_id, clip_started_at_us) WHERE footage_gone_reason = '';

-- Health history: one row for each change of a camera's state, score or issue.
CREATE TABLE health (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state <> ''),
    score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
    issue TEXT NOT NULL,      -- capture_failure, buffer_error, ...; empty when well
    detail TEXT NOT NULL
) STRICT;

-- The plot of a camera's health between two times.
CREATE INDEX health_by_camera ON health (camera_id, at_us);

-- Every attempt to bring a camera back: the rung of the recovery ladder, what was done, how it went.
CREATE TABLE recovery (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    rung INTEGER NOT NULL CHECK (rung BETWEEN 1 AND 5),
    steps TEXT NOT NULL,                                         -- one line a step
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('recovered', 'failed', 'refused')),
    origin TEXT NOT NULL CHECK (origin IN ('automatic', 'ladder', 'manual')),  -- who began it
    kind TEXT NOT NULL                                           -- the fault that led to it; empty: none
) STRICT;

-- The recovery attempts of a camera between two times.
CREATE INDEX recovery_by_camera ON recovery (camera_id, at_us);

-- From the first failure of a camera until pictures flowed again; one runs per camera at most.
CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),    -- null while it lasts
    kind TEXT NOT NULL CHECK (kind IN ('issue', 'critical')),    -- critical: a person was needed
    issue TEXT NOT NULL,                                         -- the kind of the latest fault
    detail TEXT NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0)
) STRICT;

-- The incidents of a camera between two times.
CREATE INDEX incident_by_camera ON incident (camera_id, started_at_us);
CREATE UNIQUE INDEX incident_running ON incident (camera_id) WHERE ended_at_us IS NULL;

-- The coverage ledger: no unexplained second. For each camera a chain of intervals, recorded or a gap with its cause.
-- Contiguous by construction: an interval begins where the one before ended, and only the newest has no end yet.
CREATE TABLE coverage (
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us > started_at_us),     -- null: still running
    kind TEXT NOT NULL CHECK (kind IN ('recorded', 'gap')),
    cause TEXT NOT NULL,                                         -- of a gap: no_motion, connection_lost, disk_full, ...
    detail TEXT NOT NULL DEFAULT '',                             -- more about the cause: by whom it was disabled
    CHECK ((kind = 'gap') = (cause <> '')),
    PRIMARY KEY (camera_id, started_at_us)                       -- the ledger of a camera between two times
) STRICT, WITHOUT ROWID;

-- One running interval a camera at most.
CREATE UNIQUE INDEX coverage_running ON coverage (camera_id) WHERE ended_at_us IS NULL;

-- An account. There is no default account.
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,                        -- never reused: a session cannot change its owner
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    password_hash TEXT NOT NULL CHECK (password_hash <> ''),     -- Argon2id, crypto_pwhash_str format
    role TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    created_at_us INTEGER NOT NULL
) STRICT;

-- A login. Only a hash of the cookie is stored: whoever reads the database cannot log in with it.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),  -- hex SHA-256
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL CHECK (expires_at_us > created_at_us),
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Ends a user's sessions; clears those that have expired.
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at_us);

-- A token for scripts (Authorization: Bearer). As with sessions only its hash is stored. It ends with the account that made it.
CREATE TABLE api_token (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    created_at_us INTEGER NOT NULL,
    user_id INTEGER REFERENCES user (id) ON DELETE CASCADE,      -- whose it is; null: made on the command line, or before version 6
    maker TEXT NOT NULL DEFAULT '',                              -- who made it, as in audit; empty: not known any more
    last_used_at_us INTEGER                                      -- to the hour; null: never
) STRICT, WITHOUT ROWID;

-- Refused logins, apart from audit: a flood of them pushes out nothing but older ones. The newest 1000.
CREATE TABLE failed_login (
    user TEXT NOT NULL,       -- an account; "unknown" for any other text, which may have been a password
    address TEXT NOT NULL,
    first_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries > 0),
    PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;

-- The newest of them, and which to forget.
CREATE INDEX failed_login_by_time ON failed_login (last_at_us);

-- Who did what: logins, deletions, changes of settings. Read newest first by id.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    user TEXT NOT NULL,       -- a name, not a reference: the log outlives the account; "local" for the command line
    address TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    detail TEXT NOT NULL
) STRICT;

-- "Has this account logged in from there before": such an address is not slowed down by what strangers try.
CREATE INDEX audit_login ON audit (user, address) WHERE action = 'login';

-- What somebody switched at run time, while it says other than the configuration did then. Survives restarts; deleted when it is
-- switched back, or at the first start after the configuration's value was changed.
CREATE TABLE camera_switch (
    camera TEXT NOT NULL,     -- a name, not a reference: a camera may be taken out of the configuration and come back
    key TEXT NOT NULL CHECK (key IN ('enabled', 'detect', 'record')),
    value TEXT NOT NULL CHECK (value <> configured),   -- on, off; of record: off, motion, continuous
    configured TEXT NOT NULL,
    user TEXT NOT NULL,       -- as in audit
    at_us INTEGER NOT NULL,
    PRIMARY KEY (camera, key)
) STRICT, WITHOUT ROWID;

-- Who is told of events: the alert plugins that are configured, set at each start. What goes for want of room is counted.
CREATE TABLE alert_target (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
    dropped INTEGER NOT NULL DEFAULT 0 CHECK (dropped >= 0)
) STRICT, WITHOUT ROWID;

-- What was not delivered yet, or never will be: a row for each alert and target, written in the transaction of the event's row
-- (start) or of its end, gone when the target has confirmed it. In order by id. There is no index: at most 2000 rows a target wait,
-- and each insert then costs one page.
CREATE TABLE alert_outbox (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL REFERENCES alert_target (name),
    alert_id TEXT NOT NULL CHECK (length(alert_id) BETWEEN 1 AND 40),  -- EVENT-start, EVENT-end: what consumers tell doubles by
    camera TEXT NOT NULL,                                        -- a name, not a reference
    event_id TEXT NOT NULL,
    is_end INTEGER NOT NULL CHECK (is_end IN (0, 1)),
    at_us INTEGER NOT NULL,                                      -- when it happened, whenever it is told
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,                                         -- of an end
    score REAL NOT NULL,
    zone TEXT NOT NULL,
    has_thumbnail INTEGER NOT NULL CHECK (has_thumbnail IN (0, 1)),
    expires_at_us INTEGER NOT NULL,                              -- dead from then on
    dead_reason TEXT NOT NULL DEFAULT ''                         -- why it is tried no more; empty while it waits
) STRICT;

-- Small facts: the node id of this appliance, who has the database open; removing/ID: the file of that recording is being
-- deleted, and why.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
