/// Store: the files on disk.
#include "store/store_impl.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_RECORDING_COLUMNS \
    "id, camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, height_px, has_audio, gone_reason"

/// All but the camera's name.
RecordingRow readRow(const Statement& from) {
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
    return row;
}

template <class Impl>
std::vector<RecordingRow> readAll(Impl& impl, Statement rows) {
    std::vector<RecordingRow> out;
    while (rows.step()) {
        out.push_back(readRow(rows));
        out.back().camera = impl.cameraName(rows.integer(1));
    }
    return out;
}

}  // namespace

std::int64_t Store::insertRecording(const RecordingRow& row) {
    Database& database = impl_->database;
    const std::int64_t camera = impl_->needCamera(row.camera);
    const DurableWrites durable(database);
    database.run(
        "INSERT INTO recording (camera_id, path, started_at_us, ended_at_us, bytes, video, width_px, height_px,"
        " has_audio, gone_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        camera, row.path, row.started_at, row.ended_at, row.bytes, std::string_view(nameOf(row.video)), row.width_px,
        row.height_px, row.has_audio, row.gone_reason);
    return database.lastInsertId();
}

void Store::finishRecording(std::int64_t id, WallTime ended_at, std::uint64_t bytes) {
    // The clock may have stepped back meanwhile: a recording never ends before it began.
    impl_->database.run("UPDATE recording SET ended_at_us = max(?2, started_at_us), bytes = ?3 WHERE id = ?1", id, ended_at,
                        bytes);
}

void Store::markRecordingGone(std::int64_t id, const std::string& reason) {
    impl_->database.run("UPDATE recording SET gone_reason = ?2 WHERE id = ?1", id, reason);
}

std::vector<RecordingRow> Store::openRecordings() {
    return readAll(*impl_, impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording"
                                                 " WHERE gone_reason = '' AND ended_at_us IS NULL ORDER BY id"));
}

std::vector<RecordingRow> Store::recordings(const std::string& camera, WallTime from, WallTime to) {
    const auto id = impl_->findCamera(camera);
    if (!id) return {};
    return readAll(*impl_,
                   impl_->database.query("SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording INDEXED BY recording_existing"
                                         " WHERE gone_reason = '' AND camera_id = ?1 AND started_at_us < ?3"
                                         " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
                                         *id, from, to));
}

std::optional<RecordingRow> Store::oldestRecording() {
    auto rows = readAll(
        *impl_, impl_->database.query(
                    "SELECT " PORCHLIGHT_RECORDING_COLUMNS " FROM recording INDEXED BY recording_oldest"
                    " WHERE gone_reason = '' AND ended_at_us IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event"
                    " WHERE event.is_kept = 1 AND event.camera_id = recording.camera_id"
                    " AND event.clip_started_at_us < recording.ended_at_us"
                    " AND (event.clip_ended_at_us IS NULL OR event.clip_ended_at_us > recording.started_at_us))"
                    " ORDER BY started_at_us, id LIMIT 1"));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

bool Store::knowsRecording(const std::string& path) {
    return impl_->database.single("SELECT 1 FROM recording WHERE path = ?", path).has_value();
}

std::uint64_t Store::recordedBytes() {
    const auto sum = impl_->database.single(
        "SELECT sum(bytes) FROM recording INDEXED BY recording_existing WHERE gone_reason = ''");
    return static_cast<std::uint64_t>(sum.value_or(0));
}

}  // namespace porchlight::store
