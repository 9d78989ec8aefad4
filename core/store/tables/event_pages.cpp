#include "store/tables/event_pages.h"

/// Store: pages of the event history and counts, at a cost that depends on what is asked for and not on how
/// much there is.
///
/// A *facet* is a combination of camera, zone, label, kept and reviewed. Few occur (cameras x zones x 4), and
/// index event_by_facet holds each one's events as a list in order. A page under any filter is the merger of
/// the lists of the facets that fit; each list gives no more than a page, and nothing older than the worst
/// one already found.
#include <algorithm>
#include <charconv>

#include "store/sql/note_search.h"
#include "store/tables/connection.h"
#include "store/tables/events.h"

namespace porchlight::store {

namespace {

constexpr std::size_t kMaxPage = 500;
constexpr std::uint64_t kRowsAsked = 256;
// What one page of a text search may read; then it ends early and says where to go on.
constexpr std::size_t kMaxNotes = 10'000;
constexpr std::size_t kMaxNoteBytes = 2U << 20U;

struct Facet {
    std::int64_t camera = -1;
    std::string zone;
    std::string label;
    std::int64_t is_kept = -1;
    std::int64_t is_reviewed = -1;
};

/// Where an event stands in the list.
struct Place {
    std::int64_t started_at_us = 0;
    std::string id;
    bool operator<(const Place& other) const noexcept {
        return started_at_us != other.started_at_us ? started_at_us < other.started_at_us : id < other.id;
    }
    bool operator==(const Place&) const = default;
};

std::string formatCursor(const Place& place) {
    return std::to_string(place.started_at_us) + "-" + place.id;
}

Place parseCursor(const std::string& text) {
    Place place;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, place.started_at_us);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != '-' || end - number.ptr != 17)
        throw Error(ErrorKind::BadData, "event list: the cursor is not one from an earlier page");
    place.id.assign(number.ptr + 1, end);
    return place;
}

std::int64_t microsecondsOf(WallTime time) noexcept {
    return static_cast<std::int64_t>(time.time_since_epoch().count());
}

/// What lies strictly between two places, newest first or oldest first.
struct Span {
    Place low;   ///< exclusive; ids are never empty, so (t, "") lies just before everything at t
    Place high;  ///< exclusive
    bool is_oldest_first = false;

    explicit Span(const EventFilter& filter)
        : low{microsecondsOf(filter.from.value_or(WallTime::min())), ""},
          high{microsecondsOf(filter.to.value_or(WallTime::max())), ""},
          is_oldest_first(filter.is_oldest_first) {
        if (filter.cursor.empty()) return;
        const Place place = parseCursor(filter.cursor);
        if (is_oldest_first)
            low = std::max(low, place);
        else
            high = std::min(high, place);
    }
};

/// Finds the facets that fit by skipping from one to the next.
class FacetFinder {
  public:
    FacetFinder(Database& database, const EventFilter& filter) : database_(database), filter_(filter) {}

    /// Of one camera; of all without one.
    void find(std::optional<std::int64_t> camera, std::vector<Facet>& out) {
        Facet at;
        at.camera = camera.value_or(-1);
        while (next(at) && (!camera || at.camera == *camera))
            if (fits(at)) out.push_back(at);
    }

  private:
    bool next(Facet& at) {
        // The start belongs to the comparison: SQLite seeks to the first row that is not smaller and looks at
        // all that are equal, so the place behind the facet's last event is asked for.
        Statement row = database_.query(
            "SELECT camera_id, zone, label, is_kept, is_reviewed FROM event INDEXED BY event_by_facet"
            " WHERE removed_at_us IS NULL"
            " AND (camera_id, zone, label, is_kept, is_reviewed, started_at_us)"
            " > (?1, ?2, ?3, ?4, ?5, 9223372036854775807)"
            " ORDER BY camera_id, zone, label, is_kept, is_reviewed, started_at_us LIMIT 1",
            at.camera, at.zone, at.label, at.is_kept, at.is_reviewed);
        if (!row.step()) return false;
        at = {row.integer(0), row.text(1), row.text(2), row.integer(3), row.integer(4)};
        return true;
    }

    bool fits(const Facet& facet) const {
        return (filter_.zone.empty() || facet.zone == filter_.zone) &&
               (filter_.label.empty() || facet.label == filter_.label) &&
               (!filter_.is_kept || *filter_.is_kept == (facet.is_kept != 0)) &&
               (!filter_.is_reviewed || *filter_.is_reviewed == (facet.is_reviewed != 0));
    }

