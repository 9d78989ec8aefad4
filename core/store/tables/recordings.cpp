#include "store/tables/recordings.h"

#include <algorithm>

#include "store/tables/clocks.h"
#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_RECORDING_COLUMNS                                                                  \
    "id, camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, height_px, has_audio, " \
    "gone_reason, clock_state"

/// All but the camera's name.
RecordingRow readRecording(const Statement& from) {
    RecordingRow row;
    row.id = from.integer(0);
    row.path = from.text(2);
    row.started_at = from.time(3);
    row.ended_at = from.timeOrNothing(4);
    row.bytes = static_cast<std::uint64_t>(from.integer(5));
    row.video = enumOf(from.text(6), {Codec::None, Codec::H264, Codec::H265, Codec::Mjpeg});
    row.width_px = static_cast<int>(from.integer(7));
    row.height_px = static_cast<int>(from.integer(8));
    row.has_audio = from.boolean(9);
    row.gone_reason = from.text(10);
    row.clock_state = from.text(11);
    return row;
}

std::vector<RecordingRow> readRecordings(Connection& connection, Statement rows) {
    std::vector<RecordingRow> out;
    while (rows.step()) {
        out.push_back(readRecording(rows));
        out.back().camera = connection.cameraName(rows.integer(1));
    }
    return out;
}

}  // namespace

std::int64_t Recordings::insert(const RecordingRow& row, const ClockDoubtRow* doubt) {
    Database& database = connection_.database;
    const std::int64_t camera = connection_.needCamera(row.camera);
    const DurableWrites durable(database);
    Transaction transaction(database);
    database.run(
        "INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px,"
        " height_px, has_audio, gone_reason, clock_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        camera, row.path, row.started_at, row.ended_at, row.bytes, std::string_view(nameOf(row.video)),
        row.width_px, row.height_px, row.has_audio, row.gone_reason, row.clock_state);
    const std::int64_t id = database.lastInsertId();
    if (doubt)
        Clocks(connection_)
            .insertDoubt({"recording", std::to_string(id), doubt->boot_id, doubt->boot_time, {}});
    transaction.commit();
    return id;
}

void Recordings::finish(std::int64_t id, WallTime ended_at, std::uint64_t bytes) {
    // The clock may have stepped back meanwhile: a recording never ends before it began.
    connection_.database.run(
        "UPDATE recording SET ended_at_us = max(?2, started_at_us), bytes = ?3 WHERE id = ?1", id, ended_at,
        bytes);
}

void Recordings::markGone(std::int64_t id, const std::string& reason) {
    connection_.database.run("UPDATE recording SET gone_reason = ?2 WHERE id = ?1", id, reason);
}

std::vector<RecordingRow> Recordings::unfinished() {
    return readRecordings(connection_, connection_.database.query(
                                           "SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording"
                                           " WHERE gone_reason = '' AND ended_at_us IS NULL ORDER BY id"));
}

std::vector<RecordingRow> Recordings::overlapping(const std::string& camera, WallTime from, WallTime to) {
    const auto id = connection_.findCamera(camera);
    if (!id) return {};
    return readRecordings(
        connection_,
        connection_.database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS
                                   " FROM recording INDEXED BY recording_existing"
                                   " WHERE gone_reason = '' AND camera_id = ?1 AND started_at_us < ?3"
                                   " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
                                   *id, from, to));
}

std::optional<RecordingRow> Recordings::anyFinished(const std::string& camera, WallTime from, WallTime to,
                                                    microseconds least, bool wants_newest) {
    const auto id = connection_.findCamera(camera);
    if (!id) return std::nullopt;
    const std::string order = wants_newest ? "started_at_us DESC" : "random()";
    auto rows = readRecordings(
        connection_,
        connection_.database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS
                                   " FROM recording INDEXED BY recording_existing"
                                   " WHERE gone_reason = '' AND camera_id = ?1 AND started_at_us > ?2"
                                   " AND started_at_us < ?3 AND ended_at_us >= started_at_us + ?4"
                                   " AND bytes > 0 AND path NOT LIKE '.spool/%' ORDER BY " +
                                       order + " LIMIT 1",
                                   *id, from, to, static_cast<std::int64_t>(least.count())));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::vector<RetentionCandidate> Recordings::oldest(const std::string& camera, WallTime after_start,
                                                   std::int64_t after_id, std::size_t limit) {
    std::vector<RetentionCandidate> out;
    std::optional<std::int64_t> camera_id;
    if (!camera.empty() && !(camera_id = connection_.findCamera(camera))) return out;
    // No clip is longer than kMaxClipUs: without that bound each row would cost a walk over all older kept
    // events.
    const std::string held =
        "EXISTS (SELECT 1 FROM event INDEXED BY event_kept_clip"
        " WHERE event.is_kept = 1 AND event.camera_id = recording.camera_id"
        " AND event.clip_started_at_us < recording.ended_at_us"
        " AND event.clip_started_at_us > recording.started_at_us - " +
        std::to_string(kMaxClipUs) +
        " AND (event.clip_ended_at_us IS NULL OR event.clip_ended_at_us > recording.started_at_us))";
    Statement rows = connection_.database.query(
        "SELECT " PORCHLIGHT_RECORDING_COLUMNS ", " + held + " FROM recording INDEXED BY " +
        (camera_id ? "recording_existing" : "recording_oldest") +
        " WHERE gone_reason = '' AND ended_at_us IS NOT NULL AND (started_at_us, id) > (?1, ?2)" +
        (camera_id ? " AND camera_id = ?3" : "") + " ORDER BY started_at_us, id LIMIT ?4");
    rows.bind(1, after_start);
    rows.bind(2, after_id);
    if (camera_id) rows.bind(3, *camera_id);
    rows.bind(4, static_cast<std::int64_t>(limit));
    while (rows.step()) {
        out.push_back({readRecording(rows), rows.boolean(12)});
        out.back().row.camera = connection_.cameraName(rows.integer(1));
    }
    return out;
}

