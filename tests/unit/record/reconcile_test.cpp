// Rows and files that do not agree: links, disks that are away, files that are somebody's, and the time it takes.
#include <sys/stat.h>
#include <unistd.h>

#include "record/check.h"
#include "record/open_recording.h"
#include "record/reconciliation.h"
#include "record/retention.h"
#include "rig.h"
#include "store/database.h"
#include "store/soundness.h"
#include "support/skip.h"

namespace reconcile_test {

using namespace rig;

namespace {

std::vector<std::uint8_t> bytesOf(const footage::Stream& stream) {
    auto out = stream.init->bytes;
    for (const auto& part : stream.fragments) out.insert(out.end(), part->bytes.begin(), part->bytes.end());
    return out;
}

/// Some recordings of a camera, a minute apart, and what a start makes of them.
struct Shelf {
    footage::Folder folder;
    fs::path dir = folder / "recordings";
    footage::Stream stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    store::Store store{folder / "porchlight.db"};

    void put(const fs::path& relative, const std::vector<std::uint8_t>& bytes) const {
        fs::create_directories((dir / relative).parent_path());
        footage::writeAll(dir / relative, bytes);
        fs::last_write_time(dir / relative, fs::file_time_type::clock::now() - 1min);
    }
    fs::path put(WallTime at, const std::string& camera = "porch") const {
        const auto relative = recordingPath(camera, at);
        put(relative, bytesOf(stream));
        return relative;
    }
    /// `count` of them, known to the database.
    void fill(int count, const std::string& camera = "porch") {
        footage::writeAll(folder / "recordings-made", {});
        for (int i = 0; i < count; ++i) put(kStart + 1min * i, camera);
        footage::writeAll(dir / ".porchlight-volume", {'x'});
        recover(store, dir);
        REQUIRE(existing(camera) == static_cast<std::size_t>(count));
    }
    std::size_t existing(const std::string& camera = "porch") { return store.recordings(camera, WallTime{}, kStart + 24h).size(); }
    std::size_t wrong(bool repair = false) {
        std::size_t out = 0;
        for (const auto& finding : check(store, dir, {}, repair)) out += finding.is_note ? 0 : 1;
        return out;
    }
};

/// A folder on another file system than the temporary one. isMade() false: there is none here.
struct OtherDisk {
    std::string path = "/dev/shm/porchlight-test-XXXXXX";
    explicit OtherDisk(const fs::path& than) {
        struct stat here {};
        struct stat there {};
        if (::mkdtemp(path.data()) == nullptr) path.clear();
        if (path.empty() || ::stat(path.c_str(), &there) != 0 || ::stat(than.c_str(), &here) != 0 || here.st_dev != there.st_dev) return;
        fs::remove_all(path);
        path.clear();
    }
    ~OtherDisk() {
        std::error_code ignored;
        if (!path.empty()) fs::remove_all(path, ignored);
    }
    OtherDisk(const OtherDisk&) = delete;
    OtherDisk& operator=(const OtherDisk&) = delete;
    bool isMade() const { return !path.empty(); }
};

bool contains(const std::vector<std::string>& texts, const std::string& part) {
    return std::any_of(texts.begin(), texts.end(), [&](const auto& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("a camera's folder that was moved and linked loses no recording, and a link that leads back is no loop") {
    Shelf shelf;
    shelf.fill(3);
    fs::rename(shelf.dir / "porch", shelf.folder / "elsewhere");
    fs::create_directory_symlink(shelf.folder / "elsewhere", shelf.dir / "porch");
    fs::create_directory_symlink(shelf.dir, shelf.dir / "porch" / "back");
    shelf.put(kStart + 1h);  // and one more, that no row tells of
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.lostFiles() == 0);
    CHECK(report.adopted_files == 1);
    CHECK(shelf.existing() == 4);
    CHECK(shelf.store.recordedTotals()["porch"].files == 4);
    CHECK(listRecordings(shelf.dir).size() == 4);
    CHECK(shelf.wrong() == 0);
}

TEST_CASE("recordings behind a link that leads nowhere stay as they are until it leads somewhere") {
    Shelf shelf;
    shelf.fill(3);
    fs::rename(shelf.dir / "porch", shelf.folder / "elsewhere");
    fs::create_directory_symlink(shelf.folder / "unplugged", shelf.dir / "porch");
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.lostFiles() == 0);
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

TEST_CASE("a disk that was mounted and is not now: its recordings stay, and retention does not call them deleted") {
    Shelf shelf;
    const OtherDisk disk(shelf.folder.path());
    if (!disk.isMade()) return porchlight::test::tellSkipped("there is only one file system here");
    fs::create_directories(shelf.dir);
    fs::create_directory_symlink(disk.path, shelf.dir / "porch");
    shelf.fill(3);
    fs::remove(shelf.dir / "porch");
    fs::create_directory(shelf.dir / "porch");  // as an empty mount point
    shelf.put(kStart + 2h);                     // recorded to it meanwhile
    for (int start = 0; start < 2; ++start) {
        const auto report = recover(shelf.store, shelf.dir);
        CHECK(report.lostFiles() == 0);
        CHECK(report.out_of_reach.at("porch") == 3);
    }
    RecorderOptions options;
    options.recordings_dir = shelf.dir;
    options.thumbnails_dir = shelf.folder / "thumbnails";
    options.storage.min_free_bytes = 0;
    options.storage.max_bytes = bytesOf(shelf.stream).size() * 2;  // more than is on this disk, less than the rows say
    base::FakeClock clock;
    const Volume volume({shelf.dir, "porchlight-test", false, false}, clock);
    Retention retention(shelf.store, options, volume, clock);
    for (int i = 0; i < 20 && retention.step({}, {}, true); ++i) {
    }
    CHECK(retention.hasMetMissing());
    CHECK(shelf.existing() == 4);
    CHECK(retention.problem().empty());
    fs::remove_all(shelf.dir / "porch");
    fs::create_directory_symlink(disk.path, shelf.dir / "porch");
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.out_of_reach.empty());
    CHECK(report.lost.at("porch") == 1);  // the one on the mount point
    CHECK(shelf.existing() == 3);
}

TEST_CASE("files that somebody deleted are called gone in the problems, also after another start") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 1s; };
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(footage::make(rig.folder, "s.mp4"), kStart), 0, 12);
    rig.recorder->stop();
    const auto files = listRecordings(rig.options().recordings_dir);
    REQUIRE(files.size() >= 3);
    fs::remove(rig.options().recordings_dir / files[0]);
    fs::remove(rig.options().recordings_dir / files[1]);
    for (int start = 0; start < 2; ++start) {
        rig.issues.clear();
        rig.start(config::RecordMode::Continuous);
        rig.pass(1ms);
        CHECK(contains(rig.recorder->storage().problems, "2 recordings of porch are gone"));
        rig.recorder->stop();
        REQUIRE(!rig.issues.empty());
        CHECK(rig.issues.front().kind == "files");
        CHECK(rig.issues.front().state == "gone");
        CHECK(contains(rig.issues.front().problems, "2 recordings of porch are gone"));
    }
    CHECK(rig.store().recordingAt(files[0].string())->gone_reason == "lost");
    rig.clock.advance(25h);
    rig.start(config::RecordMode::Continuous);
    rig.pass(1ms);
    CHECK(rig.recorder->storage().problems.empty());
}

