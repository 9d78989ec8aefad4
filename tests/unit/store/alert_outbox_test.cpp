/// Alerts on disk: in the transaction of their event, in order, bounded.
#include "fixture.h"
#include "store/sql/metered_vfs.h"
#include "support/catch.h"

namespace alert_outbox_test {

using namespace porchlight;
using namespace porchlight::store;
using test::at;
using test::closedEvent;
using test::openEvent;

namespace {

struct Shelf {
    test::Folder folder;
    Store store{folder / "porchlight.db"};
    Shelf() { store.alerts.setTargets({"mqtt"}); }
    std::vector<std::string> waiting(WallTime now = at(0)) {
        std::vector<std::string> out;
        for (const AlertRow& row : store.alerts.waiting("mqtt", 10'000, now)) out.push_back(row.alert_id);
        return out;
    }
    void open(std::int64_t number, const std::string& camera = "porch") {
        const EventRow row = openEvent(number, camera);
        store.events.insert(row, [&] { store.alerts.add(row, false); });
    }
};

}  // namespace

TEST_CASE("an alert is written with its event or not at all, once for each target") {
    Shelf shelf;
    shelf.store.alerts.setTargets({"mqtt", "phone"});
    shelf.open(1);
    CHECK(shelf.waiting() == std::vector<std::string>{test::eventId(1) + "-start"});
    CHECK(shelf.store.alerts.waiting("phone", 10, at(0)).size() == 1);
    const EventRow row = openEvent(2);
    CHECK_THROWS(shelf.store.events.insert(row, [&] {
        shelf.store.alerts.add(row, false);
        throw Error(ErrorKind::Unavailable, "power");
    }));
    CHECK_FALSE(shelf.store.events.byId(row.id));
    CHECK(shelf.waiting().size() == 1);
    shelf.store.alerts.add(openEvent(1), false);  // again
    CHECK(shelf.waiting().size() == 1);
    CHECK(shelf.store.alerts.setTargets({"mqtt"}) == 1);
    CHECK(shelf.store.alerts.targets().size() == 1);
}

TEST_CASE(
    "what was delivered goes, what is refused stays to be seen, tried again behind the rest, or dropped") {
    Shelf shelf;
    for (int i = 1; i <= 4; ++i) shelf.open(i);
    const auto rows = shelf.store.alerts.waiting("mqtt", 10, at(0));
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].at == openEvent(1).started_at);
    shelf.store.alerts.settle("mqtt", {{rows[0].id, rows[0].alert_id, ""},
                                       {rows[1].id, rows[1].alert_id, "413: too large"},
                                       {rows[2].id, rows[2].alert_id, "400"},
                                       {rows[3].id, "another", ""}});
    CHECK(shelf.waiting() == std::vector<std::string>{test::eventId(4) + "-start"});
    const auto dead = shelf.store.alerts.list("", true, 10);
    REQUIRE(dead.size() == 2);
    CHECK(dead[0].dead_reason == "413: too large");
    CHECK(shelf.store.alerts.retry({"mqtt", {}, true}, at(0)) == 2);
    CHECK(shelf.waiting() == std::vector<std::string>{test::eventId(4) + "-start",
                                                      test::eventId(2) + "-start",
                                                      test::eventId(3) + "-start"});
    CHECK(shelf.store.alerts.drop({"mqtt", {test::eventId(2) + "-start"}, false}) == 1);
    CHECK(shelf.waiting().size() == 2);
}

TEST_CASE("an alert of a week ago is given up, and one of a clock that was never set is not") {
    Shelf shelf;
    shelf.open(1);
    EventRow row = openEvent(2);
    row.started_at = WallTime(seconds{100});
    row.clip_started_at = row.started_at;
    shelf.store.alerts.add(row, false);
    CHECK(shelf.waiting(openEvent(1).started_at + AlertOutbox::kLifetime).size() == 2);
    CHECK(shelf.waiting(openEvent(1).started_at + AlertOutbox::kLifetime + seconds{1}) ==
          std::vector<std::string>{test::eventId(2) + "-start"});
    REQUIRE(shelf.store.alerts.list("", true, 10).size() == 1);
    CHECK(shelf.store.alerts.targets().at(0).dead == 1);
}

TEST_CASE("of too many alerts the oldest ends go, then starts, never the newest of a camera, all counted") {
    Shelf shelf;
    const auto add = [&](std::int64_t number, const std::string& camera) {
        EventRow row = closedEvent(number, camera);
        shelf.store.alerts.add(row, false);
        shelf.store.alerts.add(row, true);
    };
    shelf.store.atomically([&] {
        add(1, "garage");
        for (std::int64_t i = 2; i <= AlertOutbox::kMaxWaiting / 2; ++i) add(i, "porch");
    });
    CHECK(shelf.waiting().size() == AlertOutbox::kMaxWaiting);
    add(5000, "porch");
    const auto left = shelf.waiting();
    CHECK(left.size() <= AlertOutbox::kMaxWaiting);
    CHECK(left[0] == test::eventId(1) + "-start");
    CHECK(left[1] == test::eventId(1) + "-end");  // the newest of the garage
    CHECK(left[2] == test::eventId(2) + "-start");
    CHECK(left[3] == test::eventId(3) + "-start");  // the end of 2 went
    CHECK(shelf.store.alerts.targets().at(0).dropped == AlertOutbox::kTrimBy);
    shelf.store.atomically([&] {
        for (std::int64_t i = 6000; i < 8500; ++i) shelf.store.alerts.add(openEvent(i), false);
    });
    CHECK(shelf.waiting().size() <= AlertOutbox::kMaxWaiting);
    CHECK(shelf.waiting().at(0) != test::eventId(2) + "-start");
    CHECK(shelf.waiting().back() == test::eventId(8499) + "-start");
}

TEST_CASE("an alert costs one page beside its event, no sync, and a batch that was delivered three pages") {
    constexpr std::uint64_t kPage = 4096 + 24;  // in the write-ahead log
    constexpr std::int64_t kEvents = 64;
    Shelf shelf;
    const auto costOf = [](const std::function<void()>& work) {
        const WriteCount before = databaseWrites();
        work();
        const WriteCount after = databaseWrites();
        return WriteCount{after.bytes - before.bytes, after.syncs - before.syncs};
    };
    shelf.open(1);
    const auto plain = costOf([&] {
        for (std::int64_t i = 2; i < 2 + kEvents; ++i) shelf.store.events.insert(openEvent(i));
    });
    const auto told = costOf([&] {
        for (std::int64_t i = 1000; i < 1000 + kEvents; ++i) shelf.open(i);
    });
    CHECK(told.bytes <= plain.bytes + kEvents * 3 * kPage / 2);
    CHECK(told.syncs <= plain.syncs);
    std::vector<AlertOutcome> outcomes;
    for (const AlertRow& row : shelf.store.alerts.waiting("mqtt", 32, at(0)))
        outcomes.push_back({row.id, row.alert_id, ""});
    REQUIRE(outcomes.size() == 32);
    const auto marked = costOf([&] { shelf.store.alerts.settle("mqtt", outcomes); });
    CHECK(marked.bytes <= 3 * kPage);
    CHECK(marked.syncs == 0);
    std::printf("   an alert: %llu bytes; 32 delivered: %llu bytes\n",
                static_cast<unsigned long long>((told.bytes - plain.bytes) / kEvents),
                static_cast<unsigned long long>(marked.bytes));
}

}  // namespace alert_outbox_test