void Recordings::move(std::int64_t id, const std::string& path) {
    const DurableWrites durable(connection_.database);
    connection_.database.run("UPDATE recording SET path = ?2 WHERE id = ?1", id, path);
}

std::vector<RecordingRow> Recordings::below(const std::string& folder) {
    return readRecordings(connection_, connection_.database.query(
                                           "SELECT " PORCHLIGHT_RECORDING_COLUMNS
                                           " FROM recording WHERE path >= ?1 AND path < ?1 || char(1114111)"
                                           " AND gone_reason = '' ORDER BY path",
                                           folder));
}

void Recordings::revive(std::int64_t id) {
    Transaction transaction(connection_.database);
    connection_.database.run(
        "UPDATE event SET footage_gone_reason = '' WHERE footage_gone_reason <> '' AND EXISTS"
        " (SELECT 1 FROM recording"
        " WHERE recording.id = ?1 AND recording.gone_reason = event.footage_gone_reason"
        " AND recording.camera_id = event.camera_id AND clip_started_at_us < recording.ended_at_us"
        " AND clip_ended_at_us > recording.started_at_us)"
        " AND camera_id = (SELECT camera_id FROM recording WHERE id = ?1)"
        " AND started_at_us > (SELECT started_at_us FROM recording WHERE id = ?1) - ?2"
        " AND started_at_us < (SELECT ended_at_us FROM recording WHERE id = ?1) + ?2",
        id, kMaxClipUs);
    connection_.database.run("UPDATE recording SET gone_reason = '', ended_at_us = NULL WHERE id = ?", id);
    transaction.commit();
}

void Recordings::adopt(const std::vector<RecordingRow>& rows) {
    Transaction transaction(connection_.database);
    for (const RecordingRow& row : rows)
        connection_.database.run(
            "INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px,"
            " height_px, has_audio, gone_reason, clock_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)"
            " ON CONFLICT (path) DO NOTHING",
            connection_.needCamera(row.camera), row.path, row.started_at, row.ended_at, row.bytes,
            std::string_view(nameOf(row.video)), row.width_px, row.height_px, row.has_audio, row.clock_state);
    transaction.commit();
}

std::vector<KnownPath> Recordings::knownPaths(const std::string& from, const std::string& end,
                                              std::size_t limit) {
    std::vector<KnownPath> out;
    Statement rows = connection_.database.query(
        "SELECT id, path, gone_reason FROM recording WHERE path >= ? AND path < ?"
        " ORDER BY path LIMIT ?",
        from, end, static_cast<std::int64_t>(limit));
    while (rows.step()) out.push_back({rows.integer(0), rows.text(1), rows.text(2)});
    return out;
}

std::vector<RecordingRow> Recordings::existingAfter(std::int64_t id, std::size_t limit) {
    return readRecordings(
        connection_,
        connection_.database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording NOT INDEXED"
                                   " WHERE id > ? AND gone_reason = '' ORDER BY id LIMIT ?",
                                   id, static_cast<std::int64_t>(limit)));
}

