#include "store/tables/health.h"

#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

constexpr microseconds kSameIncident{60'000'000};  // troubles this close to each other are one incident

/// Rows of earlier versions call all that only the owner can put right auth_refused; their text knows better.
std::string trueName(std::string fault, const std::string& text) {
    if (fault != "auth_refused" || text.empty() || text.find("refus") != std::string::npos) return fault;
    const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
    if (says("(404)") || says("no such file") || says("unknown host")) return "not_found";
    return says("not supported") || says("; set the camera to") ? "not_supported" : "misconfigured";
}

}  // namespace

void Health::insert(const HealthRow& row) {
    connection_.database.run(
        "INSERT INTO health (camera_id, at_us, state, score, issue, detail) VALUES (?, ?, ?, ?, ?, ?)",
        connection_.needCamera(row.camera), row.at, row.state, row.score, row.issue, row.detail);
}

std::vector<HealthRow> Health::between(const std::string& camera, WallTime from, WallTime to,
                                       std::size_t limit) {
    std::vector<HealthRow> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    Statement rows = connection_.database.query(
        "SELECT at_us, state, score, issue, detail FROM health"
        " WHERE camera_id = ? AND at_us >= ? AND at_us < ?"
        " ORDER BY at_us DESC, id DESC LIMIT ?",
        *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({camera, rows.time(0), rows.text(1), static_cast<int>(rows.integer(2)),
                       trueName(rows.text(3), rows.text(4)), rows.text(4)});
    return out;
}

void Health::insertRecovery(const RecoveryRow& row) {
    connection_.database.run(
        "INSERT INTO recovery (camera_id, at_us, rung, steps, duration_us, outcome, origin, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        connection_.needCamera(row.camera), row.at, row.rung, row.steps,
        static_cast<std::int64_t>(row.duration.count()), row.outcome, row.origin, row.kind);
}

std::vector<RecoveryRow> Health::recoveries(const std::string& camera, WallTime from, WallTime to,
                                            std::size_t limit) {
    std::vector<RecoveryRow> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    Statement rows = connection_.database.query(
        "SELECT at_us, rung, steps, duration_us, outcome, origin, kind FROM recovery"
        " WHERE camera_id = ? AND at_us >= ? AND at_us < ?"
        " ORDER BY at_us DESC, id DESC LIMIT ?",
        *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({camera, rows.time(0), static_cast<int>(rows.integer(1)), rows.text(2),
                       microseconds(rows.integer(3)), rows.text(4), rows.text(5),
                       trueName(rows.text(6), rows.text(2))});
    return out;
}

void Incidents::note(const IncidentRow& row) {
    Database& database = connection_.database;
    const std::int64_t camera = connection_.needCamera(row.camera);
    // A camera that comes and goes has one incident, not thousands.
    database.run(
        "UPDATE incident SET ended_at_us = NULL WHERE id = (SELECT id FROM incident WHERE camera_id = ?1"
        " ORDER BY started_at_us DESC, id DESC LIMIT 1) AND ended_at_us > ?2",
        camera, row.started_at - kSameIncident);
    const int known = database.run(
        "UPDATE incident SET kind = CASE WHEN kind = 'critical' THEN kind ELSE ?2 END,"
        " issue = ?3, detail = ?4, failures = max(failures, ?5)"
        " WHERE camera_id = ?1 AND ended_at_us IS NULL",
        camera, row.kind, row.issue, row.detail, row.failures);
    if (known > 0) return;
    database.run(
        "INSERT INTO incident (camera_id, started_at_us, ended_at_us, kind, issue, detail, failures)"
        " VALUES (?, ?, NULL, ?, ?, ?, ?)",
        camera, row.started_at, row.kind, row.issue, row.detail, row.failures);
}

void Incidents::end(const std::string& camera, WallTime at, std::int64_t failures) {
    connection_.database.run(
        "UPDATE incident SET ended_at_us = max(started_at_us, ?2), failures = max(failures, ?3)"
        " WHERE camera_id = ?1 AND ended_at_us IS NULL",
        connection_.needCamera(camera), at, failures);
}

std::vector<IncidentRow> Incidents::between(const std::string& camera, WallTime from, WallTime to,
                                            std::size_t limit) {
    std::vector<IncidentRow> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    Statement rows = connection_.database.query(
        "SELECT started_at_us, ended_at_us, kind, issue, detail, failures FROM incident WHERE camera_id = ?1 "
        "AND started_at_us < ?3"
        " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us DESC, id DESC LIMIT ?4",
        *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({camera, rows.time(0), rows.timeOrNothing(1), rows.text(2),
                       trueName(rows.text(3), rows.text(4)), rows.text(4), rows.integer(5)});
    return out;
}

std::int64_t Incidents::count(const std::string& camera, WallTime since) {
    const auto id = connection_.findCamera(camera);
    if (!id) return 0;
    return connection_.database
        .single("SELECT count(*) FROM incident WHERE camera_id = ? AND started_at_us >= ?", *id, since)
        .value_or(0);
}

}  // namespace porchlight::store