TEST_CASE("what others put into the recordings folder is neither renamed, cut nor deleted, and is said") {
    Shelf shelf;
    shelf.fill(1);
    footage::run("ffmpeg -v error -y -i " + (shelf.folder / "s.mp4").string() + " -c copy -movflags +faststart " + (shelf.folder / "film.mp4").string());
    const auto film = footage::readAll(shelf.folder / "film.mp4");
    auto damaged = bytesOf(shelf.stream);
    damaged[shelf.stream.init->bytes.size() + shelf.stream.fragments[0]->bytes.size() + 5] ^= 0x40U;  // in the second moof
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
        {"garden/2026-09-21/141320.000-porch.mp4", torn},     // no name that we give
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
    CHECK(recover(shelf.store, shelf.dir).lostFiles() == 0);
    CHECK(shelf.wrong(true) == 0);
    CHECK(shelf.existing() == 1);
}

TEST_CASE("a file whose row says that it is gone is taken back, and so are its events") {
    Shelf shelf;
    shelf.fill(1);
    const auto row = shelf.store.recordings("porch", WallTime{}, kStart + 1h).front();
    auto event = eventAt("0000000000000001", kStart + 1s);
    event.state = store::EventState::Closed;
    event.ended_at = event.clip_ended_at = kStart + 3s;
    shelf.store.insertEvent(event);
    shelf.store.removeRecording(row, "bytes", [] {});
    CHECK(shelf.store.event(event.id)->footage_gone_reason == "bytes");
    CHECK(recover(shelf.store, shelf.dir).revived_files == 1);
    CHECK(shelf.store.event(event.id)->footage_gone_reason == "");
    CHECK(shelf.existing() == 1);
    CHECK(shelf.store.recordedBytes() == row.bytes);
}

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
            if (!shelf.store.knowsRecording(file.string())) REQUIRE(*startOf(file) >= work.knownUntil());
    }
    CHECK(slices > 5);
    CHECK(work.isDone());
    CHECK(work.knownUntil() == WallTime::max());
    CHECK(work.report().adopted_files == 200);
    CHECK(found == 200);
    CHECK(shelf.store.recordedTotals()["porch"].files == 200);
    CHECK(shelf.store.checkRecorded(false).empty());
    CHECK_FALSE(work.progress());
    WARN("longest of " << slices << " slices of 2 ms: " << longest.count() / 1000 << " ms");
}