std::optional<RecordingRow> Recordings::byId(std::int64_t id) {
    auto rows = readRecordings(
        connection_, connection_.database.query(
                         "SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording WHERE id = ?", id));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::int64_t Recordings::newestId() {
    return connection_.database.single("SELECT max(id) FROM recording").value_or(0);
}

std::optional<RecordingRow> Recordings::at(const std::string& path) {
    auto rows = readRecordings(
        connection_, connection_.database.query(
                         "SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording WHERE path = ?", path));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

bool Recordings::knows(const std::string& path) {
    return connection_.database.single("SELECT 1 FROM recording WHERE path = ?", path).has_value();
}

std::uint64_t Recordings::bytes() {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(
        connection_.database.single("SELECT sum(bytes) FROM recorded").value_or(0), 0));
}

std::map<std::string, RecordedTotal> Recordings::totals() {
    std::map<std::string, RecordedTotal> out;
    Statement rows = connection_.database.query(
        "SELECT name, max(bytes, 0), max(files, 0) FROM recorded JOIN camera ON camera.id = camera_id");
    while (rows.step())
        out[rows.text(0)] = {static_cast<std::uint64_t>(rows.integer(1)),
                             static_cast<std::uint64_t>(rows.integer(2))};
    return out;
}

std::vector<std::string> Recordings::checkTotals(bool repair) {
    std::vector<std::string> out;
    Transaction transaction(connection_.database);
    {
        Statement rows = connection_.database.query(
            "SELECT name, coalesce(recorded.bytes, 0), coalesce(recorded.files, 0),"
            " coalesce(sum(recording.bytes), 0), count(recording.id)"
            " FROM camera LEFT JOIN recorded ON recorded.camera_id = camera.id"
            " LEFT JOIN recording ON recording.camera_id = camera.id AND recording.gone_reason = ''"
            " GROUP BY camera.id");
        while (rows.step())
            if (rows.integer(1) != rows.integer(3) || rows.integer(2) != rows.integer(4))
                out.push_back("byte ledger of " + rows.text(0) + ": it says " + rows.text(2) + " files and " +
                              rows.text(1) + " bytes, the rows say " + rows.text(4) + " and " + rows.text(3));
    }
    if (!repair || out.empty()) return out;
    connection_.database.run("DELETE FROM recorded");
    connection_.database.run(
        "INSERT INTO recorded (camera_id, bytes, files) SELECT camera_id, sum(bytes), count(*) FROM recording"
        " WHERE gone_reason = '' GROUP BY camera_id");
    transaction.commit();
    return out;
}

void Recordings::visit(const std::string& camera, WallTime from, WallTime to, const Visit& visit) {
    const auto id = connection_.findCamera(camera);
    if (!id) return;
    // Files of a camera follow each other: what still runs at `from` is among the last that began before it.
    // Eight, for a clock that was set back meanwhile.
    Statement rows = connection_.database.query(
        "SELECT started_at_us, ended_at_us, bytes FROM recording INDEXED BY recording_existing"
        " WHERE gone_reason = ''"
        " AND camera_id = ?1 AND started_at_us < ?3"
        " AND started_at_us >= coalesce((SELECT min(started_at_us) FROM"
        " (SELECT started_at_us FROM recording INDEXED BY recording_existing"
        " WHERE gone_reason = '' AND camera_id = ?1"
        " AND started_at_us <= ?2 ORDER BY started_at_us DESC LIMIT 8)), ?2)"
        " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
        *id, from, to);
    while (rows.step())
        visit(rows.time(0), rows.timeOrNothing(1), static_cast<std::uint64_t>(rows.integer(2)));
}

std::optional<WallTime> Recordings::newestTime() {
    const auto newest = connection_.database.single(
        "SELECT max(newest) FROM (SELECT (SELECT max(started_at_us)"
        " FROM recording INDEXED BY recording_existing WHERE gone_reason = ''"
        " AND camera_id = camera.id AND clock_state <> 'untrusted') AS newest FROM camera)");
    if (!newest) return std::nullopt;
    return WallTime(microseconds(*newest));
}

std::optional<WallTime> Recordings::start(const std::string& camera) {
    const auto id = connection_.findCamera(camera);
    if (!id) return std::nullopt;
    const auto existing = connection_.database.single(
        "SELECT min(started_at_us) FROM recording INDEXED BY recording_existing"
        " WHERE gone_reason = '' AND camera_id = ?",
        *id);
    const auto gone = connection_.database.single(
        "SELECT started_at_us FROM recording INDEXED BY recording_gone WHERE gone_reason <> ''"
        " AND camera_id = ? ORDER BY started_at_us LIMIT 1",
        *id);
    if (!existing && !gone) return std::nullopt;
    return WallTime(microseconds(std::min(existing.value_or(kForeverUs), gone.value_or(kForeverUs))));
}

std::vector<std::pair<WallTime, WallTime>> Recordings::spans(const std::string& camera, WallTime from,
                                                             WallTime to, const base::Cancel& cancel) {
    std::vector<std::pair<WallTime, WallTime>> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    // No recording is longer than a week: without that bound each call would read all that the camera ever
    // recorded.
    const std::string within =
        " AND camera_id = ?1 AND started_at_us < ?3 AND started_at_us > ?2 - 604800000000"
        " AND (ended_at_us IS NULL OR ended_at_us > ?2)";
    Statement rows = connection_.database.query(
        "SELECT started_at_us, ended_at_us FROM recording INDEXED BY recording_existing"
        " WHERE gone_reason = ''" +
            within +
            " UNION ALL SELECT started_at_us, ended_at_us FROM recording INDEXED BY recording_gone"
            " WHERE gone_reason <> ''" +
            within + " ORDER BY 1",
        *id, from, to);
    while (rows.step()) {
        cancel.check();
        out.emplace_back(rows.time(0), rows.timeOrNothing(1).value_or(to));
    }
    return out;
}

}  // namespace porchlight::store
