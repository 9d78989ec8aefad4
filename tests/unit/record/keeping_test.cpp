/// When limits are looked at, room is made, and rows and files are compared.
#include "record/upkeep/space_keeper.h"
#include "store/sql/database.h"
#include "support/fake_clock.h"
#include "unit/disk/shelf.h"

namespace keeping_test {

using namespace shelf;
using namespace porchlight::record;

namespace {

/// What a recorder has of its storage, without cameras.
struct World {
    test::Folder folder;
    test::FakeClock clock;
    store::Store store{folder / "porchlight.db"};
    StorageNews news{clock};
    VolumeWatch watch{store, volumeOptions(), clock};
    Spool spool{store, watch.volume(), 256U << 20U};
    Leftovers leftovers;
    SpaceUse use;
    ClockTrust trust{clock, [](WallTime) { return ClockFacts{true, true, "boot-1"}; }, {}, std::nullopt};
    std::set<std::string> running;
    int looks_at_limits = 0;
    Housekeeping house{
        {store, clock, watch.volume(), spool, leftovers, news},
        {folder / "recordings", folder / "thumbnails"},
        {},
        {[] { return std::set<std::string>(); }, [this] { return running; }, [] {}, [] { return false; }}};
    SpaceKeeper keeper{{store, clock, watch, spool, leftovers, use, trust, house, news},
                       retentionOptions(),
                       std::chrono::days(90),
                       {[this] {
                            ++looks_at_limits;
                            return std::vector<CameraLimits>();
                        },
                        [] { return std::map<std::string, std::uint64_t>(); }, [] {}}};

    Volume::Options volumeOptions() const { return {folder / "recordings", "node", false, false}; }
    RetentionOptions retentionOptions() const {
        RetentionOptions out{folder / "recordings", folder / "thumbnails", {}};
        out.storage.min_free_bytes = 0;
        out.storage.max_bytes = 0;
        out.storage.max_age = std::chrono::hours(24 * 365);
        return out;
    }
    void put(int count) {
        fs::create_directories(folder / "recordings" / "porch");
        for (int i = 0; i < count; ++i) {
            store::RecordingRow row;
            row.camera = "porch";
            row.path = "porch/" + std::to_string(100 + i) + ".mp4";
            row.started_at = kStart + 1min * i;
            row.ended_at = row.started_at + 1min;
            row.bytes = 1000;
            footage::writeAll(folder / "recordings" / row.path, std::vector<std::uint8_t>(1000));
            store.recordings.insert(row);
        }
    }
    int looksIn(microseconds span) {
        const int before = looks_at_limits;
        for (microseconds done{0}; done < span; done += 200ms) {
            clock.advance(200ms);
            keeper.tick();
        }
        return looks_at_limits - before;
    }
};

}  // namespace

TEST_CASE("limits are looked at every ten seconds, after 32 MiB, and at once after a write met a full disk") {
    World world;
    world.keeper.tick();
    CHECK(world.looksIn(30s) == 3);
    world.use.noteSpooled(32U << 20U);
    CHECK(world.looksIn(200ms) == 1);
    CHECK(world.looksIn(9s) == 0);
    world.use.noteFull();
    CHECK(world.looksIn(200ms) == 1);
    CHECK(world.looksIn(9s) == 0);
    world.keeper.lookSoon();
    CHECK(world.looksIn(200ms) == 1);
}

TEST_CASE("deleted events go for good while the recorder does its rounds") {
    World world;
    fs::create_directories(world.folder / "thumbnails" / "porch");
    const fs::path thumbnail = world.folder / "thumbnails" / "porch" / "000000000000000a.jpg";
    footage::writeAll(thumbnail, {1});
    auto row = eventAt("000000000000000a", kStart);
    row.state = store::EventState::Closed;
    row.ended_at = row.clip_ended_at = kStart + 1s;
    row.has_thumbnail = true;
    world.store.events.insert(row);
    store::EventChange change;
    change.remove_at = world.clock.wallNow();
    world.store.events.change({row.id}, change);
    world.looksIn(store::kRestoreTime);
    CHECK(world.store.events.byId(row.id));
    world.looksIn(31s);
    CHECK_FALSE(world.store.events.byId(row.id));
    CHECK_FALSE(fs::exists(thumbnail));
}

TEST_CASE("room is made again on a disk only after that has taken footage since") {
    World world;
    world.put(6);
    const auto left = [&] { return world.store.recordings.totals()["porch"].files; };
    CHECK(world.keeper.makeRoom("porch"));
    CHECK(left() < 6);
    const auto after_first = left();
    CHECK_FALSE(world.keeper.makeRoom("porch"));
    CHECK(left() == after_first);
    world.use.noteWritten(0, 1000);
    CHECK(world.keeper.makeRoom("porch"));
    CHECK(left() < after_first);
}

TEST_CASE("what the last run left is closed first, events that run are let be, and what is gone is told") {
    World world;
    world.put(2);
    fs::create_directories(world.folder / "recordings" / "yard");
    fs::remove(world.folder / "recordings" / "porch" / "100.mp4");
    for (const char* id : {"000000000000000a", "000000000000000b"})
        world.store.events.insert(eventAt(id, kStart));
    world.running = {"000000000000000b"};
    CHECK(world.house.isBusy());
    world.house.begin();
    for (int i = 0; i < 1000 && world.house.isBusy(); ++i) CHECK_FALSE(world.house.step(Deadline::in(20ms)));
    REQUIRE_FALSE(world.house.isBusy());
    CHECK(world.store.events.byId("000000000000000a")->state == store::EventState::Closed);
    CHECK(world.store.events.byId("000000000000000b")->state == store::EventState::Active);
    CHECK(world.news.detailOf("files").find("1 recording of porch is gone") != std::string::npos);
}

TEST_CASE("a database that refuses housekeeping is asked again ten seconds later") {
    World world;
    world.house.closeLastRun();
    world.house.begin();
    world.put(1);
    store::Database other(world.folder / "porchlight.db");
    other.execute("ALTER TABLE recording RENAME TO elsewhere");
    for (int i = 0; i < 100 && !world.house.step(Deadline::in(20ms)); ++i) {
    }
    CHECK(world.house.isBusy());
    other.execute("ALTER TABLE elsewhere RENAME TO recording");
    world.house.step(Deadline::in(1s));
    CHECK(world.house.isBusy());  // it rests
    world.clock.advance(10s);
    for (int i = 0; i < 100 && world.house.isBusy(); ++i) world.house.step(Deadline::in(20ms));
    CHECK_FALSE(world.house.isBusy());
}

}  // namespace keeping_test
