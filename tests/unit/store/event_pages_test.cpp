/// Pages of events under every combination of filters, against a plain filter over all rows; search, counts,
/// undo.
#include <algorithm>
#include <map>

#include "fixture.h"
#include "store/sql/database.h"
#include "store/sql/note_search.h"
#include "support/catch.h"

namespace event_pages_test {

using namespace porchlight;
using namespace porchlight::store;
using namespace porchlight::test;

namespace {

/// 600 events over three cameras: a zone that only one camera has, a camera with three events, many equal
/// start times.
std::vector<EventRow> fill(Store& store) {
    std::vector<EventRow> rows;
    for (int i = 1; i <= 600; ++i) {
        EventRow row = closedEvent(i, i % 200 == 0 ? "attic" : i % 3 ? "porch" : "gate");
        row.started_at = at(1000 + i / 4);
        row.clip_started_at = row.started_at - seconds{5};
        row.ended_at = row.started_at + seconds{5};
        row.clip_ended_at = row.started_at + seconds{9};
        row.zone = i % 3 == 0 && i % 7 == 0 ? "path" : i % 5 == 0 ? "door" : "";
        row.label = i % 11 == 0 ? "person" : "motion";
        row.is_kept = i % 13 == 0;
        row.is_reviewed = i % 2 == 0;
        row.note = i % 17 == 0 ? "Die Tür war OFFEN" : i % 19 == 0 ? "the cat" : "";
        store.events.insert(row);
        rows.push_back(row);
    }
    return rows;
}

bool fits(const EventFilter& filter, const EventRow& row) {
    return (filter.cameras.empty() ||
            std::count(filter.cameras.begin(), filter.cameras.end(), row.camera) > 0) &&
           (filter.zone.empty() || row.zone == filter.zone) &&
           (filter.label.empty() || row.label == filter.label) &&
           (!filter.is_kept || *filter.is_kept == row.is_kept) &&
           (!filter.is_reviewed || *filter.is_reviewed == row.is_reviewed) &&
           (!filter.from || row.started_at >= *filter.from) && (!filter.to || row.started_at < *filter.to) &&
           (filter.text.empty() ||
            (filter.text == "tür offen" ? row.note.find("OFFEN") : row.note.find(filter.text)) !=
                std::string::npos);
}

std::vector<std::string> expected(const std::vector<EventRow>& rows, const EventFilter& filter) {
    std::vector<std::string> ids;
    for (const EventRow& row : rows)
        if (fits(filter, row)) ids.push_back(row.id);
    if (!filter.is_oldest_first) std::reverse(ids.begin(), ids.end());
    return ids;
}

}  // namespace

TEST_CASE("every combination of filters gives exactly its events, page by page, in both directions") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto rows = fill(store);
    int combinations = 0;
    std::size_t most = 0;
    for (const std::vector<std::string>& cameras :
         {std::vector<std::string>{}, {"attic"}, {"porch", "gate"}, {"nowhere"}})
        for (const char* zone : {"", "path", "cellar"})
            for (const char* label : {"", "person"})
                for (const int flags : {0, 1, 2, 3, 4, 5, 6, 7, 8})
                    for (const char* text : {"", "tür offen", "cat"})
                        for (const bool has_range : {false, true}) {
                            EventFilter filter;
                            filter.cameras = cameras;
                            filter.zone = zone;
                            filter.label = label;
                            filter.text = text;
                            if (flags % 3 > 0) filter.is_kept = flags % 3 == 1;
                            if (flags / 3 > 0) filter.is_reviewed = flags / 3 == 1;
                            if (has_range) filter.from = at(1030), filter.to = at(1111);
                            filter.limit = 37;
                            filter.is_oldest_first = combinations++ % 2 == 1;
                            const auto wanted = expected(rows, filter);
                            most = std::max(most, wanted.size());
                            REQUIRE(walk(store, filter) == wanted);
                        }
    CHECK(combinations == 4 * 3 * 2 * 9 * 3 * 2);
    CHECK(most == 600);
}

