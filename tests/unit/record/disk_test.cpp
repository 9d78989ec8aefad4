// Disks that are full, read-only, missing or swapped: real small file systems, mounted for the test.
#include <thread>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/volume.h"
#include "rig.h"
#include "store/sql/database.h"
#include "unit/disk/small_disk.h"

namespace disk_test {

using namespace rig;
using small_disk::Disk;

namespace {

microseconds covered(Rig& rig) {
    microseconds sum{0};
    for (const auto& row : rig.store().recordings.overlapping("porch", WallTime{}, kStart + 1h))
        if (row.ended_at) sum += *row.ended_at - row.started_at;
    return sum;
}

std::size_t filesOn(const fs::path& folder) {
    return fs::exists(folder) ? listRecordings(folder).size() : 0;
}

}  // namespace

TEST_CASE(
    "a volume that is taken away while recording: the spool takes over, and gives back when it is there "
    "again") {
    Rig rig;
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 30);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 20);  // 10 s
    CHECK(filesOn(rig.folder / "recordings") == 1);
    rig.recorder->onStreamEnded("porch");  // as an unplugged disk, unmounted: no file of ours is open then
    rig.settle();
    REQUIRE(disk.umount());
    rig.pass(3s);
    CHECK(rig.recorder->storage().state == "missing");
    feedInTime(rig, stream, 20, 40);
    const auto status = rig.recorder->storage();
    CHECK(filesOn(rig.folder / "recordings") == 0);  // nothing went to the empty mount point
    CHECK(filesOn(rig.folder / "spool") == 1);
    CHECK(rig.recorder->status()["porch"].is_spooled);
    CHECK(rig.recorder->status()["porch"].error.empty());
    {  // What is in the spool plays like everything else.
        auto store = rig.store();
        const auto rows = store.recordings.overlapping("porch", kStart, kStart + 1h);
        REQUIRE(rows.size() == 2);
        CHECK(rows[1].path.starts_with(".spool/"));
    }
    REQUIRE(disk.mount());
    rig.pass(3s);
    rig.pass(3s);
    CHECK(rig.recorder->storage().state == "ok");
    feedInTime(rig, stream, 40, 60);
    CHECK(rig.passUntil(
        [&] { return rig.recorder->storage().spool_files == 0 && filesOn(rig.folder / "spool") == 0; }));
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(covered(rig) == 30s);  // not a second is missing
    CHECK(filesOn(rig.folder / "recordings") == 3);
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
    const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", kStart, kStart + 1h);
    CHECK(clip->duration() == 30s);
    REQUIRE(rig.issues.size() >= 2);
    CHECK(rig.issues.front().state == "missing");
    CHECK(rig.issues.back().state == "ok");
}

TEST_CASE("a database that fails while a file in the spool ends does not take the core with it") {
    Rig rig;
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 12);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 4);
    rig.recorder->onStreamEnded("porch");
    rig.settle();
    REQUIRE(disk.umount());
    rig.pass(3s);
    feedInTime(rig, stream, 4, 12);
    REQUIRE(rig.recorder->status()["porch"].is_spooled);
    {
        store::Database database(rig.options().database_file);
        database.execute("ALTER TABLE recording RENAME TO out_of_reach");
        rig.recorder->onStreamEnded("porch");
        CHECK(rig.passUntil(
            [&] { return !rig.recorder->status()["porch"].is_recording; }));  // told with the next tick
        database.execute("ALTER TABLE out_of_reach RENAME TO recording");
    }
    REQUIRE(disk.mount());
    rig.pass(3s);
    feedInTime(rig, stream, 12, 24);
    CHECK(rig.passUntil(
        [&] { return filesOn(rig.folder / "spool") == 0 && rig.recorder->storage().problems.empty(); }));
    rig.recorder->stop();
    CHECK(covered(rig) == 12s);
}

