// Limits of bytes and age: what they spare, what they say, what is forgotten.
#include "disk/retain/retention.h"
#include "disk/recover/reconciliation.h"
#include "disk/retain/event_forgetting.h"
#include "disk/write_meter.h"
#include "shelf.h"
#include "store/sql/database.h"
#include "support/fake_clock.h"

namespace retention_test {

using namespace shelf;

namespace {

/// Rows with small files, one a minute from kStart on, of two cameras in turn.
struct Small {
    footage::Folder folder;
    test::FakeClock clock;
    disk::RetentionOptions options;
    store::Store store{folder / "porchlight.db"};
    Volume volume{Volume::Options{folder / "recordings", "node", false, false}, clock};

    explicit Small(microseconds max_event_age = 2160h) : options(optionsOf(folder, max_event_age)) {
        volume.look(true);
    }
    static disk::RetentionOptions optionsOf(const footage::Folder& folder, microseconds max_event_age) {
        disk::RetentionOptions options;
        options.recordings_dir = folder / "recordings";
        options.thumbnails_dir = folder / "thumbnails";
        options.storage.min_free_bytes = 0;
        options.storage.max_bytes = 0;
        options.storage.max_age = 1000h;
        options.storage.max_event_age = max_event_age;
        return options;
    }
    void put(int count) {
        for (int i = 0; i < count; ++i) {
            store::RecordingRow row;
            row.camera = i % 2 == 0 ? "left" : "right";
            row.started_at = kStart + 1min * i;
            row.ended_at = row.started_at + 1min;
            row.path = row.camera + "/" + std::to_string(1000 + i) + ".mp4";
            row.bytes = 1000;
            fs::create_directories(options.recordings_dir / row.camera);
            footage::writeAll(options.recordings_dir / row.path, std::vector<std::uint8_t>(1000));
            store.recordings.insert(row);
        }
    }
    store::EventRow event(const std::string& id, const std::string& camera, WallTime at, bool is_kept) {
        store::EventRow row = eventAt(id, at);
        row.camera = camera;
        row.state = store::EventState::Closed;
        row.ended_at = row.clip_ended_at = at + 10s;
        row.is_kept = is_kept;
        store.events.insert(row);
        return row;
    }
    std::vector<std::string> left() {
        std::vector<std::string> out;
        for (const auto& file : listRecordings(options.recordings_dir)) out.push_back(file.string());
        return out;
    }
    void keep(std::vector<CameraLimits> cameras = {}, bool is_clock_trusted = true) {
        while (retention.step(cameras, {}, is_clock_trusted) ||
               (is_clock_trusted && forgetting.forgetOld())) {
        }
    }
    Leftovers leftovers;
    Retention retention{store, options, volume, clock};
    EventForgetting forgetting{store, options.thumbnails_dir, options.storage.max_event_age, clock,
                               leftovers};
};

}  // namespace

TEST_CASE("retention names the first limit that is passed") {
    config::StorageConfig limits;
    limits.max_bytes = 1000;
    limits.min_free_bytes = 500;
    limits.max_age = 1h;
    disk::StorageState state{900, 600, 5000, kStart};
    store::RecordingRow oldest;
    oldest.ended_at = kStart - 30min;
    CHECK(disk::planRetention(limits, state, oldest) == "");
    oldest.ended_at = kStart - 2h;
    CHECK(disk::planRetention(limits, state, oldest) == "age");
    state.free_bytes = 499;
    CHECK(disk::planRetention(limits, state, oldest) == "free_space");
    state.recorded_bytes = 1001;
    CHECK(disk::planRetention(limits, state, oldest) == "bytes");
    // A board without a clock thinks it is 1970: nothing is too old.
    oldest.ended_at = WallTime{};
    CHECK(disk::planRetention(limits, disk::StorageState{0, 600, 5000, WallTime{24h}}, oldest) == "");
}

TEST_CASE(
    "bytes: the oldest of all cameras go first, one at a time, no more than needed, and the events say why") {
    Small shelf;
    shelf.put(10);
    shelf.event("0000000000000001", "left", kStart + 10s, false);
    shelf.event("0000000000000002", "right", kStart + 5min + 10s, false);
    shelf.options.storage.max_bytes = 7500;
    shelf.keep();
    CHECK(shelf.left().size() == 7);
    CHECK(shelf.store.recordings.bytes() == 7000);
    CHECK(shelf.store.recordings.totals()["left"].files == 3);
    CHECK(shelf.store.events.byId("0000000000000001")->footage_gone_reason == "bytes");
    CHECK(shelf.store.events.byId("0000000000000002")->footage_gone_reason == "");
    CHECK(shelf.store.recordings.checkTotals(false).empty());
    CHECK(shelf.retention.problem().empty());
}

TEST_CASE("a camera's own limits spare the other cameras") {
    Small shelf;
    shelf.put(10);
    shelf.keep({{"left", 2000, microseconds{0}}, {"right", 0, microseconds{0}}});
    CHECK(shelf.store.recordings.totals()["left"].files == 2);
    CHECK(shelf.store.recordings.totals()["right"].files == 5);
    shelf.clock.advance(9min);
    shelf.keep({{"left", 0, microseconds{0}}, {"right", 0, 3min}});
    CHECK(shelf.store.recordings.totals()["left"].files == 2);
    CHECK(shelf.store.recordings.totals()["right"].files == 3);  // those that ended in the last three minutes
}

TEST_CASE(
    "kept events survive until only they are left, and then the owner is told; letting go of them is heard") {
    Small shelf;
    shelf.put(6);
    shelf.event("0000000000000001", "left", kStart + 30s, true);          // the very oldest
    shelf.event("0000000000000002", "right", kStart + 5min + 30s, true);  // the newest
    shelf.options.storage.max_bytes = 500;
    shelf.keep();
    CHECK(shelf.left() == std::vector<std::string>{"left/1000.mp4", "right/1005.mp4"});
    CHECK(shelf.retention.problem().find("max_bytes") != std::string::npos);
    CHECK(shelf.store.events.byId("0000000000000001")->footage_gone_reason == "");
    shelf.store.events.setMarks("0000000000000001", false, std::nullopt, std::nullopt);
    shelf.clock.advance(11min);
    shelf.keep();
    CHECK(shelf.left() == std::vector<std::string>{"right/1005.mp4"});
}

TEST_CASE("a file that cannot be deleted keeps its row, holds up no other, and the owner is told") {
    Small shelf;
    shelf.put(2);
    fs::remove(shelf.options.recordings_dir / "left/1000.mp4");
    fs::create_directory(shelf.options.recordings_dir / "left/1000.mp4");  // unlink refuses folders
    shelf.options.storage.max_bytes = 500;
    shelf.keep();
    CHECK(shelf.store.recordings.bytes() == 1000);
    CHECK(shelf.retention.problem().find("cannot be deleted") != std::string::npos);
    CHECK(std::string(shelf.retention.stateOfProblem()) == "undeletable");
    CHECK(shelf.store.recordings.at("left/1000.mp4")->gone_reason == "");
}

TEST_CASE("a deletion that the database does not take: nothing more is deleted for it, and it is no loss") {
    Small shelf;
    shelf.put(4);
    shelf.options.storage.max_bytes = 3500;
    store::Database database(shelf.folder / "porchlight.db");
    database.execute("CREATE TABLE refusal (id INTEGER REFERENCES camera(id) DEFERRABLE INITIALLY DEFERRED)");
    database.execute(
        "CREATE TRIGGER refuse AFTER UPDATE OF gone_reason ON recording BEGIN INSERT INTO refusal VALUES "
        "(-1); END");
    for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(shelf.retention.step({}, {}, true), Error);
    CHECK(shelf.left() == std::vector<std::string>{"left/1002.mp4", "right/1001.mp4", "right/1003.mp4"});
    std::set<std::string> paths;
    shelf.retention.collectPaths(paths);
    CHECK(paths == std::set<std::string>{"left/1000.mp4"});
    database.execute("DROP TRIGGER refuse");
    shelf.keep();
    CHECK(shelf.left().size() == 3);
    CHECK(shelf.store.recordings.at("left/1000.mp4")->gone_reason == "bytes");
    CHECK_FALSE(shelf.retention.hasMetMissing());
    CHECK(check(shelf.store, shelf.options.recordings_dir, {}, false).empty());
}

TEST_CASE(
    "old events are forgotten with their thumbnails, kept ones are not; so are the rows of files that went") {
    Small shelf(24h);
    shelf.options.storage.max_bytes = 1500;
    shelf.put(4);
    for (int i = 1; i <= 450; ++i) {
        char id[20];
        std::snprintf(id, sizeof id, "%016x", i);
        auto row = shelf.event(id, "left", kStart + 1s * i, i % 100 == 0);
        row.has_thumbnail = true;
        shelf.store.events.update(row);
    }
    fs::create_directories(shelf.options.thumbnails_dir / "left");
    footage::writeAll(shelf.options.thumbnails_dir / "left/0000000000000007.jpg", {1});
    footage::writeAll(shelf.options.thumbnails_dir / "left/0000000000000064.jpg", {1});
    shelf.keep();
    CHECK(shelf.store.recordings.at("left/1000.mp4"));
    shelf.clock.advance(25h);
    shelf.keep();
    store::EventFilter filter;
    CHECK(shelf.store.event_pages.page(filter).events.size() == 4);
    CHECK_FALSE(fs::exists(shelf.options.thumbnails_dir / "left/0000000000000007.jpg"));
    CHECK(fs::exists(shelf.options.thumbnails_dir / "left/0000000000000064.jpg"));  // of the hundredth, kept
    shelf.clock.advance(2h);
    shelf.keep();
    CHECK_FALSE(shelf.store.recordings.at("right/1001.mp4"));
}

TEST_CASE("a deleted event goes for good, with its thumbnail, once it cannot be restored any more") {
    Small shelf;
    fs::create_directories(shelf.options.thumbnails_dir / "left");
    std::vector<std::string> ids;
    for (int i = 1; i <= 100; ++i) {
        char id[20];
        std::snprintf(id, sizeof id, "%016x", i);
        auto row = shelf.event(id, "left", kStart + 1s * i, false);
        row.has_thumbnail = true;
        shelf.store.events.update(row);
        ids.push_back(row.id);
        footage::writeAll(shelf.options.thumbnails_dir / "left" / (ids.back() + ".jpg"), {1});
    }
    const auto left = [&] {
        const auto files = std::distance(fs::directory_iterator(shelf.options.thumbnails_dir / "left"), {});
        CHECK(static_cast<std::size_t>(files) == shelf.store.event_pages.page({}).events.size());
        return files;
    };
    const auto pass = [&](microseconds span) {
        for (microseconds done{0}; done < span; done += 10s) {
            shelf.clock.advance(10s);
            shelf.forgetting.forgetDeleted();
        }
    };
    store::EventChange change;
    change.remove_at = shelf.clock.wallNow();
    shelf.store.events.change({ids.begin() + 1, ids.end()}, change);
    pass(4min);
    CHECK(shelf.store.events.byId(ids[1]));
    store::EventChange restore;
    restore.restore_since = shelf.clock.wallNow() - store::kRestoreTime;
    CHECK(shelf.store.events.change({ids[2]}, restore).changed.size() == 1);
    pass(2min);
    CHECK_FALSE(shelf.store.events.byId(ids[1]));
    CHECK(left() == 2);  // never deleted, and restored
    pass(10min);
    CHECK(left() == 2);
}

TEST_CASE("events are forgotten by the age that was said at first, whatever became of those words") {
    Small shelf;
    auto event = shelf.event("0000000000000001", "left", kStart, false);
    event.has_thumbnail = true;
    shelf.store.events.update(event);
    shelf.event("0000000000000002", "left", kStart,
                false);  // without a thumbnail: what is there is not its own
    const auto folder = shelf.options.thumbnails_dir / "left";
    fs::create_directories(folder);
    for (const char* name : {"0000000000000001.jpg", "0000000000000002.jpg"})
        footage::writeAll(folder / name, {1});
    auto words = std::make_unique<disk::RetentionOptions>(shelf.options);
    words->storage.max_event_age = 24h;
    EventForgetting forgetting{shelf.store, words->thumbnails_dir, words->storage.max_event_age, shelf.clock,
                               shelf.leftovers};
    words->storage.max_event_age = 1h;
    words->thumbnails_dir = "nowhere";
    words.reset();
    shelf.clock.advance(23h);
    forgetting.forgetOld();
    CHECK(shelf.store.events.byId("0000000000000001"));
    shelf.clock.advance(2h);
    forgetting.forgetOld();
    CHECK_FALSE(shelf.store.events.byId("0000000000000001"));
    CHECK_FALSE(shelf.store.events.byId("0000000000000002"));
    CHECK_FALSE(fs::exists(folder / "0000000000000001.jpg"));
    CHECK(fs::exists(folder / "0000000000000002.jpg"));
}

TEST_CASE("retention deletes nothing that may be newer than what is not known yet") {
    Shelf shelf;
    shelf.fill(4);
    disk::RetentionOptions options;
    options.recordings_dir = shelf.dir;
    options.thumbnails_dir = shelf.folder / "thumbnails";
    options.storage.min_free_bytes = 0;
    options.storage.max_bytes = 1;
    test::FakeClock clock;
    const Volume volume({shelf.dir, "porchlight-test", false, false}, clock);
    Retention retention(shelf.store, options, volume, clock);
    retention.setKnownUntil(kStart + 90s);
    for (int i = 0; i < 20 && retention.step({}, {}, true); ++i) {
    }
    CHECK_FALSE(retention.makeRoom());
    CHECK(shelf.existing() == 2);
    retention.setKnownUntil(WallTime::max());
    for (int i = 0; i < 20 && retention.step({}, {}, true); ++i) {
    }
    CHECK(shelf.existing() == 0);
}

TEST_CASE("flash life: the formula, and silence where nothing is known") {
    // 8 GB, a day of 8 GB without syncs: 1,000 cycles at double wear are 500 days.
    const std::uint64_t disk = 8'000'000'000;
    CHECK(flashLifeYears(disk, {{0, "footage", disk, 0}}, 1.0).value() == Approx(500.0 / 365));
    CHECK(flashLifeYears(disk, {{0, "footage", 0, disk / 65536}}, 1.0).value() ==
          Approx(1000.0 / 365).epsilon(0.001));
    CHECK_FALSE(flashLifeYears(disk, {}, 1.0));
    CHECK_FALSE(flashLifeYears(disk, {{0, "footage", 5, 5}}, 0.01));
}

}  // namespace retention_test
