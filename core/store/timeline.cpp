/// Store: the quick looks along time that a timeline is drawn from.
#include "store/store_impl.h"

namespace porchlight::store {

void Store::visitRecordings(const std::string& camera, WallTime from, WallTime to,
                            const RecordingVisit& visit) {
    const auto id = impl_->findCamera(camera);
    if (!id) return;
    // Files of a camera follow each other: what still runs at `from` is among the last that began before it.
    // Eight, for a clock that was set back meanwhile.
    Statement rows = impl_->database.query(
        "SELECT started_at_us, ended_at_us, bytes FROM recording INDEXED BY recording_existing WHERE "
        "gone_reason = ''"
        " AND camera_id = ?1 AND started_at_us < ?3 AND started_at_us >= coalesce((SELECT min(started_at_us) "
        "FROM"
        " (SELECT started_at_us FROM recording INDEXED BY recording_existing WHERE gone_reason = '' AND "
        "camera_id = ?1"
        " AND started_at_us <= ?2 ORDER BY started_at_us DESC LIMIT 8)), ?2)"
        " AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
        *id, from, to);
    while (rows.step())
        visit(rows.time(0), rows.timeOrNothing(1), static_cast<std::uint64_t>(rows.integer(2)));
}

void Store::visitCoverage(const std::string& camera, WallTime from, WallTime to, const CoverageVisit& visit) {
    const auto id = impl_->findCamera(camera);
    if (!id) return;
    Statement rows = impl_->database.query(
        "SELECT started_at_us, ended_at_us, cause FROM coverage WHERE camera_id = ?1 AND started_at_us < ?3"
        " AND started_at_us >= coalesce((SELECT max(started_at_us) FROM coverage WHERE camera_id = ?1"
        " AND started_at_us <= ?2), ?2) AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
        *id, from, to);
    while (rows.step()) visit(rows.time(0), rows.timeOrNothing(1), rows.view(2));
}

}  // namespace porchlight::store
