/// Store: the event history.
#include <algorithm>
#include <charconv>

#include "store/store_impl.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_EVENT_COLUMNS                                                                          \
    "id, camera_id, state, started_at_us, ended_at_us, clip_started_at_us, clip_ended_at_us, score, "     \
    "area_percent, zone, label, has_thumbnail, is_kept, is_reviewed, note, close_reason, footage_gone_reason"

/// All but the camera's name.
EventRow readRow(const Statement& from) {
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
    return row;
}

template <class Impl>
std::vector<EventRow> readAll(Impl& impl, Statement rows) {
    std::vector<EventRow> out;
    while (rows.step()) {
        out.push_back(readRow(rows));
        out.back().camera = impl.cameraName(rows.integer(1));
    }
    return out;
}

/// Where a page begins: below this (started_at, id).
struct Cursor {
    std::int64_t started_at_us = 0;
    std::string id;
};

std::string formatCursor(const EventRow& last) {
    return std::to_string(last.started_at.time_since_epoch().count()) + "-" + last.id;
}

Cursor parseCursor(const std::string& text) {
    Cursor cursor;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, cursor.started_at_us);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != '-' || end - number.ptr != 17)
        throw Error(ErrorKind::BadData, "event list: the cursor is not one from an earlier page");
    cursor.id.assign(number.ptr + 1, end);
    return cursor;
}

/// The statement for a page. Written per combination of filters, so that each is answered by walking one index.
std::string pageQuery(const EventFilter& filter, bool has_camera) {
    std::string sql = "SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event WHERE started_at_us >= ?1 AND started_at_us < ?2";
    if (has_camera) sql += " AND camera_id = ?3";
    if (!filter.zone.empty()) sql += " AND zone = ?4 AND zone <> ''";
    // Written out, not bound: only so can the partial indexes serve.
    if (filter.is_kept) sql += *filter.is_kept ? " AND is_kept = 1" : " AND is_kept = 0";
    if (filter.is_reviewed) sql += *filter.is_reviewed ? " AND is_reviewed = 1" : " AND is_reviewed = 0";
    if (!filter.cursor.empty()) sql += " AND (started_at_us, id) < (?5, ?6)";
    return sql + " ORDER BY started_at_us DESC, id DESC LIMIT ?7";
}

}  // namespace

void Store::insertEvent(const EventRow& row) {
    const std::int64_t camera = impl_->needCamera(row.camera);
    const DurableWrites durable(impl_->database);
    impl_->database.run("INSERT INTO event (" PORCHLIGHT_EVENT_COLUMNS
                        ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        row.id, camera, std::string_view(nameOf(row.state)), row.started_at, row.ended_at,
                        row.clip_started_at, row.clip_ended_at, row.score, row.area_percent, row.zone, row.label,
                        row.has_thumbnail, row.is_kept, row.is_reviewed, row.note, row.close_reason,
                        row.footage_gone_reason);
}

void Store::updateEvent(const EventRow& row) {
    impl_->database.run(
        "UPDATE event SET state = ?2, started_at_us = ?3, ended_at_us = ?4, clip_started_at_us = ?5,"
        " clip_ended_at_us = ?6, score = ?7, area_percent = ?8, zone = ?9, label = ?10, has_thumbnail = ?11,"
        " close_reason = ?12, footage_gone_reason = CASE footage_gone_reason WHEN '' THEN ?13 ELSE footage_gone_reason END"
        " WHERE id = ?1",
        row.id, std::string_view(nameOf(row.state)), row.started_at, row.ended_at, row.clip_started_at,
        row.clip_ended_at, row.score, row.area_percent, row.zone, row.label, row.has_thumbnail, row.close_reason,
        row.footage_gone_reason);
}

std::optional<EventRow> Store::event(const std::string& id) {
    auto rows = readAll(*impl_, impl_->database.query("SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event WHERE id = ?", id));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

EventPage Store::events(const EventFilter& filter) {
    EventPage page;
    std::optional<std::int64_t> camera;
    if (!filter.camera.empty() && !(camera = impl_->findCamera(filter.camera))) return page;
    const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, 500);
    Statement rows = impl_->database.query(pageQuery(filter, camera.has_value()));
    rows.bind(1, filter.from.value_or(WallTime::min()));
    rows.bind(2, filter.to.value_or(WallTime::max()));
    if (camera) rows.bind(3, *camera);
    if (!filter.zone.empty()) rows.bind(4, filter.zone);
    if (!filter.cursor.empty()) {
        const Cursor cursor = parseCursor(filter.cursor);
        rows.bind(5, cursor.started_at_us);
        rows.bind(6, cursor.id);
    }
    rows.bind(7, static_cast<std::int64_t>(limit) + 1);  // one more tells whether another page follows
    page.events = readAll(*impl_, std::move(rows));
    if (page.events.size() > limit) {
        page.events.pop_back();
        page.next_cursor = formatCursor(page.events.back());
    }
    return page;
}

std::string Store::explainEvents(const EventFilter& filter) {
    std::string plan;
    Statement rows = impl_->database.query("EXPLAIN QUERY PLAN " + pageQuery(filter, !filter.camera.empty()));
    while (rows.step()) plan += rows.text(3) + "\n";
    return plan;
}

std::vector<EventRow> Store::unfinishedEvents() {
    return readAll(*impl_, impl_->database.query("SELECT " PORCHLIGHT_EVENT_COLUMNS " FROM event"
                                                 " WHERE state <> 'closed' OR clip_ended_at_us IS NULL"
                                                 " ORDER BY started_at_us"));
}

void Store::setEventMarks(const std::string& id, std::optional<bool> is_kept, std::optional<bool> is_reviewed,
                          const std::optional<std::string>& note) {
    std::optional<std::int64_t> kept;
    std::optional<std::int64_t> reviewed;
    if (is_kept) kept = *is_kept ? 1 : 0;
    if (is_reviewed) reviewed = *is_reviewed ? 1 : 0;
    std::optional<std::string_view> text;
    if (note) text = *note;
    impl_->database.run("UPDATE event SET is_kept = coalesce(?2, is_kept), is_reviewed = coalesce(?3, is_reviewed),"
                        " note = coalesce(?4, note) WHERE id = ?1",
                        id, kept, reviewed, text);
}

bool Store::deleteEvent(const std::string& id) {
    return impl_->database.run("DELETE FROM event WHERE id = ?", id) > 0;
}

void Store::markFootageGone(const std::string& camera, WallTime from, WallTime to, const std::string& reason) {
    const auto id = impl_->findCamera(camera);
    if (!id) return;
    impl_->database.run("UPDATE event SET footage_gone_reason = ?4 WHERE footage_gone_reason = '' AND camera_id = ?1"
                        " AND clip_started_at_us < ?3 AND clip_started_at_us > ?2 - ?5"
                        " AND (clip_ended_at_us IS NULL OR clip_ended_at_us > ?2)",
                        *id, from, to, reason, kMaxClipUs);
}

}  // namespace porchlight::store
