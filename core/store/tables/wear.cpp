#include "store/tables/wear.h"

#include "store/tables/connection.h"

namespace porchlight::store {
namespace {

constexpr std::int64_t kWrittenMemoryDays = 366;

}  // namespace

void Wear::add(const std::vector<WrittenRow>& rows) {
    Transaction transaction(connection_.database);
    for (const WrittenRow& row : rows) {
        connection_.database.run(
            "INSERT INTO written (day, purpose, bytes, syncs) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (day, purpose)"
            " DO UPDATE SET bytes = bytes + ?3, syncs = syncs + ?4",
            row.day, row.purpose, row.bytes, row.syncs);
        connection_.database.run("DELETE FROM written WHERE day < ?", row.day - kWrittenMemoryDays);
    }
    transaction.commit();
}

std::vector<WrittenRow> Wear::since(std::int64_t from_day) {
    std::vector<WrittenRow> out;
    Statement rows = connection_.database.query(
        "SELECT day, purpose, bytes, syncs FROM written WHERE day >= ? ORDER BY day, purpose", from_day);
    while (rows.step())
        out.push_back({rows.integer(0), rows.text(1), static_cast<std::uint64_t>(rows.integer(2)),
                       static_cast<std::uint64_t>(rows.integer(3))});
    return out;
}

}  // namespace porchlight::store
