/// Store: the files on disk.
#include <algorithm>

#include "base/log.h"
#include "store/store_impl.h"

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

/// In `meta`, of a file that is being deleted: the reason.
constexpr std::string_view kRemoving = "removing/";
std::string removalOf(std::int64_t id) {
    return std::string(kRemoving) + std::to_string(id);
}

template <class Impl>
std::vector<RecordingRow> readRecordings(Impl& impl, Statement rows) {
    std::vector<RecordingRow> out;
    while (rows.step()) {
        out.push_back(readRecording(rows));
        out.back().camera = impl.cameraName(rows.integer(1));
    }
    return out;
}

}  // namespace

std::int64_t Store::insertRecording(const RecordingRow& row, const ClockDoubtRow* doubt) {
    Database& database = impl_->database;
    const std::int64_t camera = impl_->needCamera(row.camera);
    const DurableWrites durable(database);
    Transaction transaction(database);
    database.run(
        "INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, "
        "height_px,"
        " has_audio, gone_reason, clock_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        camera, row.path, row.started_at, row.ended_at, row.bytes, std::string_view(nameOf(row.video)),
        row.width_px, row.height_px, row.has_audio, row.gone_reason, row.clock_state);
    const std::int64_t id = database.lastInsertId();
    if (doubt) insertClockDoubt({"recording", std::to_string(id), doubt->boot_id, doubt->boot_time, {}});
    transaction.commit();
    return id;
}

void Store::finishRecording(std::int64_t id, WallTime ended_at, std::uint64_t bytes) {
    // The clock may have stepped back meanwhile: a recording never ends before it began.
    impl_->database.run("UPDATE recording SET ended_at_us = max(?2, started_at_us), bytes = ?3 WHERE id = ?1",
                        id, ended_at, bytes);
}

void Store::markRecordingGone(std::int64_t id, const std::string& reason) {
    impl_->database.run("UPDATE recording SET gone_reason = ?2 WHERE id = ?1", id, reason);
}

std::vector<RecordingRow> Store::openRecordings() {
    return readRecordings(
        *impl_, impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording"
                                      " WHERE gone_reason = '' AND ended_at_us IS NULL ORDER BY id"));
}

std::vector<RecordingRow> Store::recordings(const std::string& camera, WallTime from, WallTime to) {
    const auto id = impl_->findCamera(camera);
    if (!id) return {};
    return readRecordings(
        *impl_, impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS
                                      " FROM recording INDEXED BY recording_existing"
                                      " WHERE gone_reason = '' AND camera_id = ?1 AND started_at_us < ?3"
                                      " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
                                      *id, from, to));
}

std::optional<RecordingRow> Store::oldestRecording() {
    WallTime after = WallTime::min();
    std::int64_t after_id = 0;
    for (;;) {
        auto candidates = oldestRecordings("", after, after_id, 64);
        if (candidates.empty()) return std::nullopt;
        for (auto& candidate : candidates)
            if (!candidate.is_held) return std::move(candidate.row);
        after = candidates.back().row.started_at;
        after_id = candidates.back().row.id;
    }
}

std::vector<RetentionCandidate> Store::oldestRecordings(const std::string& camera, WallTime after_start,
                                                        std::int64_t after_id, std::size_t limit) {
    std::vector<RetentionCandidate> out;
    std::optional<std::int64_t> camera_id;
    if (!camera.empty() && !(camera_id = impl_->findCamera(camera))) return out;
    // No clip is longer than kMaxClipUs: without that bound each row would cost a walk over all older kept
    // events.
    const std::string held =
        "EXISTS (SELECT 1 FROM event INDEXED BY event_kept_clip WHERE event.is_kept = 1 AND event.camera_id "
        "= recording.camera_id"
        " AND event.clip_started_at_us < recording.ended_at_us AND event.clip_started_at_us > "
        "recording.started_at_us - " +
        std::to_string(kMaxClipUs) +
        " AND (event.clip_ended_at_us IS NULL OR event.clip_ended_at_us > recording.started_at_us))";
    Statement rows = impl_->database.query(
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
        out.back().row.camera = impl_->cameraName(rows.integer(1));
    }
    return out;
}

namespace {

/// Durable: else a power cut would leave a row whose file is gone, and its owner would be told of a loss.
/// False: no space.
bool announceRemoval(Store& store, Database& database, std::int64_t id, const std::string& reason) {
    const DurableWrites durable(database);
    try {
        store.setMeta(removalOf(id), reason);
        return true;
    } catch (const DatabaseError& error) {
        if (error.kind() != ErrorKind::Exhausted) throw;
        return false;
    }
}

/// What stays of it is found at the next start.
void callOff(Store& store, std::int64_t id) noexcept {
    try {
        store.forgetRemoval(id);
    } catch (const std::exception& error) {
        base::logWarning("store", std::string("a deletion that failed: ") + error.what());
    }
}

}  // namespace

