#include "store/tables/events.h"

#include <algorithm>

#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_EVENT_COLUMNS                                                                      \
    "id, camera_id, state, started_at_us, ended_at_us, clip_started_at_us, clip_ended_at_us, score, " \
    "area_percent, zone, label, has_thumbnail, is_kept, is_reviewed, note, close_reason, "            \
    "footage_gone_reason, removed_at_us"

/// All but the camera's name.
EventRow readEvent(const Statement& from) {
    EventRow row;
    row.id = from.text(0);
    row.state = enumOf(from.text(2), {EventState::Active, EventState::Closing, EventState::Closed});
    row.started_at = from.time(3);
    row.ended_at = from.timeOrNothing(4);
    row.clip_started_at = from.time(5);
    row.clip_ended_at = from.timeOrNothing(6);
    row.score = from.number(7);
    row.area_percent = from.number(8);
    row.zone = from.text(9);
    row.label = from.text(10);
    row.has_thumbnail = from.boolean(11);
    row.is_kept = from.boolean(12);
    row.is_reviewed = from.boolean(13);
    row.note = from.text(14);
    row.close_reason = from.text(15);
    row.footage_gone_reason = from.text(16);
    row.removed_at = from.timeOrNothing(17);
    return row;
}

std::vector<EventRow> readEvents(Connection& connection, Statement rows) {
    std::vector<EventRow> out;
    while (rows.step()) {
        out.push_back(readEvent(rows));
        out.back().camera = connection.cameraName(rows.integer(1));
    }
    return out;
}

}  // namespace

void Events::insert(const EventRow& row, const std::function<void()>& beside) {
    const std::int64_t camera = connection_.needCamera(row.camera);
    const DurableWrites durable(connection_.database);
    Transaction transaction(connection_.database);
    connection_.database.run("INSERT INTO event (" PORCHLIGHT_EVENT_COLUMNS
                             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                             row.id, camera, std::string_view(nameOf(row.state)), row.started_at,
                             row.ended_at, row.clip_started_at, row.clip_ended_at, row.score,
                             row.area_percent, row.zone, row.label, row.has_thumbnail, row.is_kept,
                             row.is_reviewed, row.note, row.close_reason, row.footage_gone_reason);
    if (beside) beside();
    transaction.commit();
}

void Events::update(const EventRow& row) {
    connection_.database.run(
        "UPDATE event SET state = ?2, started_at_us = ?3, ended_at_us = ?4, clip_started_at_us = ?5,"
        " clip_ended_at_us = ?6, score = ?7, area_percent = ?8, zone = ?9, label = ?10,"
        " has_thumbnail = ?11, close_reason = ?12,"
        " footage_gone_reason = CASE footage_gone_reason WHEN '' THEN ?13 ELSE footage_gone_reason END"
        " WHERE id = ?1",
        row.id, std::string_view(nameOf(row.state)), row.started_at, row.ended_at, row.clip_started_at,
        row.clip_ended_at, row.score, row.area_percent, row.zone, row.label, row.has_thumbnail,
        row.close_reason, row.footage_gone_reason);
}

