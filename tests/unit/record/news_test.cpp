/// What the owner is told of the storage, and when it is told as over.
#include "record/upkeep/database_watch.h"
#include "record/upkeep/files_news.h"
#include "record/upkeep/volume_watch.h"
#include "record/upkeep/wear_report.h"
#include "store/sql/database.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace news_test {

using namespace porchlight;
using namespace porchlight::record;
using namespace std::chrono_literals;

std::vector<std::string> statesOf(StorageNews& news) {
    std::vector<std::string> out;
    for (const auto& issue : news.takeUntold()) out.push_back(issue.kind + " " + issue.state);
    return out;
}
using States = std::vector<std::string>;

struct World {
    test::Folder folder;
    test::FakeClock clock;
    store::Store store{folder / "porchlight.db"};
    StorageNews news{clock};
};

TEST_CASE("the same state twice is no news, its words are kept up to date, and its end is told once") {
    World world;
    world.news.note("spool", "ok", "");
    CHECK(statesOf(world.news).empty());  // nothing was wrong
    world.news.note("spool", "in_use", "one file");
    world.news.note("spool", "in_use", "two files");
    world.news.note("volume", "missing", "not mounted");
    CHECK(world.news.problems() == States{"two files", "recordings storage is missing: not mounted"});
    const auto told = world.news.takeUntold();
    REQUIRE(told.size() == 2);
    CHECK(told[0].detail == "one file");  // as it was when it began
    CHECK(told[0].problems == world.news.problems());
    world.news.note("spool", "dropping", "full");
    world.news.note("spool", "ok", "");
    world.news.note("spool", "ok", "");
    CHECK(statesOf(world.news) == States{"spool dropping", "spool ok"});
    CHECK(world.news.detailOf("spool").empty());
    CHECK(world.news.detailOf("volume") == "not mounted");
}

TEST_CASE(
    "a volume that failed is told as well when it takes footage and stays so, later after each relapse") {
    World world;
    disk::Volume::Options options;
    options.folder = world.folder / "recordings";
    options.node = "porchlight-test";
    VolumeWatch watch(world.store, options, world.clock);
    std::uint64_t durable = 0;
    const auto look = [&] { return watch.look(false, durable, world.news); };
    CHECK(look() == VolumeWatch::Change::None);
    CHECK(world.store.meta.get("volume_marked"));
    const auto spanUntilTold = [&] {  // trouble begins, and is over at once
        watch.volume().failed(Error(ErrorKind::Exhausted, "no space"));
        CHECK(look() == VolumeWatch::Change::Away);
        CHECK(statesOf(world.news) == States{"volume full"});
        watch.volume().tryAgain();
        CHECK(look() == VolumeWatch::Change::Back);  // the cameras go there at once
        durable += 1000;
        microseconds span = 0s;
        while (watch.told().state() != disk::VolumeState::Ok && span < 1h) {
            world.clock.advance(1s);
            span += 1s;
            look();
        }
        CHECK(statesOf(world.news) == States{"volume ok"});
        return span;
    };
    CHECK(spanUntilTold() == 3s);
    CHECK(spanUntilTold() == 6s);
    CHECK(spanUntilTold() == 12s);
    world.clock.advance(11min);
    CHECK(spanUntilTold() == 3s);
}

TEST_CASE("a volume that nobody has tried since it was full is told as well after a while") {
    World world;
    disk::Volume::Options options;
    options.folder = world.folder / "recordings";
    VolumeWatch watch(world.store, options, world.clock);
    watch.volume().failed(Error(ErrorKind::Exhausted, "no space"));
    watch.look(false, 0, world.news);
    watch.volume().tryAgain();
    watch.look(false, 0, world.news);
    world.clock.advance(22s);
    watch.look(false, 0, world.news);
    CHECK(watch.told().state() == disk::VolumeState::Full);
    world.clock.advance(1s);
    watch.look(false, 0, world.news);
    CHECK(watch.told().state() == disk::VolumeState::Ok);
}

