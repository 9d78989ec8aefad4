// Rows and files that do not agree: links, disks that are away, files that are somebody's.
#include <sys/stat.h>
#include <unistd.h>

#include "disk/recover/reconciliation.h"
#include "disk/retain/retention.h"
#include "other_disk.h"
#include "shelf.h"
#include "support/fake_clock.h"

namespace reconcile_test {

using namespace shelf;

TEST_CASE("files are adopted in slices, the oldest day first, and what is not known yet protects what is") {
    Shelf shelf;
    const auto bytes = bytesOf(shelf.stream);
    for (int day = 0; day < 5; ++day)
        for (int i = 0; i < 40; ++i) shelf.put(recordingPath("porch", kStart + 24h * day + 1min * i), bytes);
    const auto files = listRecordings(shelf.dir);
    std::size_t found = 0;
    Reconciliation work(shelf.store, shelf.dir, [&](const std::string&, WallTime, WallTime) { ++found; });
    work.begin(true);
    CHECK(work.knownUntil() == WallTime::min());
    std::size_t slices = 0;
    microseconds longest{0};
    for (; !work.isDone() && slices < 100'000; ++slices) {
        const auto began_at = Monotonic::now();
        work.step(base::Cancel(Deadline::in(2ms)), {});
        longest = std::max(longest, std::chrono::duration_cast<microseconds>(Monotonic::now() - began_at));
        if (work.areFilesKnown()) continue;
        for (const fs::path& file : files)
            if (!shelf.store.recordings.knows(file.string())) REQUIRE(*startOf(file) >= work.knownUntil());
    }
    CHECK(slices > 5);
    CHECK(work.isDone());
    CHECK(work.knownUntil() == WallTime::max());
    CHECK(work.report().adopted_files == 200);
    CHECK(found == 200);
    CHECK(shelf.store.recordings.totals()["porch"].files == 200);
    CHECK(shelf.store.recordings.checkTotals(false).empty());
    CHECK_FALSE(work.progress());
    WARN("longest of " << slices << " slices of 2 ms: " << longest.count() / 1000 << " ms");
}

TEST_CASE(
    "a camera's folder that was moved and linked loses no recording, and a link that leads back is no loop") {
    Shelf shelf;
    shelf.fill(3);
    fs::rename(shelf.dir / "porch", shelf.folder / "elsewhere");
    fs::create_directory_symlink(shelf.folder / "elsewhere", shelf.dir / "porch");
    fs::create_directory_symlink(shelf.dir, shelf.dir / "porch" / "back");
    shelf.put(kStart + 1h);  // and one more, that no row tells of
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.lost.empty());
    CHECK(report.adopted_files == 1);
    CHECK(shelf.existing() == 4);
    CHECK(shelf.store.recordings.totals()["porch"].files == 4);
    CHECK(listRecordings(shelf.dir).size() == 4);
    CHECK(shelf.wrong() == 0);
}

TEST_CASE("recordings behind a link that leads nowhere stay as they are until it leads somewhere") {
    Shelf shelf;
    shelf.fill(3);
    fs::rename(shelf.dir / "porch", shelf.folder / "elsewhere");
    fs::create_directory_symlink(shelf.folder / "unplugged", shelf.dir / "porch");
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.lost.empty());
    CHECK(report.out_of_reach.at("porch") == 3);
    CHECK(shelf.existing() == 3);
    CHECK(shelf.wrong() == 1);
    CHECK(shelf.wrong(true) == 1);  // nothing to repair: it is said
    CHECK(shelf.existing() == 3);
    fs::rename(shelf.folder / "elsewhere", shelf.folder / "unplugged");
    CHECK(recover(shelf.store, shelf.dir).out_of_reach.empty());
    CHECK(shelf.wrong() == 0);
    fs::rename(shelf.folder / "unplugged", shelf.folder / "elsewhere");
    CheckControl control;
    control.accepts_loss = true;
    CHECK(check(shelf.store, shelf.dir, {}, true, {}, control).size() == 3);
    CHECK(shelf.existing() == 0);
    CHECK(shelf.wrong() == 0);
}