TEST_CASE("words of a search are found in upper and lower case, umlauts included, and all must be there") {
    const NoteSearch search("TÜR  offen");
    CHECK(search.matches("die tür steht Offen"));
    CHECK_FALSE(search.matches("die tür ist zu"));
    CHECK(NoteSearch("É").matches("café"));
    CHECK_FALSE(NoteSearch("×").matches("÷"));  // no letters: not folded into each other
    CHECK(NoteSearch("").matches("anything"));
}

TEST_CASE("a search through many notes ends its page early and goes on behind it") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    store.events.insert(closedEvent(1));
    store.events.setMarks(eventId(1), std::nullopt, std::nullopt, std::string("needle"));
    Database database(folder / "porchlight.db");
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)"
        "INSERT INTO event SELECT printf('%016x', i + 1000), 1, 'closed', 1800000000000000 + i, "
        "1800000000000000 + i,"
        " 1, 1800000000000000 + i, 0.5, 1.0, '', 'motion', 0, 0, 0, 'hay', 'quiet', '', NULL FROM n");
    EventFilter filter;
    filter.text = "needle";
    int pages = 1;
    EventPage page = store.event_pages.page(filter);
    for (; page.events.empty() && !page.next_cursor.empty(); ++pages) {
        filter.cursor = page.next_cursor;
        page = store.event_pages.page(filter);
    }
    CHECK(pages == 5);
    REQUIRE(page.events.size() == 1);
    CHECK(page.events[0].id == eventId(1));
    CHECK(page.next_cursor.empty());
}

TEST_CASE("counts by kind and span add up to the events that are there") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto rows = fill(store);
    std::map<std::int64_t, std::int64_t> wanted;
    for (const EventRow& row : rows)
        if (row.started_at < at(1100)) ++wanted[(row.started_at - at(1000)) / seconds{30}];
    std::map<std::int64_t, std::int64_t> counted;
    std::int64_t attic = 0;
    for (const EventCount& count : store.event_pages.count({}, at(1000), at(1100), seconds{30}, {}))
        counted[count.bucket] += count.count;
    CHECK(counted == wanted);
    for (const EventCount& count :
         store.event_pages.count({"attic"}, at(0), at(9999), std::chrono::hours(24), {}))
        attic += count.count;
    CHECK(attic == 3);
    CHECK(store.event_pages.count({"nowhere"}, at(0), at(9999), seconds{1}, {}).empty());
}

TEST_CASE("a deleted event is in no list, comes back when restored in time, and goes for good afterwards") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    for (int i = 1; i <= 3; ++i) store.events.insert(closedEvent(i));
    store.events.insert(openEvent(4));  // still runs
    EventChange remove;
    remove.remove_at = at(500);
    const EventChanges removed =
        store.events.change({eventId(1), eventId(2), eventId(4), eventId(99)}, remove);
    CHECK(removed.changed == std::vector<std::string>{eventId(1), eventId(2)});
    CHECK(removed.running == std::vector<std::string>{eventId(4)});
    CHECK(removed.missing == std::vector<std::string>{eventId(99)});
    CHECK(store.event_pages.page({}).events.size() == 2);
    CHECK(store.events.byId(eventId(1))->removed_at == at(500));
    CHECK(store.event_pages.count({}, at(0), at(9999), seconds{9999}, {}).size() == 1);

    EventChange restore;
    restore.restore_since = at(501);  // too late
    CHECK(store.events.change({eventId(1)}, restore).missing.size() == 1);
    restore.restore_since = at(500);
    CHECK(store.events.change({eventId(1)}, restore).changed.size() == 1);
    CHECK_FALSE(store.events.byId(eventId(1))->removed_at);
    CHECK(store.event_pages.page({}).events.size() == 3);

    CHECK(store.events.forgetRemoved(at(500), 10).empty());
    const auto gone = store.events.forgetRemoved(at(501), 10);
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].id == eventId(2));
    CHECK_FALSE(store.events.byId(eventId(2)));
    CHECK(store.events.forgetRemoved(at(501), 10).empty());
    CHECK(store.events.byId(eventId(1)));
}

