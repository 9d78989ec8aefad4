#include "store/tables/clocks.h"

#include "store/tables/connection.h"

namespace porchlight::store {
namespace {

constexpr microseconds kStepMemory = std::chrono::days(366);

}  // namespace

void Clocks::insertDoubt(const ClockDoubtRow& row) {
    connection_.database.run(
        "INSERT OR REPLACE INTO clock_doubt (kind, id, boot_id, boot_us) VALUES (?, ?, ?, ?)", row.kind,
        row.id, row.boot_id, static_cast<std::int64_t>(row.boot_time.count()));
}

std::vector<ClockDoubtRow> Clocks::doubts() {
    std::vector<ClockDoubtRow> out;
    Statement rows = connection_.database.query(
        "SELECT kind, clock_doubt.id, boot_id, boot_us, recording.started_at_us FROM clock_doubt"
        " JOIN recording ON kind = 'recording' AND recording.id = CAST(clock_doubt.id AS INTEGER)"
        " UNION ALL SELECT kind, clock_doubt.id, boot_id, boot_us, event.started_at_us FROM clock_doubt"
        " JOIN event ON kind = 'event' AND event.id = clock_doubt.id");
    while (rows.step())
        out.push_back(
            {rows.text(0), rows.text(1), rows.text(2), microseconds(rows.integer(3)), rows.time(4)});
    return out;
}

std::pair<WallTime, std::optional<WallTime>> Clocks::doubtfulBoot(const std::string& boot_id) {
    std::optional<std::int64_t> first_id;
    WallTime began_at{};
    {
        Statement first = connection_.database.query(
            "SELECT recording.id, recording.started_at_us FROM clock_doubt"
            " JOIN recording ON recording.id = CAST(clock_doubt.id AS INTEGER)"
            " WHERE kind = 'recording' AND boot_id = ? ORDER BY recording.id LIMIT 1",
            boot_id);
        if (!first.step()) return {began_at, std::nullopt};
        first_id = first.integer(0);
        began_at = first.time(1);
    }
    const auto before = connection_.database.single(
        "SELECT max(ended_at_us) FROM recording WHERE id < ? AND clock_state <> 'untrusted'", *first_id);
    if (!before) return {began_at, std::nullopt};
    return {began_at, WallTime(microseconds(*before))};
}

void Clocks::restamp(const ClockDoubtRow& doubt, microseconds shift, const std::string& clock_state) {
    const auto shift_us = static_cast<std::int64_t>(shift.count());
    Transaction transaction(connection_.database);
    if (doubt.kind == "recording")
        connection_.database.run(
            "UPDATE recording SET started_at_us = started_at_us + ?2, ended_at_us = ended_at_us + ?2,"
            " clock_state = ?3"
            " WHERE id = CAST(?1 AS INTEGER)",
            doubt.id, shift_us, clock_state);
    else
        connection_.database.run(
            "UPDATE event SET started_at_us = started_at_us + ?2, ended_at_us = ended_at_us + ?2,"
            " clip_started_at_us = clip_started_at_us + ?2, clip_ended_at_us = clip_ended_at_us + ?2"
            " WHERE id = ?1",
            doubt.id, shift_us);
    if (clock_state != "untrusted")
        connection_.database.run("DELETE FROM clock_doubt WHERE kind = ? AND id = ?", doubt.kind, doubt.id);
    transaction.commit();
}

void Clocks::insertStep(const ClockStepRow& row) {
    connection_.database.run("INSERT INTO clock_step (at_us, shift_us, cause) VALUES (?, ?, ?)", row.at,
                             static_cast<std::int64_t>(row.shift.count()), row.cause);
    connection_.database.run("DELETE FROM clock_step WHERE at_us < ?", row.at - kStepMemory);
}

std::vector<ClockStepRow> Clocks::steps(WallTime from, WallTime to) {
    std::vector<ClockStepRow> out;
    Statement rows = connection_.database.query(
        "SELECT at_us, shift_us, cause FROM clock_step WHERE at_us >= ? AND at_us < ? ORDER BY at_us, id",
        from, to);
    while (rows.step()) out.push_back({rows.time(0), microseconds(rows.integer(1)), rows.text(2)});
    return out;
}

}  // namespace porchlight::store
