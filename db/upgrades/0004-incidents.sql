-- Incidents, and who caused a gap.
CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us >= started_at_us),
    kind TEXT NOT NULL CHECK (kind IN ('issue', 'critical')),
    issue TEXT NOT NULL,
    detail TEXT NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0)
) STRICT;
CREATE INDEX incident_by_camera ON incident (camera_id, started_at_us);
CREATE UNIQUE INDEX incident_running ON incident (camera_id) WHERE ended_at_us IS NULL;

DROP TABLE recovery;  -- nothing was written to these two by versions with an older schema
CREATE TABLE recovery (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    rung INTEGER NOT NULL CHECK (rung BETWEEN 1 AND 5),
    steps TEXT NOT NULL,
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('recovered', 'failed', 'refused')),
    origin TEXT NOT NULL CHECK (origin IN ('automatic', 'ladder', 'manual')),
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX recovery_by_camera ON recovery (camera_id, at_us);

DROP TABLE coverage;
CREATE TABLE coverage (
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER CHECK (ended_at_us > started_at_us),
    kind TEXT NOT NULL CHECK (kind IN ('recorded', 'gap')),
    cause TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    CHECK ((kind = 'gap') = (cause <> '')),
    PRIMARY KEY (camera_id, started_at_us)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX coverage_running ON coverage (camera_id) WHERE ended_at_us IS NULL;