TEST_CASE(
    "a disk that was mounted and is not now: its recordings stay, and retention does not call them deleted") {
    Shelf shelf;
    const test::OtherDisk disk(shelf.folder.path());
    NEED_OTHER_DISK(disk)
    fs::create_directories(shelf.dir);
    fs::create_directory_symlink(disk.path(), shelf.dir / "porch");
    shelf.fill(3);
    fs::remove(shelf.dir / "porch");
    fs::create_directory(shelf.dir / "porch");  // as an empty mount point
    shelf.put(kStart + 2h);                     // recorded to it meanwhile
    for (int start = 0; start < 2; ++start) {
        const auto report = recover(shelf.store, shelf.dir);
        CHECK(report.lost.empty());
        CHECK(report.out_of_reach.at("porch") == 3);
    }
    RetentionOptions options;
    options.recordings_dir = shelf.dir;
    options.thumbnails_dir = shelf.folder / "thumbnails";
    options.storage.min_free_bytes = 0;
    options.storage.max_bytes =
        bytesOf(shelf.stream).size() * 2;  // more than is on this disk, less than the rows say
    test::FakeClock clock;
    const Volume volume({shelf.dir, "porchlight-test", false, false}, clock);
    Retention retention(shelf.store, options, volume, clock);
    for (int i = 0; i < 20 && retention.step({}, {}, true); ++i) {
    }
    CHECK(retention.hasMetMissing());
    CHECK(shelf.existing() == 4);
    CHECK(retention.problem().empty());
    fs::remove_all(shelf.dir / "porch");
    fs::create_directory_symlink(disk.path(), shelf.dir / "porch");
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.out_of_reach.empty());
    CHECK(report.lost.at("porch") == 1);  // the one on the mount point
    CHECK(shelf.existing() == 3);
}

TEST_CASE("what others put into the recordings folder is neither renamed, cut nor deleted, and is said") {
    Shelf shelf;
    shelf.fill(1);
    footage::run("ffmpeg -v error -y -i " + (shelf.folder / "s.mp4").string() +
                 " -c copy -movflags +faststart " + (shelf.folder / "film.mp4").string());
    const auto film = footage::readAll(shelf.folder / "film.mp4");
    auto damaged = bytesOf(shelf.stream);
    damaged[shelf.stream.init->bytes.size() + shelf.stream.fragments[0]->bytes.size() + 5] ^=
        0x40U;  // in the second moof
    auto foreign = bytesOf(shelf.stream);
    foreign.insert(foreign.end(), {0, 0, 0, 16, 'm', 'f', 'r', 'a', 1, 2, 3, 4, 5, 6, 7, 8});
    auto torn = bytesOf(shelf.stream);
    torn.resize(torn.size() - 10);
    const std::vector<std::pair<fs::path, std::vector<std::uint8_t>>> files = {
        {"porch/2026-09-21/holiday.mp4", film},
        {"film.mp4", film},
        {"porch/film.mp4", film},
        {recordingPath("porch", kStart + 10min), film},
        {recordingPath("porch", kStart + 11min), std::vector<std::uint8_t>(50'000, 7)},
        {recordingPath("porch", kStart + 12min), damaged},
        {recordingPath("porch", kStart + 13min), foreign},
        {"garden/2026-09-21/141320.000-porch.mp4", torn},  // no name that we give
        {recordingPath("porch", kStart + 14min).string() + ".part.mp4", torn},
        {"porch/film.mp4.part", film},
    };
    for (const auto& [path, bytes] : files) shelf.put(path, bytes);
    const auto isAsItWas = [&] {
        for (const auto& [path, bytes] : files) {
            CAPTURE(path.string());
            CHECK((footage::readAll(shelf.dir / path) == bytes));
        }
    };
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.removed_files == 0);
    CHECK(report.foreign_files == 5);
    isAsItWas();
    const auto findings = check(shelf.store, shelf.dir, {}, true);
    isAsItWas();
    CHECK(findings.size() == 5);
    for (const auto& finding : findings) CHECK(finding.is_note);
}

TEST_CASE("a pipe or a folder that is named like a recording holds nobody up") {
    Shelf shelf;
    shelf.fill(1);
    REQUIRE(::mkfifo((shelf.dir / recordingPath("porch", kStart + 5min)).c_str(), 0600) == 0);
    fs::create_directory(shelf.dir / recordingPath("porch", kStart + 6min));
    CHECK(recover(shelf.store, shelf.dir).lost.empty());
    CHECK(shelf.wrong(true) == 0);
    CHECK(shelf.existing() == 1);
}

TEST_CASE("a file whose row says that it is gone is taken back, and so are its events") {
    Shelf shelf;
    shelf.fill(1);
    const auto row = shelf.store.recordings.overlapping("porch", WallTime{}, kStart + 1h).front();
    auto event = eventAt("0000000000000001", kStart + 1s);
    event.state = store::EventState::Closed;
    event.ended_at = event.clip_ended_at = kStart + 3s;
    shelf.store.events.insert(event);
    shelf.store.removals.remove(row, "bytes", [] {});
    CHECK(shelf.store.events.byId(event.id)->footage_gone_reason == "bytes");
    CHECK(recover(shelf.store, shelf.dir).revived_files == 1);
    CHECK(shelf.store.events.byId(event.id)->footage_gone_reason == "");
    CHECK(shelf.existing() == 1);
    CHECK(shelf.store.recordings.bytes() == row.bytes);
}

}  // namespace reconcile_test
