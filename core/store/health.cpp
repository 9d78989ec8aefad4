/// Store: health history, recovery attempts and the coverage ledger.
#include "store/store_impl.h"

namespace porchlight::store {

void Store::insertHealth(const HealthRow& row) {
    impl_->database.run("INSERT INTO health (camera_id, at_us, state, score, issue, detail) VALUES (?, ?, ?, ?, ?, ?)",
                        impl_->needCamera(row.camera), row.at, row.state, row.score, row.issue, row.detail);
}

std::vector<HealthRow> Store::health(const std::string& camera, WallTime from, WallTime to, std::size_t limit) {
    std::vector<HealthRow> out;
    const auto id = impl_->findCamera(camera);
    if (!id) return out;
    Statement rows = impl_->database.query(
        "SELECT at_us, state, score, issue, detail FROM health WHERE camera_id = ? AND at_us >= ? AND at_us < ?"
        " ORDER BY at_us DESC, id DESC LIMIT ?", *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({camera, rows.time(0), rows.text(1), static_cast<int>(rows.integer(2)), rows.text(3), rows.text(4)});
    return out;
}

void Store::removeHealthBefore(WallTime before) {
    Transaction transaction(impl_->database);
    impl_->database.run("DELETE FROM health WHERE at_us < ?", before);
    impl_->database.run("DELETE FROM recovery WHERE at_us < ?", before);
    transaction.commit();
}

void Store::insertRecovery(const RecoveryRow& row) {
    impl_->database.run(
        "INSERT INTO recovery (camera_id, at_us, rung, steps, duration_us, outcome) VALUES (?, ?, ?, ?, ?, ?)",
        impl_->needCamera(row.camera), row.at, row.rung, row.steps, static_cast<std::int64_t>(row.duration.count()),
        row.outcome);
}

std::vector<RecoveryRow> Store::recoveries(const std::string& camera, WallTime from, WallTime to, std::size_t limit) {
    std::vector<RecoveryRow> out;
    const auto id = impl_->findCamera(camera);
    if (!id) return out;
    Statement rows = impl_->database.query(
        "SELECT at_us, rung, steps, duration_us, outcome FROM recovery WHERE camera_id = ? AND at_us >= ? AND at_us < ?"
        " ORDER BY at_us DESC, id DESC LIMIT ?", *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({camera, rows.time(0), static_cast<int>(rows.integer(1)), rows.text(2),
                       microseconds(rows.integer(3)), rows.text(4)});
    return out;
}

void Store::appendCoverage(const std::string& camera, WallTime at, bool is_recorded, const std::string& cause) {
    Database& database = impl_->database;
    const std::string_view kind = is_recorded ? "recorded" : "gap";
    const std::int64_t id = impl_->needCamera(camera);
    Transaction transaction(database);
    bool is_first = true;
    WallTime began{};
    {
        Statement running = database.query(
            "SELECT started_at_us, kind, cause FROM coverage WHERE camera_id = ? AND ended_at_us IS NULL", id);
        if (running.step()) {
            if (running.text(1) == kind && running.text(2) == cause) return;
            is_first = false;
            began = running.time(0);
        }
    }
    if (!is_first && at <= began)  // the clock stepped back: the running interval has no length and is replaced
        database.run("UPDATE coverage SET kind = ?2, cause = ?3 WHERE camera_id = ?1 AND ended_at_us IS NULL", id, kind, cause);
    else {
        database.run("UPDATE coverage SET ended_at_us = ?2 WHERE camera_id = ?1 AND ended_at_us IS NULL", id, at);
        database.run("INSERT INTO coverage (camera_id, started_at_us, ended_at_us, kind, cause) VALUES (?, ?, NULL, ?, ?)", id,
                     at, kind, cause);
    }
    transaction.commit();
}

std::vector<CoverageRow> Store::coverage(const std::string& camera, WallTime from, WallTime to) {
    std::vector<CoverageRow> out;
    const auto id = impl_->findCamera(camera);
    if (!id) return out;
    // Contiguous: the interval that holds `from` is the last one that began at or before it.
    Statement rows = impl_->database.query(
        "SELECT started_at_us, ended_at_us, kind, cause FROM coverage WHERE camera_id = ?1 AND started_at_us < ?3"
        " AND started_at_us >= coalesce((SELECT max(started_at_us) FROM coverage WHERE camera_id = ?1"
        " AND started_at_us <= ?2), ?2) AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
        *id, from, to);
    while (rows.step())
        out.push_back({camera, rows.time(0), rows.timeOrNothing(1), rows.text(2) == "recorded", rows.text(3)});
    return out;
}

}  // namespace porchlight::store
