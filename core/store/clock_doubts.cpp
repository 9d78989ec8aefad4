/// Store: rows stamped by a clock that was not trusted, steps of the clock, and what was written to disk.
#include "store/store_impl.h"

namespace porchlight::store {
namespace {

constexpr microseconds kStepMemory = std::chrono::days(366);
constexpr std::int64_t kWrittenMemoryDays = 366;

}  // namespace

void Store::insertClockDoubt(const ClockDoubtRow& row) {
    impl_->database.run("INSERT OR REPLACE INTO clock_doubt (kind, id, boot_id, boot_us) VALUES (?, ?, ?, ?)",
                        row.kind, row.id, row.boot_id, static_cast<std::int64_t>(row.boot_time.count()));
}

std::vector<ClockDoubtRow> Store::clockDoubts() {
    std::vector<ClockDoubtRow> out;
    Statement rows = impl_->database.query(
        "SELECT kind, clock_doubt.id, boot_id, boot_us, recording.started_at_us FROM clock_doubt"
        " JOIN recording ON kind = 'recording' AND recording.id = CAST(clock_doubt.id AS INTEGER)"
        " UNION ALL SELECT kind, clock_doubt.id, boot_id, boot_us, event.started_at_us FROM clock_doubt"
        " JOIN event ON kind = 'event' AND event.id = clock_doubt.id");
    while (rows.step())
        out.push_back(
            {rows.text(0), rows.text(1), rows.text(2), microseconds(rows.integer(3)), rows.time(4)});
    return out;
}

std::pair<WallTime, std::optional<WallTime>> Store::doubtfulBoot(const std::string& boot_id) {
    std::optional<std::int64_t> first_id;
    WallTime began_at{};
    {
        Statement first = impl_->database.query(
            "SELECT recording.id, recording.started_at_us FROM clock_doubt JOIN recording ON recording.id = "
            "CAST(clock_doubt.id AS INTEGER)"
            " WHERE kind = 'recording' AND boot_id = ? ORDER BY recording.id LIMIT 1",
            boot_id);
        if (!first.step()) return {began_at, std::nullopt};
        first_id = first.integer(0);
        began_at = first.time(1);
    }
    const auto before = impl_->database.single(
        "SELECT max(ended_at_us) FROM recording WHERE id < ? AND clock_state <> 'untrusted'", *first_id);
    if (!before) return {began_at, std::nullopt};
    return {began_at, WallTime(microseconds(*before))};
}

void Store::restamp(const ClockDoubtRow& doubt, microseconds shift, const std::string& clock_state) {
    const auto shift_us = static_cast<std::int64_t>(shift.count());
    Transaction transaction(impl_->database);
    if (doubt.kind == "recording")
        impl_->database.run(
            "UPDATE recording SET started_at_us = started_at_us + ?2, ended_at_us = ended_at_us + ?2, "
            "clock_state = ?3"
            " WHERE id = CAST(?1 AS INTEGER)",
            doubt.id, shift_us, clock_state);
    else
        impl_->database.run(
            "UPDATE event SET started_at_us = started_at_us + ?2, ended_at_us = ended_at_us + ?2,"
            " clip_started_at_us = clip_started_at_us + ?2, clip_ended_at_us = clip_ended_at_us + ?2 WHERE "
            "id = ?1",
            doubt.id, shift_us);
    if (clock_state != "untrusted")
        impl_->database.run("DELETE FROM clock_doubt WHERE kind = ? AND id = ?", doubt.kind, doubt.id);
    transaction.commit();
}

void Store::insertClockStep(const ClockStepRow& row) {
    impl_->database.run("INSERT INTO clock_step (at_us, shift_us, cause) VALUES (?, ?, ?)", row.at,
                        static_cast<std::int64_t>(row.shift.count()), row.cause);
    impl_->database.run("DELETE FROM clock_step WHERE at_us < ?", row.at - kStepMemory);
}

std::vector<ClockStepRow> Store::clockSteps(WallTime from, WallTime to) {
    std::vector<ClockStepRow> out;
    Statement rows = impl_->database.query(
        "SELECT at_us, shift_us, cause FROM clock_step WHERE at_us >= ? AND at_us < ? ORDER BY at_us, id",
        from, to);
    while (rows.step()) out.push_back({rows.time(0), microseconds(rows.integer(1)), rows.text(2)});
    return out;
}

std::optional<WallTime> Store::newestTime() {
    const auto newest = impl_->database.single(
        "SELECT max(newest) FROM (SELECT (SELECT max(started_at_us) FROM recording INDEXED BY "
        "recording_existing WHERE gone_reason = ''"
        " AND camera_id = camera.id AND clock_state <> 'untrusted') AS newest FROM camera)");
    if (!newest) return std::nullopt;
    return WallTime(microseconds(*newest));
}

void Store::addWritten(const std::vector<WrittenRow>& rows) {
    Transaction transaction(impl_->database);
    for (const WrittenRow& row : rows) {
        impl_->database.run(
            "INSERT INTO written (day, purpose, bytes, syncs) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (day, "
            "purpose)"
            " DO UPDATE SET bytes = bytes + ?3, syncs = syncs + ?4",
            row.day, row.purpose, row.bytes, row.syncs);
        impl_->database.run("DELETE FROM written WHERE day < ?", row.day - kWrittenMemoryDays);
    }
    transaction.commit();
}

std::vector<WrittenRow> Store::written(std::int64_t from_day) {
    std::vector<WrittenRow> out;
    Statement rows = impl_->database.query(
        "SELECT day, purpose, bytes, syncs FROM written WHERE day >= ? ORDER BY day, purpose", from_day);
    while (rows.step())
        out.push_back({rows.integer(0), rows.text(1), static_cast<std::uint64_t>(rows.integer(2)),
                       static_cast<std::uint64_t>(rows.integer(3))});
    return out;
}

}  // namespace porchlight::store
