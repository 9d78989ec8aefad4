#include "store/tables/coverage.h"

/// Store: the coverage ledger. A chain of intervals for each camera; every function leaves it without hole or
/// overlap.
#include <algorithm>

#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

std::string_view kindOf(const CoverageRow& row) {
    return row.is_recorded ? "recorded" : "gap";
}

CoverageRow readCoverage(const Statement& from, const std::string& camera, int first) {
    return {camera,
            from.time(first),
            from.timeOrNothing(first + 1),
            from.text(first + 2) == "recorded",
            from.text(first + 3),
            from.text(first + 4)};
}

bool isSame(const CoverageRow& a, const CoverageRow& b) {
    return a.is_recorded == b.is_recorded && a.cause == b.cause && a.detail == b.detail;
}

/// Statements on the ledger of one camera, inside a transaction.
class Chain {
  public:
    Chain(Database& database, std::int64_t camera) : database_(database), camera_(camera) {}

    std::optional<CoverageRow> last() {
        return one(
            "SELECT started_at_us, ended_at_us, kind, cause, detail FROM coverage WHERE camera_id = ?1"
            " ORDER BY started_at_us DESC LIMIT 1",
            0);
    }
    std::optional<std::int64_t> start() {
        return database_.single("SELECT min(started_at_us) FROM coverage WHERE camera_id = ?", camera_);
    }
    std::optional<CoverageRow> holding(std::int64_t at) {
        return one(
            "SELECT started_at_us, ended_at_us, kind, cause, detail FROM coverage WHERE camera_id = ?1"
            " AND started_at_us <= ?2 AND (ended_at_us IS NULL OR ended_at_us > ?2)"
            " ORDER BY started_at_us DESC LIMIT 1",
            at);
    }
    /// Makes `at` a boundary, if it lies inside an interval.
    void split(std::int64_t at) {
        const auto row = holding(at);
        if (!row || us(row->started_at) == at) return;
        database_.run("UPDATE coverage SET ended_at_us = ?3 WHERE camera_id = ?1 AND started_at_us = ?2",
                      camera_, row->started_at, at);
        insert(at, row->ended_at, *row);
    }
    void insert(std::int64_t from, const std::optional<WallTime>& to, const CoverageRow& row) {
        database_.run(
            "INSERT INTO coverage (camera_id, started_at_us, ended_at_us, kind, cause, detail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            camera_, from, to, kindOf(row), row.cause, row.detail);
    }
    void erase(std::int64_t from, std::int64_t to) {
        database_.run("DELETE FROM coverage WHERE camera_id = ? AND started_at_us >= ? AND started_at_us < ?",
                      camera_, from, to);
    }
    /// Joins the intervals on both sides of `at` when they say the same.
    void merge(std::int64_t at) {
        const auto before = holding(at - 1);
        const auto after = holding(at);
        if (!before || !after || us(after->started_at) != at || !isSame(*before, *after)) return;
        erase(at, at + 1);
        database_.run("UPDATE coverage SET ended_at_us = ?3 WHERE camera_id = ?1 AND started_at_us = ?2",
                      camera_, before->started_at, after->ended_at);
    }

    static std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }

  private:
    std::optional<CoverageRow> one(const char* sql, std::int64_t at) {
        Statement row = at == 0 ? database_.query(sql, camera_) : database_.query(sql, camera_, at);
        if (!row.step()) return std::nullopt;
        return readCoverage(row, "", 0);
    }

    Database& database_;
    std::int64_t camera_;
};

/// One interval over all that is told of its time.
void paintOn(Chain chain, const CoverageRow& row) {
    std::int64_t from = Chain::us(row.started_at);
    const std::int64_t to = row.ended_at ? Chain::us(*row.ended_at) : kForeverUs;
    if (const auto start = chain.start())
        from = std::max(from, *start);  // what is before the ledger began stays untold
    if (from >= to) return;
    const auto there = chain.holding(from);
    if (there && isSame(*there, row) &&
        (!there->ended_at || (row.ended_at && *there->ended_at >= *row.ended_at)))
        return;
    if (const auto last = chain.last(); last && last->ended_at && Chain::us(*last->ended_at) < from) {
        CoverageRow absent;
        absent.cause = kNotConfigured;
        chain.insert(Chain::us(*last->ended_at), WallTime(microseconds(from)), absent);
    }
    chain.split(from);
    if (row.ended_at) chain.split(to);
    chain.erase(from, to);
    chain.insert(from, row.ended_at, row);
    if (row.ended_at) chain.merge(to);
    chain.merge(from);
}

}  // namespace

void Coverage::paint(const CoverageRow& row) {
    const std::int64_t id = connection_.needCamera(row.camera);
    Transaction transaction(connection_.database);
    paintOn(Chain(connection_.database, id), row);
    transaction.commit();
}

