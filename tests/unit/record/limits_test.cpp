// Limits of bytes and age, what they spare, what they say; rows that come late; modes; check and repair.
#include <sys/stat.h>

#include <thread>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/retention.h"
#include "disk/write_meter.h"
#include "rig.h"
#include "store/sql/database.h"

namespace limits_test {

using namespace rig;

namespace {

/// Rows with small files, one a minute from kStart on, of two cameras in turn.
struct Shelf {
    footage::Folder folder;
    base::FakeClock clock;
    disk::RetentionOptions options;
    store::Store store{folder / "porchlight.db"};
    Volume volume{Volume::Options{folder / "recordings", "node", false, false}, clock};

    Shelf() {
        options.recordings_dir = folder / "recordings";
        options.thumbnails_dir = folder / "thumbnails";
        options.storage.min_free_bytes = 0;
        options.storage.max_bytes = 0;
        options.storage.max_age = 1000h;
        volume.look(true);
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
        while (retention.step(cameras, {}, is_clock_trusted)) {
        }
    }
    Leftovers leftovers;
    Retention retention{store, options, volume, clock, leftovers};
};

}  // namespace

TEST_CASE(
    "bytes: the oldest of all cameras go first, one at a time, no more than needed, and the events say why") {
    Shelf shelf;
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
    Shelf shelf;
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
    Shelf shelf;
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
    Shelf shelf;
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
    Shelf shelf;
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
    Shelf shelf;
    shelf.options.storage.max_event_age = 24h;
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

TEST_CASE("a recording whose row the database did not take gets it without a restart") {
    Rig rig;
    footage::Options options;
    options.seconds = 8;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Continuous);
    rig.settle();
    store::Database database(rig.options().database_file);
    database.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON recording BEGIN SELECT RAISE(ABORT, 'not today'); END");
    rig.feed(stream, 0, 8);
    rig.recorder->onStreamEnded("porch");
    rig.pass(1s);
    CHECK(rig.recorder->storage().late_rows == 1);
    CHECK(rig.store().recordings.overlapping("porch", kStart, kStart + 1h).empty());
    database.execute("DROP TRIGGER refuse");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().late_rows == 0; }));
    const auto rows = rig.store().recordings.overlapping("porch", kStart, kStart + 1h);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].ended_at == kStart + 4s);
    CHECK(rows[0].bytes == fs::file_size(rig.options().recordings_dir / rows[0].path));
}

TEST_CASE(
    "modes are switched while recording: off ends the file, continuous begins at the newest keyframe, motion "
    "lets it end") {
    Rig rig;
    footage::Options options;
    options.seconds = 16;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Motion);
    rig.feed(stream, 0, 8);
    CHECK(listRecordings(rig.options().recordings_dir).empty());
    rig.setMode(config::RecordMode::Continuous);
    rig.feed(stream, 8, 12);
    rig.setMode(config::RecordMode::Motion);
    rig.feed(stream, 12, 16);
    auto rows = rig.store().recordings.overlapping("porch", kStart, kStart + 1h);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].started_at == kStart + 3s);  // the newest keyframe when it was switched on
    CHECK(rows[0].ended_at.value_or(kStart) >= kStart + 6s);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 7500ms), {});
    rig.feed(stream, 16, 20);
    rig.setMode(config::RecordMode::Off);
    rig.feed(stream, 20, 24);
    auto ended = eventAt("0000000000000001", kStart + 7500ms);
    ended.ended_at = kStart + 9s;
    rig.recorder->eventEnded(ended);
    rig.settle();
    REQUIRE(rig.finals.size() == 1);
    CHECK(rig.finals[0].footage_gone_reason.empty());  // what was recorded until then is its clip
    rows = rig.store().recordings.overlapping("porch", kStart, kStart + 1h);
    CHECK(*rows.back().ended_at == kStart + 10s);
    rig.setMode(config::RecordMode::Continuous);
    rig.feed(stream, 24, 32);
    rig.recorder->stop();
    rows = rig.store().recordings.overlapping("porch", kStart, kStart + 1h);
    CHECK(*rows.back().ended_at == kStart + 16s);
    CHECK(rows.back().started_at == kStart + 12s);
    for (const auto& row : rows) CHECK(footage::decodeErrors(rig.options().recordings_dir / row.path) == "");
}