TEST_CASE("deleting that frees nothing, because somebody holds the files open, does not delete everything") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.segment_length = 2s;
        options.storage.min_free_bytes = 8U << 20U;
    };
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 40, 640);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 40);
    rig.recorder->onStreamEnded("porch");
    rig.settle();
    const std::size_t before = filesOn(rig.folder / "recordings");
    REQUIRE(before == 10);
    std::vector<std::ifstream> held;
    for (const auto& file : listRecordings(rig.folder / "recordings"))
        held.emplace_back(rig.folder / "recordings" / file);
    disk.fillUp((8U << 20U) - 1);
    for (int i = 0; i < 20; ++i) rig.pass(10s);
    CHECK(filesOn(rig.folder / "recordings") == before - 1);
    CHECK(rig.recorder->storage().retention_problem.find("does not help") != std::string::npos);
    held.clear();
    fs::remove(rig.folder / "recordings/somebody-elses-film");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().problems.empty(); }));
    rig.recorder->stop();
    CHECK(filesOn(rig.folder / "recordings") == before - 1);
}

TEST_CASE("a start without the volume waits for it, and recovers when it comes") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.storage.needs_marker = true; };
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 12);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 8);
    rig.recorder->stop();
    rig.recorder.reset();
    REQUIRE(disk.umount());
    rig.start(config::RecordMode::Continuous);  // does not throw
    CHECK(rig.passUntil([&] { return rig.recorder->storage().state == "missing"; }));
    CHECK(rig.store().recordings.overlapping("porch", kStart, kStart + 1h).size() ==
          1);  // not given up for lost
    feedInTime(rig, stream, 8, 16);
    CHECK(filesOn(rig.folder / "recordings") == 0);
    REQUIRE(disk.mount());
    rig.pass(4s);
    rig.pass(4s);
    CHECK(rig.recorder->storage().state == "ok");
    feedInTime(rig, stream, 16, 24);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().spool_files == 0; }));
    rig.recorder->stop();
    CHECK(covered(rig) == 12s);
}

TEST_CASE("another disk at the same place is not recorded to") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.storage.needs_marker = true; };
    Disk ours(rig.folder, "ours", 64);
    NEED_SMALL_DISK(ours)
    const auto stream = longStream(rig, 8);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 8);
    rig.recorder->onStreamEnded("porch");
    rig.settle();
    REQUIRE(ours.umount());
    Disk theirs(rig.folder, "theirs", 64);
    std::ofstream(rig.folder / "recordings/.porchlight-volume") << "porchlight-somebody\n";
    rig.pass(3s);
    CHECK(rig.recorder->storage().state == "foreign");
    feedInTime(rig, stream, 8, 16);
    CHECK(filesOn(rig.folder / "recordings") == 0);
    CHECK(filesOn(rig.folder / "spool") == 1);
    REQUIRE(theirs.umount());
    REQUIRE(ours.mount());
    rig.recorder->onStreamEnded("porch");  // the file in the spool is moved when it is ended
    CHECK(rig.passUntil(
        [&] { return rig.recorder->storage().state == "ok" && filesOn(rig.folder / "spool") == 0; }));
    rig.recorder->stop();
    CHECK(covered(rig) == 8s);
}

TEST_CASE("a disk that becomes read-only: alert, spool, and back by itself") {
    Rig rig;
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 20);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 10);
    rig.recorder->onStreamEnded("porch");
    rig.settle();
    REQUIRE(disk.remount(true));
    rig.pass(3s);
    CHECK(rig.recorder->storage().state == "read_only");
    feedInTime(rig, stream, 10, 20);
    CHECK(filesOn(rig.folder / "spool") == 1);
    REQUIRE(disk.remount(false));
    CHECK(rig.passUntil([&] { return rig.recorder->storage().state == "ok"; }));
    feedInTime(rig, stream, 20, 40);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().spool_files == 0; }));
    rig.recorder->stop();
    CHECK(covered(rig) == 20s);
}

