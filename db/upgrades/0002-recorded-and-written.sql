-- The byte ledger, doubtful clocks, and what is written to disk.
ALTER TABLE recording ADD COLUMN clock_state TEXT NOT NULL DEFAULT 'trusted' CHECK (clock_state IN ('trusted', 'untrusted', 'restamped', 'estimated'));

CREATE INDEX recording_gone ON recording (started_at_us) WHERE gone_reason <> '';
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
CREATE TABLE clock_doubt (
    kind TEXT NOT NULL CHECK (kind IN ('recording', 'event')),
    id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_us INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE clock_step (
    id INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    shift_us INTEGER NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('trusted', 'stepped'))
) STRICT;
CREATE TABLE written (
    day INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('footage', 'database', 'thumbnails', 'log')),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    syncs INTEGER NOT NULL CHECK (syncs >= 0),
    PRIMARY KEY (day, purpose)
) STRICT, WITHOUT ROWID;

INSERT INTO recorded (camera_id, bytes, files)
    SELECT camera_id, sum(bytes), count(*) FROM recording WHERE gone_reason = '' GROUP BY camera_id;