    Database& database_;
    const EventFilter& filter_;
};

/// The list of one facet, or of everything; the last parameters are the span's ends and the limit.
std::string listQuery(bool is_facet, bool is_oldest_first) {
    std::string sql = "SELECT started_at_us, id FROM event INDEXED BY ";
    sql += is_facet
               ? "event_by_facet WHERE removed_at_us IS NULL AND camera_id = ?6 AND zone = ?7 AND label = ?8"
                 " AND is_kept = ?9 AND is_reviewed = ?10"
               : "event_by_start WHERE removed_at_us IS NULL";
    sql += " AND (started_at_us, id) > (?1, ?2) AND (started_at_us, id) < (?3, ?4)";
    return sql + (is_oldest_first ? " ORDER BY started_at_us, id LIMIT ?5"
                                  : " ORDER BY started_at_us DESC, id DESC LIMIT ?5");
}

void bindFacet(Statement& list, const Facet& facet, int first) {
    list.bind(first, facet.camera);
    list.bind(first + 1, std::string_view(facet.zone));
    list.bind(first + 2, std::string_view(facet.label));
    list.bind(first + 3, facet.is_kept);
    list.bind(first + 4, facet.is_reviewed);
}

/// The first `wanted` places of several lists.
class Merger {
  public:
    Merger(Database& database, Span span, std::size_t wanted)
        : database_(database), span_(std::move(span)), wanted_(wanted) {}

    void add(const Facet* facet) {
        Statement list = database_.query(listQuery(facet != nullptr, span_.is_oldest_first),
                                         span_.low.started_at_us, span_.low.id, span_.high.started_at_us,
                                         span_.high.id, static_cast<std::int64_t>(wanted_));
        if (facet) bindFacet(list, *facet, 6);
        while (list.step()) best_.push_back({list.integer(0), list.text(1)});
        if (best_.size() < wanted_) return;
        cut();
        // Nothing beyond the worst of the best is of interest in the lists to come.
        if (span_.is_oldest_first)
            span_.high = best_.back();
        else
            span_.low = best_.back();
    }

    std::vector<Place> finish() {
        cut();
        return std::move(best_);
    }

  private:
    void cut() {
        if (span_.is_oldest_first)
            std::sort(best_.begin(), best_.end());
        else
            std::sort(best_.begin(), best_.end(), [](const Place& a, const Place& b) { return b < a; });
        if (best_.size() > wanted_) best_.resize(wanted_);
    }

    Database& database_;
    Span span_;
    std::size_t wanted_;
    std::vector<Place> best_;
};