TEST_CASE("when the clock is set, what was deleted can be restored for as long as before") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    for (int i = 1; i <= 3; ++i) store.events.insert(closedEvent(i));
    EventChange remove;
    remove.remove_at = at(500);
    store.events.change({eventId(1)}, remove);
    remove.remove_at = at(510);
    store.events.change({eventId(2)}, remove);
    const auto started_at = store.events.byId(eventId(1))->started_at;
    store.events.moveRemoved(at(500), at(505), std::chrono::hours(1));
    CHECK(store.events.byId(eventId(2))->removed_at == at(510));  // by another clock
    store.events.moveRemoved(at(506), at(510), std::chrono::hours(1));
    CHECK(store.events.byId(eventId(1))->removed_at == at(4100));
    CHECK(store.events.byId(eventId(2))->removed_at == at(4110));
    CHECK(store.events.byId(eventId(1))->started_at == started_at);  // stamped anew by others
    CHECK_FALSE(store.events.byId(eventId(3))->removed_at);
    CHECK(store.events.forgetRemoved(at(4100), 10).empty());
    EventChange restore;
    restore.restore_since = at(4101);
    CHECK(store.events.change({eventId(1)}, restore).changed.empty());
    CHECK(store.events.change({eventId(2)}, restore).changed.size() == 1);
    store.events.moveRemoved(at(4100), at(4100), std::chrono::hours(-1));
    CHECK(store.events.byId(eventId(1))->removed_at == at(500));
    const auto gone = store.events.forgetRemoved(at(501), 10);
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].id == eventId(1));
}

TEST_CASE("marks are set on many events at once, and only on those that are there") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    for (int i = 1; i <= 3; ++i) store.events.insert(closedEvent(i));
    EventChange change;
    change.is_reviewed = true;
    CHECK(store.events.change({eventId(1), eventId(3)}, change).changed.size() == 2);
    EventFilter unseen;
    unseen.is_reviewed = false;
    REQUIRE(store.event_pages.page(unseen).events.size() == 1);
    CHECK(store.event_pages.page(unseen).events[0].id == eventId(2));
    CHECK_FALSE(store.events.byId(eventId(1))->is_kept);
}

TEST_CASE(
    "a look along time finds what overlaps, also a file that began long before, and nothing beside it") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto add = [&](const char* path, std::int64_t from, std::int64_t to) {
        const auto id = store.recordings.insert(recording(path, from));
        if (to > 0) store.recordings.finish(id, at(to), 100);
    };
    add("porch/long.mp4", 0, 1000);
    for (int i = 0; i < 5; ++i) add(("porch/" + std::to_string(i) + ".mp4").c_str(), 10 + i, 11 + i);
    add("porch/now.mp4", 1000, 0);
    std::vector<std::pair<WallTime, std::optional<WallTime>>> seen;
    store.recordings.visit(
        "porch", at(500), at(2000),
        [&](WallTime from, std::optional<WallTime> to, std::uint64_t) { seen.emplace_back(from, to); });
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].first == at(0));
    CHECK(seen[0].second == at(1000));
    CHECK_FALSE(seen[1].second);
    seen.clear();
    store.recordings.visit(
        "porch", at(2000), at(3000),
        [&](WallTime from, std::optional<WallTime> to, std::uint64_t) { seen.emplace_back(from, to); });
    CHECK(seen.size() == 1);  // the file that is being written

    store.coverage.append("porch", at(0), true, "");
    store.coverage.append("porch", at(100), false, "unplugged");
    store.coverage.append("porch", at(200), true, "");
    std::string causes;
    store.coverage.visit("porch", at(150), at(250),
                         [&](WallTime, std::optional<WallTime>, std::string_view cause) {
                             causes += std::string(cause) + ",";
                         });
    CHECK(causes == "unplugged,,");
}

}  // namespace event_pages_test
