-- Alerts wait on disk until their target has confirmed them.
CREATE TABLE alert_target (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
    dropped INTEGER NOT NULL DEFAULT 0 CHECK (dropped >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_outbox (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL REFERENCES alert_target (name),
    alert_id TEXT NOT NULL CHECK (length(alert_id) BETWEEN 1 AND 40),
    camera TEXT NOT NULL,
    event_id TEXT NOT NULL,
    is_end INTEGER NOT NULL CHECK (is_end IN (0, 1)),
    at_us INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    score REAL NOT NULL,
    zone TEXT NOT NULL,
    has_thumbnail INTEGER NOT NULL CHECK (has_thumbnail IN (0, 1)),
    expires_at_us INTEGER NOT NULL,
    dead_reason TEXT NOT NULL DEFAULT ''
) STRICT;