/// The cameras asked for that were ever heard of; nothing: all.
std::optional<std::vector<std::int64_t>> camerasOf(Connection& connection,
                                                   const std::vector<std::string>& names) {
    if (names.empty()) return std::nullopt;
    std::vector<std::int64_t> ids;
    for (const std::string& name : names)
        if (const auto id = connection.findCamera(name)) ids.push_back(*id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

bool isUnfiltered(const EventFilter& filter) {
    return filter.cameras.empty() && filter.zone.empty() && filter.label.empty() && !filter.is_kept &&
           !filter.is_reviewed;
}

std::vector<Facet> facetsOf(Database& database, const EventFilter& filter,
                            const std::optional<std::vector<std::int64_t>>& cameras) {
    std::vector<Facet> facets;
    FacetFinder finder(database, filter);
    if (!cameras)
        finder.find(std::nullopt, facets);
    else
        for (const std::int64_t camera : *cameras) finder.find(camera, facets);
    return facets;
}

/// The places under a text filter, and where a search that had to stop goes on.
std::vector<Place> searchNotes(Database& database, const EventFilter& filter, std::size_t wanted,
                               const std::optional<std::vector<std::int64_t>>& cameras,
                               std::string& stopped_at) {
    const NoteSearch search(filter.text);
    const Span span(filter);
    std::vector<Place> found;
    std::size_t rows_read = 0;
    std::size_t bytes_read = 0;
    std::string sql =
        "SELECT started_at_us, id, camera_id, zone, label, is_kept, is_reviewed, note"
        " FROM event INDEXED BY event_noted WHERE note <> '' AND removed_at_us IS NULL"
        " AND (started_at_us, id) > (?1, ?2) AND (started_at_us, id) < (?3, ?4) ORDER BY ";
    sql += span.is_oldest_first ? "started_at_us, id" : "started_at_us DESC, id DESC";
    Statement rows =
        database.query(sql, span.low.started_at_us, span.low.id, span.high.started_at_us, span.high.id);
    while (found.size() < wanted && rows.step()) {
        const std::string_view note = rows.view(7);
        const bool fits =
            (!cameras || std::binary_search(cameras->begin(), cameras->end(), rows.integer(2))) &&
            (filter.zone.empty() || rows.view(3) == filter.zone) &&
            (filter.label.empty() || rows.view(4) == filter.label) &&
            (!filter.is_kept || *filter.is_kept == rows.boolean(5)) &&
            (!filter.is_reviewed || *filter.is_reviewed == rows.boolean(6)) && search.matches(note);
        if (fits) found.push_back({rows.integer(0), rows.text(1)});
        bytes_read += note.size();
        if (++rows_read < kMaxNotes && bytes_read < kMaxNoteBytes) continue;
        if (found.size() < wanted) stopped_at = formatCursor({rows.integer(0), rows.text(1)});
        break;
    }
    return found;
}

}  // namespace

std::string EventPages::cursorOf(const EventRow& row) {
    return formatCursor({microsecondsOf(row.started_at), row.id});
}

EventPage EventPages::page(const EventFilter& filter) {
    Database& database = connection_.database;
    EventPage page;
    const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, kMaxPage);
    const auto cameras = camerasOf(connection_, filter.cameras);
    const ReadSnapshot snapshot(database);
    std::vector<Place> places;
    if (!filter.text.empty()) {
        places = searchNotes(database, filter, limit + 1, cameras, page.next_cursor);
    } else {
        Merger merger(database, Span(filter), limit + 1);  // one more tells whether another page follows
        if (isUnfiltered(filter))
            merger.add(nullptr);
        else
            for (const Facet& facet : facetsOf(database, filter, cameras)) merger.add(&facet);
        places = merger.finish();
    }
    if (places.size() > limit) {
        places.resize(limit);
        page.next_cursor = formatCursor(places.back());
    }
    for (const Place& place : places) page.events.push_back(Events(connection_).byId(place.id).value());
    return page;
}

std::vector<std::string> EventPages::explain(const EventFilter& filter) {
    Database& database = connection_.database;
    std::vector<std::string> plans;
    const auto explain = [&](const std::string& sql) {
        Statement rows = database.query("EXPLAIN QUERY PLAN " + sql);
        std::string plan;
        while (rows.step()) plan += rows.text(3) + "\n";
        plans.push_back(plan);
    };
    const ReadSnapshot snapshot(database);
    if (isUnfiltered(filter))
        explain(listQuery(false, filter.is_oldest_first));
    else
        for ([[maybe_unused]] const Facet& facet :
             facetsOf(database, filter, camerasOf(connection_, filter.cameras)))
            explain(listQuery(true, filter.is_oldest_first));
    return plans;
}

std::vector<EventCount> EventPages::count(const std::vector<std::string>& cameras, WallTime from, WallTime to,
                                          microseconds bucket, const base::Cancel& cancel) {
    Database& database = connection_.database;
    const ReadSnapshot snapshot(database);
    std::vector<EventCount> counts;
    std::uint64_t looked_at = 0;
    const EventFilter everything;
    for (const Facet& facet : facetsOf(database, everything, camerasOf(connection_, cameras))) {
        Statement rows = database.query(
            "SELECT started_at_us FROM event INDEXED BY event_by_facet"
            " WHERE removed_at_us IS NULL AND camera_id = ?1"
            " AND zone = ?2 AND label = ?3 AND is_kept = ?4 AND is_reviewed = ?5 AND started_at_us >= ?6"
            " AND started_at_us < ?7 ORDER BY started_at_us");
        bindFacet(rows, facet, 1);
        rows.bind(6, from);
        rows.bind(7, to);
        std::int64_t last_bucket = -1;
        while (rows.step()) {
            if (++looked_at % kRowsAsked == 0) cancel.check();  // asking may cost more than a row
            const std::int64_t number =
                (rows.integer(0) - microsecondsOf(from)) / std::max<std::int64_t>(bucket.count(), 1);
            if (number != last_bucket)
                counts.push_back({connection_.cameraName(facet.camera), facet.zone, facet.label,
                                  facet.is_kept != 0, facet.is_reviewed != 0, number, 0});
            last_bucket = number;
            ++counts.back().count;
        }
    }
    return counts;
}

}  // namespace porchlight::store