TEST_CASE("retention deletes nothing that may be newer than what is not known yet") {
    Shelf shelf;
    shelf.fill(4);
    RecorderOptions options;
    options.recordings_dir = shelf.dir;
    options.thumbnails_dir = shelf.folder / "thumbnails";
    options.storage.min_free_bytes = 0;
    options.storage.max_bytes = 1;
    base::FakeClock clock;
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

TEST_CASE("footage that is found after a start is recorded in the ledger") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    rig.start(config::RecordMode::Continuous);
    for (int i = 0; i < 50 && !rig.store().coverageStart("porch"); ++i) rig.pass(1ms);  // the ledger begins with a tick
    for (const auto& fragment : stream.fragments) {
        rig.recorder->onFragment("porch", fragment);
        rig.settle();
        rig.clock.advance(fragment->duration);
    }
    rig.pass(1s);
    rig.recorder->stop();
    {
        store::Database database(rig.options().database_file);
        database.run("DELETE FROM recording WHERE started_at_us > ?", kStart + 3s);  // as in a backup that is older
        database.run("UPDATE coverage SET kind = 'gap', cause = 'no_frames' WHERE kind = 'recorded'");
    }
    rig.start(config::RecordMode::Continuous);
    rig.pass(1s);
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(store.coverageSums("porch", kStart, kStart + 6s)[""] >= 1500ms);
    CHECK(store.check().empty());
}

TEST_CASE("a database that was left open is looked through beside recording; damage is told and stops nothing") {
    Rig rig;
    rig.start(config::RecordMode::Continuous);
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    rig.feed(stream, 0, 4);
    {
        auto store = rig.store();
        for (int i = 0; i < 300; ++i) store.insertAudit({kStart, "somebody", "", "tried", std::string(400, 'x')});
    }
    rig.recorder->stop();
    const auto file = rig.options().database_file;
    bool is_damaged = GENERATE(false, true);
    {
        store::Database database(file);
        database.run("INSERT INTO meta (key, value) VALUES ('in_use', '1 2 3')");  // a process that is no more
        const auto page = database.single("SELECT rootpage FROM sqlite_schema WHERE name = 'audit'").value();
        const auto size = database.single("PRAGMA page_size").value();
        database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        if (is_damaged) {
            std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
            out.seekp((page - 1) * size + 8);
            out.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
        }
    }
    rig.start(config::RecordMode::Continuous);
    rig.feed(stream, 4, 8);
    for (int i = 0; i < 50 && rig.store().isUnproven() && !contains(rig.recorder->storage().problems, "damaged"); ++i) rig.pass(1ms);
    CHECK(contains(rig.recorder->storage().problems, "damaged") == is_damaged);
    CHECK(rig.store().isUnproven() == is_damaged);
    rig.pass(1ms);
    CHECK(rig.recorder->status()["porch"].is_recording);
}

TEST_CASE("a check ends when it is told to, and what it had repaired until then is whole") {
    Shelf shelf;
    shelf.fill(20);
    for (const auto& file : listRecordings(shelf.dir))
        if (file.string() > recordingPath("porch", kStart + 9min).string()) fs::remove(shelf.dir / file);
    int asked = 0;
    CheckControl control;
    control.cancel = base::Cancel([&] { return ++asked > 30; });
    std::set<std::string> steps;
    control.on_progress = [&](const std::string& step, std::uint64_t, std::uint64_t) { steps.insert(step); };
    CHECK_THROWS_AS(check(shelf.store, shelf.dir, {}, true, {}, control), base::Cancelled);
    CHECK(steps.contains("rows"));
    CHECK(shelf.store.checkRecorded(false).empty());
    check(shelf.store, shelf.dir, {}, true);
    CHECK(shelf.wrong() == 0);
    CHECK(shelf.existing() == 10);
}