TEST_CASE("check finds what is wrong, repair puts it right, and a second repair finds nothing") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    footage::Options options;
    options.seconds = 14;
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(footage::make(rig.folder, "s.mp4", options), kStart), 0, 28);
    rig.recorder->stop();
    const auto dir = rig.options().recordings_dir;
    const auto thumbnails = rig.options().thumbnails_dir / "porch";
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", kStart, kStart + 1h);
    REQUIRE(rows.size() == 7);
    {
        store::Database database(rig.options().database_file);
        fs::remove(dir / rows[0].path);                            // a row without its file
        fs::resize_file(dir / rows[1].path, rows[1].bytes - 100);  // a torn file
        database.run("UPDATE recording SET ended_at_us = NULL, bytes = 0 WHERE id = ?",
                     rows[2].id);                                                   // open, nobody writes
        database.run("DELETE FROM recording WHERE id = ?", rows[3].id);             // a file without a row
        footage::writeAll(dir / rows[4].path, std::vector<std::uint8_t>(5000, 7));  // noise
        database.run("UPDATE recording SET gone_reason = 'bytes' WHERE id = ?", rows[5].id);  // half deleted
        database.run("UPDATE recorded SET bytes = bytes + 17");                               // the ledger
    }
    fs::create_directories(thumbnails);
    footage::writeAll(thumbnails / "00000000000000aa.jpg", {1});
    auto event = eventAt("00000000000000bb", kStart + 13s);
    event.state = store::EventState::Closed;
    event.ended_at = event.clip_ended_at = kStart + 14s;
    event.has_thumbnail = true;
    store.events.insert(event);
    for (const auto& entry : fs::recursive_directory_iterator(rig.folder.path()))
        if (entry.is_regular_file() && entry.path().extension() != ".db")
            fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - 1min);
    const auto found = check(store, dir, {}, false, rig.options().thumbnails_dir);
    CHECK(found.size() == 9);
    CHECK(check(store, dir, {}, false, rig.options().thumbnails_dir).size() == 9);  // looking changes nothing
    for (const auto& finding : check(store, dir, {}, true, rig.options().thumbnails_dir)) {
        CAPTURE(finding.path, finding.problem);
        CHECK(finding.is_repaired);
    }
    CHECK(check(store, dir, {}, true, rig.options().thumbnails_dir).empty());
    CHECK(store.recordings.at(rows[0].path)->gone_reason == "lost");
    CHECK(store.recordings.at(rows[2].path)->ended_at == rows[2].ended_at);
    CHECK(store.recordings.knows(rows[3].path));
    CHECK(store.recordings.at(rows[4].path)->gone_reason == "unreadable");
    CHECK(fs::exists(dir / (rows[4].path + ".bad")));
    CHECK(store.recordings.at(rows[5].path)->gone_reason == "");  // taken back: retention decides anew
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

TEST_CASE("what is written is counted by purpose, and the meter's own row is no reason to write another") {
    Rig rig;
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(footage::make(rig.folder, "s.mp4"), kStart), 0, 12);
    rig.recorder->onStreamEnded("porch");
    rig.pass(1s);
    const auto bytes =
        fs::file_size(rig.options().recordings_dir / listRecordings(rig.options().recordings_dir).at(0));
    const auto footageBytes = [&] {
        std::uint64_t sum = 0;
        for (const auto& row : rig.recorder->storage().written)
            if (row.purpose == "footage") sum += row.bytes;
        return sum;
    };
    CHECK(footageBytes() == bytes);
    rig.pass(16min);  // now it is in the database
    rig.pass(1min);
    CHECK(footageBytes() == bytes);
    const auto day = std::chrono::floor<std::chrono::days>(kStart).time_since_epoch().count();
    std::uint64_t syncs = 0;
    for (const auto& row : rig.store().wear.since(day))
        if (row.purpose == "footage") syncs = row.syncs;
    CHECK(syncs >= 6);  // of file, folder and each second of six
    CHECK(syncs <= 10);
    const auto before = rig.store().wear.since(day);
    rig.pass(16min);
    rig.pass(16min);
    const auto after = rig.store().wear.since(day);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].bytes == after[i].bytes);
}

}  // namespace limits_test