TEST_CASE(
    "recordings that are gone are told for a day, restarts included; what is out of reach while it is so") {
    World world;
    disk::RecoveryReport report;
    report.lost["porch"] = 2;
    report.out_of_reach["yard"] = 1;
    {
        FilesNews files(world.store, world.clock, "recordings");
        files.noteCompared(report);
        files.tell("", world.news);
        CHECK(statesOf(world.news) == States{"files gone"});
        CHECK(world.news.detailOf("files").starts_with("2 recordings of porch are gone: "));
        CHECK(world.news.detailOf("files").find("1 recording of yard is gone for now") != std::string::npos);
        CHECK(files.isIncomplete());
    }
    FilesNews files(world.store, world.clock, "recordings");
    files.recall();
    files.noteCompared({});
    world.clock.advance(23h);
    files.tell("", world.news);
    CHECK(statesOf(world.news).empty());
    CHECK(world.news.detailOf("files") == "2 recordings of porch are gone: the files are not there any more");
    world.clock.advance(2h);
    files.tell("", world.news);
    CHECK(statesOf(world.news) == States{"files ok"});
    files.tell("cannot be deleted", world.news);
    CHECK(statesOf(world.news) == States{"files undeletable"});
}

TEST_CASE("what cannot be read rests for twice as long each time, an hour at most") {
    World world;
    FilesNews files(world.store, world.clock, "recordings");
    disk::RecoveryReport report;
    report.unreadable_files = 1;
    const auto restNow = [&] {
        files.noteCompared(report);
        microseconds span = 0s;
        for (; !files.hasUnreadRested(); span += 1min) world.clock.advance(1min);
        return span;
    };
    CHECK(restNow() == 1min);
    CHECK(restNow() == 2min);
    for (int i = 0; i < 8; ++i) files.noteCompared(report);
    CHECK(restNow() == 1h);
    files.noteCompared({});
    CHECK(restNow() == 1min);
    CHECK(files.isLookDue());
    CHECK_FALSE(files.isLookDue());
    world.clock.advance(1min);
    CHECK(files.isLookDue());
}

TEST_CASE("a database that refuses for ten seconds is told, from the first refusal of whoever met one") {
    World world;
    DatabaseWatch database(world.store, world.folder / "porchlight.db", world.clock);
    database.tell(std::nullopt, world.news);
    database.tryLedger([] { throw Error(ErrorKind::Unavailable, "locked"); });
    database.tell(std::nullopt, world.news);
    CHECK(statesOf(world.news).empty());  // a moment is no news
    world.clock.advance(10s);
    database.tell(std::nullopt, world.news);
    CHECK(statesOf(world.news) == States{"database refusing"});
    database.tryLedger([] {});
    database.tell(world.clock.now(), world.news);  // a camera's row waits still
    CHECK(statesOf(world.news).empty());
    database.tell(std::nullopt, world.news);
    CHECK(statesOf(world.news) == States{"database ok"});
}

TEST_CASE("rows that the database did not take are tried every three seconds") {
    World world;
    DatabaseWatch database(world.store, world.folder / "porchlight.db", world.clock);
    store::RecordingRow row;
    row.path = "porch/x.mp4";
    row.camera = "porch";
    row.ended_at = row.started_at = world.clock.wallNow();
    database.lateRows().add(row, std::nullopt);
    database.tell(std::nullopt, world.news);
    world.clock.advance(10s);
    database.tell(std::nullopt, world.news);
    CHECK(statesOf(world.news) == States{"database refusing"});
    store::Database other(world.folder / "porchlight.db");
    other.execute("ALTER TABLE recording RENAME TO elsewhere");
    database.retryLateRows();
    CHECK(database.lateRows().size() == 1);
    other.execute("ALTER TABLE elsewhere RENAME TO recording");
    world.clock.advance(2s);
    database.retryLateRows();
    CHECK(database.lateRows().size() == 1);
    world.clock.advance(1s);
    database.retryLateRows();
    CHECK(database.lateRows().size() == 0);
    CHECK(world.store.recordings.knows("porch/x.mp4"));
}

TEST_CASE("what is counted and not in the database yet is part of the days' sums") {
    World world;
    WearReport wear(world.store, world.clock);
    const auto footageOf = [&] {
        std::uint64_t bytes = 0;
        for (const auto& row : wear.written())
            if (row.purpose == "footage") bytes += row.bytes;
        return bytes;
    };
    wear.meter().addFootage(1000, 1);
    CHECK(footageOf() == 1000);
    wear.flush(true);
    wear.read();
    wear.meter().addFootage(500, 1);
    CHECK(footageOf() == 1500);
    CHECK(wear.flashLifeYears(32'000'000'000));
}

}  // namespace news_test
