-- Step from an empty file to version 1. Frozen; the annotated schema is ../schema.sql.

CREATE TABLE camera (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
    title TEXT NOT NULL
) STRICT;
CREATE TABLE recording (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    path TEXT NOT NULL UNIQUE CHECK (path <> '' AND path NOT LIKE '/%'),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    video TEXT NOT NULL CHECK (video IN ('none', 'h264', 'h265', 'mjpeg')),
    width_px INTEGER NOT NULL CHECK (width_px >= 0),
    height_px INTEGER NOT NULL CHECK (height_px >= 0),
    has_audio INTEGER NOT NULL CHECK (has_audio IN (0, 1)),
    gone_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX recording_existing ON recording (camera_id, started_at_us, ended_at_us, bytes) WHERE gone_reason = '';
CREATE INDEX recording_oldest ON recording (started_at_us, id) WHERE gone_reason = '' AND ended_at_us IS NOT NULL;
CREATE INDEX recording_open ON recording (id) WHERE gone_reason = '' AND ended_at_us IS NULL;
CREATE TABLE event (
    id TEXT PRIMARY KEY CHECK (length(id) = 16 AND id NOT GLOB '*[^0-9a-f]*'),
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    state TEXT NOT NULL CHECK (state IN ('active', 'closing', 'closed')),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),
    clip_started_at_us INTEGER NOT NULL CHECK (clip_started_at_us <= started_at_us),
    clip_ended_at_us INTEGER CHECK (clip_ended_at_us >= clip_started_at_us),
    score REAL NOT NULL,
    area_percent REAL NOT NULL,
    zone TEXT NOT NULL,
    label TEXT NOT NULL,
    has_thumbnail INTEGER NOT NULL CHECK (has_thumbnail IN (0, 1)),
    is_kept INTEGER NOT NULL CHECK (is_kept IN (0, 1)),
    is_reviewed INTEGER NOT NULL CHECK (is_reviewed IN (0, 1)),
    note TEXT NOT NULL,
    close_reason TEXT NOT NULL,
    footage_gone_reason TEXT NOT NULL DEFAULT '',
    CHECK (state <> 'closed' OR ended_at_us IS NOT NULL)
) STRICT;
CREATE INDEX event_by_start ON event (started_at_us, id);
CREATE INDEX event_by_camera ON event (camera_id, started_at_us, id);
CREATE INDEX event_by_zone ON event (zone, started_at_us, id) WHERE zone <> '';
CREATE INDEX event_unreviewed ON event (started_at_us, id) WHERE is_reviewed = 0;
CREATE INDEX event_kept ON event (started_at_us, id) WHERE is_kept = 1;
CREATE INDEX event_kept_clip ON event (camera_id, clip_started_at_us) WHERE is_kept = 1;
CREATE INDEX event_unfinished ON event (started_at_us) WHERE clip_ended_at_us IS NULL;
CREATE INDEX event_footage ON event (camera_id, clip_started_at_us) WHERE footage_gone_reason = '';
CREATE TABLE health (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state <> ''),
    score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
    issue TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX health_by_camera ON health (camera_id, at_us);
CREATE TABLE recovery (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    rung INTEGER NOT NULL CHECK (rung BETWEEN 1 AND 5),
    steps TEXT NOT NULL,
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('recovered', 'failed', 'refused'))
) STRICT;
CREATE INDEX recovery_by_camera ON recovery (camera_id, at_us);
CREATE TABLE coverage (
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us > started_at_us),
    kind TEXT NOT NULL CHECK (kind IN ('recorded', 'gap')),
    cause TEXT NOT NULL,
    CHECK ((kind = 'gap') = (cause <> '')),
    PRIMARY KEY (camera_id, started_at_us)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX coverage_running ON coverage (camera_id) WHERE ended_at_us IS NULL;
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    password_hash TEXT NOT NULL CHECK (password_hash <> ''),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    created_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL CHECK (expires_at_us > created_at_us),
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at_us);
CREATE TABLE api_token (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    user TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    detail TEXT NOT NULL
) STRICT;
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