void Coverage::move(const std::string& camera, WallTime from, WallTime until, microseconds shift,
                    const std::string& cause) {
    const std::int64_t id = connection_.needCamera(camera);
    Transaction transaction(connection_.database);
    Chain chain(connection_.database, id);
    const auto running = chain.last();
    // A chain that ends later was stamped by a better clock than the one that is corrected now.
    if (!running || running->ended_at || running->started_at > until) return;
    auto rows = between(camera, from, until);
    paintOn(chain, {camera, from, from + shift, false, cause, {}});
    for (CoverageRow row : rows) {
        row.started_at = std::max(row.started_at, from) + shift;
        row.ended_at = std::min(row.ended_at.value_or(until), until) + shift;
        paintOn(chain, row);
    }
    paintOn(chain,
            {camera, until + shift, std::nullopt, running->is_recorded, running->cause, running->detail});
    transaction.commit();
}

void Coverage::append(const std::string& camera, WallTime at, bool is_recorded, const std::string& cause,
                      const std::string& detail) {
    const auto current = running(camera);
    CoverageRow row{camera, at, std::nullopt, is_recorded, cause, detail};
    if (current && isSame(*current, row)) return;
    if (current) row.started_at = std::max(at, current->started_at);
    paint(row);
}

void Coverage::end(const std::string& camera, WallTime at) {
    const std::int64_t id = connection_.needCamera(camera);
    Transaction transaction(connection_.database);
    connection_.database.run(
        "DELETE FROM coverage WHERE camera_id = ? AND ended_at_us IS NULL AND started_at_us >= ?", id, at);
    connection_.database.run(
        "UPDATE coverage SET ended_at_us = ?2 WHERE camera_id = ?1 AND ended_at_us IS NULL", id, at);
    transaction.commit();
}

std::vector<CoverageRow> Coverage::running() {
    std::vector<CoverageRow> out;
    Statement rows = connection_.database.query(
        "SELECT name, started_at_us, ended_at_us, kind, cause, detail"
        " FROM coverage INDEXED BY coverage_running"
        " JOIN camera ON camera.id = camera_id WHERE ended_at_us IS NULL ORDER BY name");
    while (rows.step()) out.push_back(readCoverage(rows, rows.text(0), 1));
    return out;
}

std::optional<CoverageRow> Coverage::running(const std::string& camera) {
    const auto id = connection_.findCamera(camera);
    if (!id) return std::nullopt;
    Statement row = connection_.database.query(
        "SELECT started_at_us, ended_at_us, kind, cause, detail FROM coverage"
        " WHERE camera_id = ? AND ended_at_us IS NULL",
        *id);
    if (!row.step()) return std::nullopt;
    return readCoverage(row, camera, 0);
}

std::optional<WallTime> Coverage::start(const std::string& camera) {
    const auto id = connection_.findCamera(camera);
    const auto start = id ? Chain(connection_.database, *id).start() : std::nullopt;
    if (!start) return std::nullopt;
    return WallTime(microseconds(*start));
}

std::vector<CoverageRow> Coverage::between(const std::string& camera, WallTime from, WallTime to,
                                           std::size_t limit) {
    std::vector<CoverageRow> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    // Contiguous: the interval that holds `from` is the last one that began at or before it.
    Statement rows = connection_.database.query(
        "SELECT started_at_us, ended_at_us, kind, cause, detail FROM coverage"
        " WHERE camera_id = ?1 AND started_at_us < ?3"
        " AND started_at_us >= coalesce((SELECT max(started_at_us) FROM coverage WHERE camera_id = ?1"
        " AND started_at_us <= ?2), ?2) AND (ended_at_us IS NULL OR ended_at_us > ?2)"
        " ORDER BY started_at_us DESC LIMIT ?4",
        *id, from, to, static_cast<std::int64_t>(limit));
    while (rows.step()) out.push_back(readCoverage(rows, camera, 0));
    std::reverse(out.begin(), out.end());
    return out;
}

std::map<std::string, microseconds> Coverage::sums(const std::string& camera, WallTime from, WallTime to,
                                                   const base::Cancel& cancel) {
    std::map<std::string, microseconds> out;
    const auto id = connection_.findCamera(camera);
    if (!id) return out;
    const Interruptible interruptible(connection_.database, cancel);
    Statement rows = connection_.database.query(
        "SELECT cause, sum(min(coalesce(ended_at_us, ?3), ?3) - max(started_at_us, ?2)) FROM coverage"
        " WHERE camera_id = ?1"
        " AND started_at_us < ?3 AND started_at_us >= coalesce((SELECT max(started_at_us) FROM coverage"
        " WHERE camera_id = ?1"
        " AND started_at_us <= ?2), ?2) AND (ended_at_us IS NULL OR ended_at_us > ?2) GROUP BY cause",
        *id, from, to);
    while (rows.step()) out[rows.text(0)] = microseconds(rows.integer(1));
    return out;
}

void Coverage::visit(const std::string& camera, WallTime from, WallTime to, const Visit& visit) {
    const auto id = connection_.findCamera(camera);
    if (!id) return;
    Statement rows = connection_.database.query(
        "SELECT started_at_us, ended_at_us, cause FROM coverage WHERE camera_id = ?1 AND started_at_us < ?3"
        " AND started_at_us >= coalesce((SELECT max(started_at_us) FROM coverage WHERE camera_id = ?1"
        " AND started_at_us <= ?2), ?2) AND (ended_at_us IS NULL OR ended_at_us > ?2) ORDER BY started_at_us",
        *id, from, to);
    while (rows.step()) visit(rows.time(0), rows.timeOrNothing(1), rows.view(2));
}

}  // namespace porchlight::store
