// Rows that come late; modes; check and repair; what is counted as written.
#include <sys/stat.h>

#include <thread>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/write_meter.h"
#include "rig.h"
#include "store/sql/database.h"

namespace limits_test {

using namespace rig;

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