TEST_CASE("looking through a large database ends at once when it is told to") {
    const footage::Folder folder;
    const fs::path file = folder / "porchlight.db";
    {
        store::Store store(file);
        store::Database database(file);
        database.run("INSERT INTO audit (at_us, user, address, action, detail) WITH RECURSIVE n(i) AS"
                     " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i, 'u', '', 'a', printf('%0800d', i) FROM n");
    }
    const auto timed = [&](const base::Cancel& cancel, bool ends) {
        store::Database database(file);
        const store::Interruptible interruptible(database, cancel);
        const auto began_at = Monotonic::now();
        const auto look = [&] {
            database.query("PRAGMA quick_check(5)").step();
            cancel.check();
        };
        if (ends) CHECK_THROWS_AS(look(), base::Cancelled);
        else look();
        return Monotonic::now() - began_at;
    };
    const auto ended_after = timed(base::Cancel(Deadline::in(1ms)), true);
    CHECK(ended_after < timed({}, false) / 2 + 20ms);
}

// PORCHLIGHT_MANY=200000 measures what docs/storage.md tells; a few are enough to see that nobody waits.
TEST_CASE("however many recordings there are, a start does not wait for them") {
    const char* wanted = std::getenv("PORCHLIGHT_MANY");
    const int count = wanted ? std::atoi(wanted) : 4000;
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.storage.max_bytes = 0, options.storage.max_age = microseconds{0}; };
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    const auto dir = rig.options().recordings_dir;
    const fs::path small = rig.folder / "small.mp4";
    for (int i = 0; i < count; ++i) {
        const auto path = dir / recordingPath("old", kStart - 24h * (1 + i / 2000) + 1s * (i % 2000));
        if (i % 2000 == 0) fs::create_directories(path.parent_path());
        if (i % 50'000 == 0) {  // ext4 takes 65,000 names of one file
            auto bytes = stream.init->bytes;
            bytes.insert(bytes.end(), stream.fragments[0]->bytes.begin(), stream.fragments[0]->bytes.end());
            fs::remove(small);
            footage::writeAll(small, bytes);
        }
        fs::create_hard_link(small, path);
    }
    const auto size = fs::file_size(small);
    const auto measured = [&](const char* what) {
        const auto began_at = Monotonic::now();
        const auto passed = [&] { return std::chrono::duration_cast<milliseconds>(Monotonic::now() - began_at); };
        rig.start(config::RecordMode::Continuous);
        const auto started = passed();
        rig.feed(stream, 0, 6);
        microseconds longest{0};
        const auto wait = [&] {
            const auto asked_at = Monotonic::now();
            rig.settle();
            longest = std::max(longest, std::chrono::duration_cast<microseconds>(Monotonic::now() - asked_at));
            std::this_thread::sleep_for(5ms);
        };
        while (!rig.recorder->status()["porch"].is_recording) wait();
        const auto recording = passed();
        CHECK(started < 20s);
        std::size_t told = 0;
        while (const auto work = rig.recorder->storage().housekeeping) {
            told += work->files_done > 0 ? 1 : 0;
            wait();
        }
        WARN(count << " recordings " << what << ": started after " << started.count() << " ms, recording after " << recording.count() <<
             " ms, compared after " << passed().count() << " ms (progress seen " << told << " times); others waited " << longest.count() / 1000 << " ms at most");
        CHECK(rig.recorder->storage().problems.empty());
        rig.recorder->stop();
        CHECK(rig.store().recordedTotals()["old"].files == static_cast<std::uint64_t>(count));
        CHECK(rig.store().recordedTotals()["old"].bytes == size * static_cast<std::uint64_t>(count));
        CHECK(rig.store().checkRecorded(false).empty());
    };
    measured("without a database");
    store::Database(rig.options().database_file).run("INSERT INTO meta (key, value) VALUES ('in_use', '1 2 3')");
    measured("after a crash");
}

}  // namespace reconcile_test