std::optional<EventRow> Events::byId(const std::string& id) {
    auto rows = readEvents(
        connection_,
        connection_.database.query("SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event WHERE id = ?", id));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::vector<EventRow> Events::unfinished() {
    return readEvents(connection_,
                      connection_.database.query("SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event"
                                                 " WHERE state <> 'closed' OR clip_ended_at_us IS NULL"
                                                 " ORDER BY started_at_us"));
}

void Events::setMarks(const std::string& id, std::optional<bool> is_kept, std::optional<bool> is_reviewed,
                      const std::optional<std::string>& note) {
    std::optional<std::int64_t> kept;
    std::optional<std::int64_t> reviewed;
    if (is_kept) kept = *is_kept ? 1 : 0;
    if (is_reviewed) reviewed = *is_reviewed ? 1 : 0;
    std::optional<std::string_view> text;
    if (note) text = *note;
    connection_.database.run(
        "UPDATE event SET is_kept = coalesce(?2, is_kept), is_reviewed = coalesce(?3, is_reviewed),"
        " note = coalesce(?4, note) WHERE id = ?1",
        id, kept, reviewed, text);
}

EventChanges Events::change(const std::vector<std::string>& ids, const EventChange& change) {
    Database& database = connection_.database;
    EventChanges out;
    Transaction transaction(database);
    const auto flag = [](std::optional<bool> is_set) {
        return is_set ? std::optional<std::int64_t>(*is_set ? 1 : 0) : std::nullopt;
    };
    for (const std::string& id : ids) {
        int changed = 0;
        if (change.restore_since)
            changed =
                database.run("UPDATE event SET removed_at_us = NULL WHERE id = ?1 AND removed_at_us >= ?2",
                             id, *change.restore_since);
        else
            changed = database.run(
                "UPDATE event SET is_kept = coalesce(?2, is_kept), is_reviewed = coalesce(?3, is_reviewed),"
                " removed_at_us = ?4 WHERE id = ?1 AND removed_at_us IS NULL"
                " AND (?4 IS NULL OR state = 'closed')",
                id, flag(change.is_kept), flag(change.is_reviewed), change.remove_at);
        const bool is_running =
            changed == 0 && change.remove_at &&
            database.single("SELECT 1 FROM event WHERE id = ? AND state <> 'closed'", id).has_value();
        (changed > 0 ? out.changed : is_running ? out.running : out.missing).push_back(id);
    }
    transaction.commit();
    return out;
}

void Events::moveRemoved(WallTime from, WallTime to, microseconds shift) {
    connection_.database.run(
        "UPDATE event SET removed_at_us = removed_at_us + ?3 WHERE removed_at_us BETWEEN ?1 AND ?2", from, to,
        static_cast<std::int64_t>(shift.count()));
}

std::vector<EventRow> Events::forgetRemoved(WallTime before, std::size_t limit) {
    // Nothing is written, nor a lock taken, as long as nothing is due.
    if (!connection_.database.single("SELECT 1 FROM event WHERE removed_at_us < ?1 LIMIT 1", before))
        return {};
    Transaction transaction(connection_.database);
    auto rows = readEvents(
        connection_, connection_.database.query("SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event"
                                                " WHERE removed_at_us IS NOT NULL AND removed_at_us < ?1"
                                                " ORDER BY removed_at_us LIMIT ?2",
                                                before, static_cast<std::int64_t>(limit)));
    for (const EventRow& row : rows) erase(row.id);
    transaction.commit();
    return rows;
}

std::vector<EventRow> Events::reaching(WallTime at, std::size_t limit) {
    // No event is longer than a clip: without that bound each look would walk over all that ever happened.
    auto rows = readEvents(
        connection_, connection_.database.query(
                         "SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event INDEXED BY event_by_start"
                         " WHERE started_at_us < ?1 AND started_at_us > ?1 - ?2 AND removed_at_us IS NULL"
                         " AND (ended_at_us IS NULL OR ended_at_us > ?1)"
                         " ORDER BY started_at_us DESC, id DESC LIMIT ?3",
                         at, kMaxClipUs, static_cast<std::int64_t>(limit)));
    std::reverse(rows.begin(), rows.end());
    return rows;
}

void Events::erase(const std::string& id) {
    connection_.database.run("DELETE FROM event WHERE id = ?", id);
    connection_.database.run("DELETE FROM clock_doubt WHERE kind = 'event' AND id = ?", id);
}

void Events::markFootageGone(const std::string& camera, WallTime from, WallTime to,
                             const std::string& reason) {
    const auto id = connection_.findCamera(camera);
    if (!id) return;
    connection_.database.run(
        "UPDATE event SET footage_gone_reason = ?4 WHERE footage_gone_reason = '' AND camera_id = ?1"
        " AND clip_started_at_us < ?3 AND clip_started_at_us > ?2 - ?5"
        " AND (clip_ended_at_us IS NULL OR clip_ended_at_us > ?2)",
        *id, from, to, reason, kMaxClipUs);
}

ForgottenEvents Events::forget(WallTime after, WallTime before, std::size_t limit) {
    ForgottenEvents out;
    Transaction transaction(connection_.database);
    {
        Statement rows = connection_.database.query(
            "SELECT id, camera_id, has_thumbnail, started_at_us, is_kept = 0 AND state = 'closed'"
            " FROM event INDEXED BY event_by_start"
            " WHERE started_at_us > ? AND started_at_us < ? ORDER BY started_at_us, id LIMIT ?",
            after, before, static_cast<std::int64_t>(limit));
        for (; rows.step(); ++out.looked_at) {
            out.last_start = rows.time(3);
            if (!rows.boolean(4)) continue;
            EventRow row;
            row.id = rows.text(0);
            row.camera = connection_.cameraName(rows.integer(1));
            row.has_thumbnail = rows.boolean(2);
            out.events.push_back(std::move(row));
        }
    }
    for (const EventRow& row : out.events) erase(row.id);
    transaction.commit();
    return out;
}

}  // namespace porchlight::store