TEST_CASE(
    "a disk filled by somebody else: kept footage stays, the rest makes room, recording resumes by itself") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.storage.min_free_bytes = 4U << 20U;
        options.storage.spool_max_bytes = 0;  // on the same disk there would be none: footage waits in memory
    };
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 40, 640);
    rig.start(config::RecordMode::Motion, 1s, 1s);
    feedInTime(rig, stream, 0, 8);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 3s), {});
    auto ended = eventAt("0000000000000001", kStart + 3s);
    ended.ended_at = kStart + 5s;
    rig.recorder->eventEnded(ended);
    feedInTime(rig, stream, 8, 16);
    rig.store().events.setMarks("0000000000000001", true, std::nullopt, std::nullopt);
    rig.setMode(config::RecordMode::Continuous);
    feedInTime(rig, stream, 16, 30);
    rig.recorder->onStreamEnded("porch");
    {  // Everything that is left.
        std::ofstream filler(rig.folder / "recordings/somebody-elses-film", std::ios::binary);
        const std::string block(1U << 20U, 'x');
        while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    feedInTime(rig, stream, 30, 50);
    rig.passUntil([&] { return !rig.recorder->storage().retention_problem.empty(); });
    // What may go has gone; the kept event's footage is there, and the owner is told.
    auto rows = rig.store().recordings.overlapping("porch", WallTime{}, kStart + 1h);
    REQUIRE_FALSE(rows.empty());
    CHECK(rows[0].started_at <= kStart + 2s);
    CHECK(*rows[0].ended_at >= kStart + 6s);
    fs::remove(rig.folder / "recordings/somebody-elses-film");
    CHECK(rig.passUntil([&] {
        return rig.recorder->storage().state == "ok" && rig.recorder->storage().retention_problem.empty();
    }));
    feedInTime(rig, stream, 50, 80);
    CHECK(rig.recorder->status()["porch"].is_recording);
    CHECK(rig.recorder->status()["porch"].error.empty());
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
    const auto event = store.events.byId("0000000000000001");
    CHECK(event->footage_gone_reason == "");
    const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", event->clip_started_at,
                                 *event->clip_ended_at);
    CHECK(clip->duration() >= 4s);
    rows = store.recordings.overlapping("porch", WallTime{}, kStart + 1h);
    CHECK(*rows.back().ended_at > kStart + 39s);
}

TEST_CASE(
    "recordings that alone fill the disk: the oldest go, one after the other, and recording never stops") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.segment_length = 2s;
        options.storage.max_bytes = 3U << 20U;  // the quota
        options.storage.min_free_bytes = 1U << 20U;
    };
    Disk disk(rig.folder, "disk", 64);
    NEED_SMALL_DISK(disk)
    const auto stream = longStream(rig, 60, 640);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 120);
    CHECK(rig.passUntil([&] { return rig.store().recordings.bytes() <= 4U << 20U; }));
    rig.recorder->stop();
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", WallTime{}, kStart + 1h);
    REQUIRE(rows.size() >= 2);
    for (std::size_t i = 1; i < rows.size(); ++i)
        CHECK(rows[i].started_at - *rows[i - 1].ended_at < 10ms);  // no hole in what is left
    CHECK(*rows.back().ended_at == kStart + 60s);
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE(
    "a camera's own disk that is full costs no other camera anything, and that camera's oldest make room") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    const Disk disk(rig.folder, "disk", 64);
    const Disk other(rig.folder, "other", 16, "elsewhere");
    NEED_SMALL_DISK(disk)
    fs::create_directory_symlink(other.path(), disk.path() / "garden");
    footage::Options options;
    options.seconds = 24;
    options.size_px = 640;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Continuous);
    CameraRecording garden;
    garden.name = "garden";
    garden.mode = config::RecordMode::Continuous;
    rig.recorder->addCamera(garden);
    for (std::size_t i = 0; i < 48; ++i) {
        if (i == 24) other.fillUp(0);
        for (const char* camera : {"porch", "garden"}) rig.recorder->onFragment(camera, stream.fragments[i]);
        rig.settle();
        rig.clock.advance(500ms);
        if (i % 6 == 0) rig.pass(1ms);
    }
    CHECK(rig.passUntil([&] {
        return rig.recorder->storage().problems.empty() && rig.recorder->storage().spool_files == 0;
    }));
    rig.recorder->stop();
    for (const auto& issue : rig.issues) CHECK(issue.kind != "volume");
    auto store = rig.store();
    const auto on_volume = store.recordings.overlapping("porch", kStart, kStart + 1h);
    CHECK(on_volume.front().started_at == kStart);
    CHECK(on_volume.size() == 12);
    const auto elsewhere = store.recordings.overlapping("garden", kStart, kStart + 1h);
    CHECK(elsewhere.front().started_at > kStart);
    CHECK(elsewhere.back().ended_at == kStart + 24s);
}

}  // namespace disk_test
