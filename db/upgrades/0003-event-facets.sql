-- Undo of deletions; pages of events in bounded time for every combination of filters; search in notes.
ALTER TABLE event ADD COLUMN removed_at_us INTEGER;
DROP INDEX event_by_start;
DROP INDEX event_by_camera;
DROP INDEX event_by_zone;
DROP INDEX event_unreviewed;
DROP INDEX event_kept;
CREATE INDEX event_by_start ON event (started_at_us, id, removed_at_us);
CREATE INDEX event_by_facet ON event (camera_id, zone, label, is_kept, is_reviewed, started_at_us, id, removed_at_us)
    WHERE removed_at_us IS NULL;
CREATE INDEX event_noted ON event (started_at_us, id, camera_id, zone, label, is_kept, is_reviewed, note, removed_at_us)
    WHERE note <> '' AND removed_at_us IS NULL;
CREATE INDEX event_removed ON event (removed_at_us) WHERE removed_at_us IS NOT NULL;
DROP INDEX recording_existing;
CREATE INDEX recording_existing ON recording (camera_id, started_at_us, ended_at_us, bytes, gone_reason) WHERE gone_reason = '';