void Store::removeRecording(const RecordingRow& row, const std::string& reason,
                            const std::function<void()>& remove_file) {
    const auto enter = [&] {
        markRecordingGone(row.id, reason);
        markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at), reason);
        forgetRemoval(row.id);
    };
    if (announceRemoval(*this, impl_->database, row.id, reason)) {
        try {
            remove_file();
        } catch (...) {
            callOff(*this, row.id);
            throw;
        }
        return atomically(enter);
    }
    // The file makes the space that its row needs.
    const DurableWrites durable(impl_->database);
    atomically([&] {
        enter();
        remove_file();
    });
}

std::vector<std::int64_t> Store::begunRemovals() {
    std::vector<std::int64_t> out;
    Statement rows = impl_->database.query(
        "SELECT CAST(substr(key, length(?1) + 1) AS INTEGER) FROM meta"
        " WHERE key > ?1 AND key < ?1 || char(1114111)",
        kRemoving);
    while (rows.step()) out.push_back(rows.integer(0));
    return out;
}

void Store::forgetRemoval(std::int64_t id) {
    removeMeta(removalOf(id));
}

void Store::moveRecording(std::int64_t id, const std::string& path) {
    const DurableWrites durable(impl_->database);
    impl_->database.run("UPDATE recording SET path = ?2 WHERE id = ?1", id, path);
}

std::vector<RecordingRow> Store::recordingsBelow(const std::string& folder) {
    return readRecordings(
        *impl_, impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS
                                      " FROM recording WHERE path >= ?1 AND path < ?1 || char(1114111)"
                                      " AND gone_reason = '' ORDER BY path",
                                      folder));
}

void Store::reviveRecording(std::int64_t id) {
    Transaction transaction(impl_->database);
    impl_->database.run(
        "UPDATE event SET footage_gone_reason = '' WHERE footage_gone_reason <> '' AND EXISTS (SELECT 1 FROM "
        "recording"
        " WHERE recording.id = ?1 AND recording.gone_reason = event.footage_gone_reason"
        " AND recording.camera_id = event.camera_id AND clip_started_at_us < recording.ended_at_us"
        " AND clip_ended_at_us > recording.started_at_us)"
        " AND camera_id = (SELECT camera_id FROM recording WHERE id = ?1)"
        " AND started_at_us > (SELECT started_at_us FROM recording WHERE id = ?1) - ?2"
        " AND started_at_us < (SELECT ended_at_us FROM recording WHERE id = ?1) + ?2",
        id, kMaxClipUs);
    impl_->database.run("UPDATE recording SET gone_reason = '', ended_at_us = NULL WHERE id = ?", id);
    transaction.commit();
}

void Store::adoptRecordings(const std::vector<RecordingRow>& rows) {
    Transaction transaction(impl_->database);
    for (const RecordingRow& row : rows)
        impl_->database.run(
            "INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, "
            "height_px,"
            " has_audio, gone_reason, clock_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?) ON CONFLICT "
            "(path) DO NOTHING",
            impl_->needCamera(row.camera), row.path, row.started_at, row.ended_at, row.bytes,
            std::string_view(nameOf(row.video)), row.width_px, row.height_px, row.has_audio, row.clock_state);
    transaction.commit();
}

std::vector<RecordingRow> Store::loseRecordings(const std::vector<RecordingRow>& rows) {
    std::vector<RecordingRow> lost;
    atomically([&] {
        for (const RecordingRow& row : rows) {
            const auto removed = meta(removalOf(row.id));
            const std::string reason = removed.value_or("lost");
            const int changed = impl_->database.run(
                "UPDATE recording SET gone_reason = ?2, ended_at_us = coalesce(ended_at_us, started_at_us)"
                " WHERE id = ?1 AND gone_reason = ''",
                row.id, reason);
            if (changed > 0)
                markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at), reason);
            if (removed)
                forgetRemoval(row.id);
            else if (changed > 0)
                lost.push_back(row);
        }
    });
    return lost;
}

std::vector<KnownPath> Store::knownPaths(const std::string& from, const std::string& end, std::size_t limit) {
    std::vector<KnownPath> out;
    Statement rows = impl_->database.query(
        "SELECT id, path, gone_reason FROM recording WHERE path >= ? AND path < ?"
        " ORDER BY path LIMIT ?",
        from, end, static_cast<std::int64_t>(limit));
    while (rows.step()) out.push_back({rows.integer(0), rows.text(1), rows.text(2)});
    return out;
}

