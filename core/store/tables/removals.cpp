#include "store/tables/removals.h"

#include "base/log.h"
#include "store/tables/connection.h"
#include "store/tables/events.h"
#include "store/tables/meta.h"
#include "store/tables/recordings.h"

namespace porchlight::store {
namespace {

/// In `meta`, of a file that is being deleted: the reason.
constexpr std::string_view kRemoving = "removing/";
std::string removalOf(std::int64_t id) {
    return std::string(kRemoving) + std::to_string(id);
}

/// Durable: else a power cut would leave a row whose file is gone, and its owner would be told of a loss.
/// False: no space.
bool announceRemoval(Connection& connection, std::int64_t id, const std::string& reason) {
    const DurableWrites durable(connection.database);
    try {
        Meta(connection).set(removalOf(id), reason);
        return true;
    } catch (const DatabaseError& error) {
        if (error.kind() != ErrorKind::Exhausted) throw;
        return false;
    }
}

/// What stays of it is found at the next start.
void callOff(Removals& removals, std::int64_t id) noexcept {
    try {
        removals.forget(id);
    } catch (const std::exception& error) {
        base::logWarning("store", std::string("a deletion that failed: ") + error.what());
    }
}

}  // namespace

void Removals::remove(const RecordingRow& row, const std::string& reason,
                      const std::function<void()>& remove_file) {
    const auto enter = [&] {
        Recordings(connection_).markGone(row.id, reason);
        Events(connection_)
            .markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at), reason);
        forget(row.id);
    };
    if (announceRemoval(connection_, row.id, reason)) {
        try {
            remove_file();
        } catch (...) {
            callOff(*this, row.id);
            throw;
        }
        return connection_.atomically(enter);
    }
    // The file makes the space that its row needs.
    const DurableWrites durable(connection_.database);
    connection_.atomically([&] {
        enter();
        remove_file();
    });
}

std::vector<std::int64_t> Removals::begun() {
    std::vector<std::int64_t> out;
    Statement rows = connection_.database.query(
        "SELECT CAST(substr(key, length(?1) + 1) AS INTEGER) FROM meta"
        " WHERE key > ?1 AND key < ?1 || char(1114111)",
        kRemoving);
    while (rows.step()) out.push_back(rows.integer(0));
    return out;
}

void Removals::forget(std::int64_t id) {
    Meta(connection_).remove(removalOf(id));
}

std::size_t Removals::forgetGone(WallTime before, std::size_t limit) {
    return static_cast<std::size_t>(connection_.database.run(
        "DELETE FROM recording WHERE id IN (SELECT id FROM recording INDEXED BY recording_gone"
        " WHERE gone_reason <> '' AND started_at_us < ? ORDER BY started_at_us LIMIT ?)",
        before, static_cast<std::int64_t>(limit)));
}

std::vector<RecordingRow> Removals::lose(const std::vector<RecordingRow>& rows) {
    std::vector<RecordingRow> lost;
    connection_.atomically([&] {
        for (const RecordingRow& row : rows) {
            const auto removed = Meta(connection_).get(removalOf(row.id));
            const std::string reason = removed.value_or("lost");
            const int changed = connection_.database.run(
                "UPDATE recording SET gone_reason = ?2, ended_at_us = coalesce(ended_at_us, started_at_us)"
                " WHERE id = ?1 AND gone_reason = ''",
                row.id, reason);
            if (changed > 0)
                Events(connection_)
                    .markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at),
                                     reason);
            if (removed)
                forget(row.id);
            else if (changed > 0)
                lost.push_back(row);
        }
    });
    return lost;
}

}  // namespace porchlight::store