std::vector<RecordingRow> Store::existingAfter(std::int64_t id, std::size_t limit) {
    return readRecordings(
        *impl_, impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording NOT INDEXED"
                                      " WHERE id > ? AND gone_reason = '' ORDER BY id LIMIT ?",
                                      id, static_cast<std::int64_t>(limit)));
}

std::optional<RecordingRow> Store::recordingById(std::int64_t id) {
    auto rows = readRecordings(
        *impl_,
        impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording WHERE id = ?", id));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

std::int64_t Store::newestRecordingId() {
    return impl_->database.single("SELECT max(id) FROM recording").value_or(0);
}

std::optional<RecordingRow> Store::recordingAt(const std::string& path) {
    auto rows = readRecordings(
        *impl_,
        impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording WHERE path = ?", path));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

bool Store::knowsRecording(const std::string& path) {
    return impl_->database.single("SELECT 1 FROM recording WHERE path = ?", path).has_value();
}

std::uint64_t Store::recordedBytes() {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(impl_->database.single("SELECT sum(bytes) FROM recorded").value_or(0), 0));
}

std::map<std::string, RecordedTotal> Store::recordedTotals() {
    std::map<std::string, RecordedTotal> out;
    Statement rows = impl_->database.query(
        "SELECT name, max(bytes, 0), max(files, 0) FROM recorded JOIN camera ON camera.id = camera_id");
    while (rows.step())
        out[rows.text(0)] = {static_cast<std::uint64_t>(rows.integer(1)),
                             static_cast<std::uint64_t>(rows.integer(2))};
    return out;
}

std::vector<std::string> Store::checkRecorded(bool repair) {
    std::vector<std::string> out;
    Transaction transaction(impl_->database);
    {
        Statement rows = impl_->database.query(
            "SELECT name, coalesce(recorded.bytes, 0), coalesce(recorded.files, 0), "
            "coalesce(sum(recording.bytes), 0), count(recording.id)"
            " FROM camera LEFT JOIN recorded ON recorded.camera_id = camera.id"
            " LEFT JOIN recording ON recording.camera_id = camera.id AND recording.gone_reason = '' GROUP BY "
            "camera.id");
        while (rows.step())
            if (rows.integer(1) != rows.integer(3) || rows.integer(2) != rows.integer(4))
                out.push_back("byte ledger of " + rows.text(0) + ": it says " + rows.text(2) + " files and " +
                              rows.text(1) + " bytes, the rows say " + rows.text(4) + " and " + rows.text(3));
    }
    if (!repair || out.empty()) return out;
    impl_->database.run("DELETE FROM recorded");
    impl_->database.run(
        "INSERT INTO recorded (camera_id, bytes, files) SELECT camera_id, sum(bytes), count(*) FROM recording"
        " WHERE gone_reason = '' GROUP BY camera_id");
    transaction.commit();
    return out;
}

std::size_t Store::forgetGoneRecordings(WallTime before, std::size_t limit) {
    return static_cast<std::size_t>(impl_->database.run(
        "DELETE FROM recording WHERE id IN (SELECT id FROM recording INDEXED BY recording_gone"
        " WHERE gone_reason <> '' AND started_at_us < ? ORDER BY started_at_us LIMIT ?)",
        before, static_cast<std::int64_t>(limit)));
}

ForgottenEvents Store::forgetEvents(WallTime after, WallTime before, std::size_t limit) {
    ForgottenEvents out;
    Transaction transaction(impl_->database);
    {
        Statement rows = impl_->database.query(
            "SELECT id, camera_id, has_thumbnail, started_at_us, is_kept = 0 AND state = 'closed' FROM event "
            "INDEXED BY event_by_start"
            " WHERE started_at_us > ? AND started_at_us < ? ORDER BY started_at_us, id LIMIT ?",
            after, before, static_cast<std::int64_t>(limit));
        for (; rows.step(); ++out.looked_at) {
            out.last_start = rows.time(3);
            if (!rows.boolean(4)) continue;
            EventRow row;
            row.id = rows.text(0);
            row.camera = impl_->cameraName(rows.integer(1));
            row.has_thumbnail = rows.boolean(2);
            out.events.push_back(std::move(row));
        }
    }
    for (const EventRow& row : out.events) {
        impl_->database.run("DELETE FROM event WHERE id = ?", row.id);
        impl_->database.run("DELETE FROM clock_doubt WHERE kind = 'event' AND id = ?", row.id);
    }
    transaction.commit();
    return out;
}

}  // namespace porchlight::store
