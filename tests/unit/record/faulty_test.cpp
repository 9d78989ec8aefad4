// Disks that fail: input/output errors while writing, syncing and deleting, and a quota. A real file system
// (FUSE) that does so to order.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "rig.h"
#include "store/sql/database.h"
#include "support/skip.h"

namespace faulty_test {

using namespace rig;

namespace {

/// faulty-disk on the recordings folder of a rig. **Owns** the process and the mount.
class FaultyDisk {
  public:
    explicit FaultyDisk(const footage::Folder& folder)
        : below_(folder / "below"), at_(folder / "recordings"), orders_(folder / "orders") {
        fs::create_directories(below_);
        fs::create_directories(at_);
        order("");
        if (::geteuid() != 0 || std::string(PORCHLIGHT_FAULTY_DISK).empty()) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::execl(PORCHLIGHT_FAULTY_DISK, "faulty-disk", below_.c_str(), at_.c_str(), orders_.c_str(),
                    nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 100 && !isMounted(); ++i) std::this_thread::sleep_for(20ms);
    }
    ~FaultyDisk() {
        if (pid_ <= 0) return;
        ::umount2(at_.c_str(), MNT_DETACH);
        for (int i = 0; i < 100; ++i) {  // it ends when nobody has a file open any more
            if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
            std::this_thread::sleep_for(20ms);
        }
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    bool isMounted() const {
        struct stat mounted {};
        struct stat under {};
        return pid_ > 0 && ::stat(at_.c_str(), &mounted) == 0 && ::stat(below_.c_str(), &under) == 0 &&
               mounted.st_dev != under.st_dev;
    }
    void order(const std::string& text) const { std::ofstream(orders_) << text << '\n'; }
    const fs::path& below() const { return below_; }

  private:
    fs::path below_;
    fs::path at_;
    fs::path orders_;
    pid_t pid_ = -1;
};

#define NEED_FAULTY_DISK(disk)                                                     \
    if (!(disk).isMounted()) {                                                     \
        porchlight::test::tellSkipped("FUSE file systems cannot be mounted here"); \
        return;                                                                    \
    }

bool wasTold(Rig& rig, const std::string& kind, const std::string& state) {
    const std::lock_guard lock(rig.mutex);
    return std::any_of(rig.issues.begin(), rig.issues.end(),
                       [&](const StorageIssue& issue) { return issue.kind == kind && issue.state == state; });
}

/// Every second of [0, seconds) of the stream in recordings that play, rows and files of one mind.
void checkWhole(Rig& rig, microseconds span, microseconds lost_at_most) {
    auto store = rig.store();
    const auto found = check(store, rig.options().recordings_dir, {}, false);
    for (const auto& finding : found) UNSCOPED_INFO(finding.path + ": " + finding.problem);
    CHECK(found.empty());
    microseconds sum{0};
    for (const auto& row : store.recordings.overlapping("porch", WallTime{}, kStart + 1h)) {
        sum += *row.ended_at - row.started_at;
        CHECK(footage::decodeErrors(rig.options().recordings_dir / row.path) == "");
    }
    CHECK(sum <= span);
    CHECK(sum >= span - lost_at_most);
}

}  // namespace

TEST_CASE(
    "input/output errors while writing or syncing: the spool takes over, and not a second is missing "
    "afterwards") {
    const std::string order = GENERATE("write EIO", "sync EIO", "create EIO");
    CAPTURE(order);
    Rig rig;
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 30);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 20);
    if (order == "create EIO") rig.recorder->onStreamEnded("porch");  // so that a new file is needed
    disk.order(order);
    feedInTime(rig, stream, 20, 40);
    CHECK(rig.recorder->storage().state == "failing");
    CHECK(rig.recorder->status()["porch"].is_spooled);
    CHECK(wasTold(rig, "volume", "failing"));
    CHECK(wasTold(rig, "spool", "in_use"));
    CHECK(rig.recorder->storage().problems.size() == 2);
    disk.order("");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().state == "ok"; }));
    feedInTime(rig, stream, 40, 60);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().spool_files == 0; }));
    CHECK(rig.recorder->storage().problems.empty());
    CHECK(rig.recorder->status()["porch"].error.empty());
    rig.recorder->stop();
    // What a failed sync leaves begins anew at a keyframe: the rest of one group of pictures may be gone.
    checkWhole(rig, 30s, order == "sync EIO" ? 1s : 0s);
}

TEST_CASE(
    "a quota below what the disk has free: the oldest make room, what is kept stays, recording goes on") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 60, 640);
    std::uint64_t bytes = 0;
    for (const auto& fragment : stream.fragments) bytes += fragment->bytes.size();
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 4);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 1s), {});
    auto ended = eventAt("0000000000000001", kStart + 1s);
    ended.ended_at = kStart + 2s;
    rig.recorder->eventEnded(ended);
    feedInTime(rig, stream, 4, 12);
    rig.store().events.setMarks("0000000000000001", true, std::nullopt, std::nullopt);
    disk.order("quota " + std::to_string(bytes / 2));
    for (std::size_t i = 12; i < 120; i += 6) feedInTime(rig, stream, i, i + 6);
    CHECK(rig.passUntil([&] {
        return rig.recorder->storage().problems.empty() && rig.recorder->storage().spool_files == 0;
    }));
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
    const auto rows = store.recordings.overlapping("porch", WallTime{}, kStart + 1h);
    REQUIRE(rows.size() >= 3);
    CHECK(rows.front().started_at == kStart);     // the kept one
    CHECK(rows.back().ended_at == kStart + 60s);  // the newest
    CHECK(store.recordings.bytes() <= bytes / 2);
    std::size_t holes = 0;
    for (std::size_t i = 1; i < rows.size(); ++i)
        holes += rows[i].started_at - *rows[i - 1].ended_at < 10ms ? 0U : 1U;
    CHECK(holes == 1);  // between what is kept and what is not deleted yet
    CHECK(store.events.byId("0000000000000001")->footage_gone_reason == "");
}

TEST_CASE(
    "a thin volume that is full although it says that it has space: its only recording stays, the owner is "
    "told once") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.storage.spool_max_bytes = 0; };
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 60);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 8);
    rig.recorder->onStreamEnded("porch");
    disk.order("sync ENOSPC");
    for (std::size_t i = 8; i < 48; i += 4) {
        feedInTime(rig, stream, i, i + 4);
        CHECK(rig.recorder->storage().state == "full");
        // Until it takes something. Then there are two, and the older one may make room: the disk may really
        // be full.
        if (i <= 24) CHECK(rig.store().recordings.overlapping("porch", kStart, kStart + 1s).size() == 1);
        if (i == 24) disk.order("");  // what was deleted is taken again: for a moment
        if (i == 28) disk.order("sync ENOSPC");
    }
    CHECK(rig.store().recordings.overlapping("porch", kStart, kStart + 1h).size() >= 1);
    const auto told = [&] {
        const std::lock_guard lock(rig.mutex);
        return std::count_if(rig.issues.begin(), rig.issues.end(),
                             [](const StorageIssue& issue) { return issue.kind == "volume"; });
    };
    CHECK(told() == 1);
    disk.order("");
    feedInTime(rig, stream, 48, 80);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().problems.empty(); }));
    CHECK(told() == 2);
    rig.recorder->stop();
    checkWhole(rig, 40s, 5s);
}

TEST_CASE("a full disk that is no less full for what is deleted: nothing more is deleted for it") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.segment_length = 2s;
        options.storage.spool_max_bytes = 0;
    };
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 60);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 40);
    const auto before = rig.store().recordings.overlapping("porch", kStart, kStart + 1h).size();
    disk.order("sync ENOSPC");
    feedInTime(rig, stream, 40, 80);
    rig.pass(60s);
    CHECK(rig.store().recordings.overlapping("porch", kStart, kStart + 19s).size() >= before - 2);
    CHECK(wasTold(rig, "retention", "useless"));
    disk.order("");
    feedInTime(rig, stream, 80, 120);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().problems.empty(); }));
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE(
    "files that cannot be deleted hold up neither recording nor the deletion of others, and the owner is "
    "told") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.segment_length = 2s;
        options.storage.max_bytes = 200'000;
    };
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 40, 320);
    rig.start(config::RecordMode::Continuous);
    disk.order("unlink EIO");
    feedInTime(rig, stream, 0, 80);
    CHECK(rig.passUntil([&] { return wasTold(rig, "retention", "undeletable"); }));
    CHECK(rig.recorder->status()["porch"].error.empty());
    disk.order("");
    rig.pass(11min);  // then they are tried again
    CHECK(rig.passUntil([&] { return rig.store().recordings.bytes() <= 200'000; }));
    CHECK(rig.passUntil([&] { return rig.recorder->storage().problems.empty(); }));
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE(
    "a sync that fails after a fragment was written: the fragment is not appended again, and no later sync "
    "says all is well") {
    const footage::Folder folder;
    FaultyDisk disk(folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    const auto sink = makeSink();
    Settings settings;
    settings.set("sync_interval", "0");
    sink->configure(settings);
    const auto recording = sink->begin(folder / "recordings/one.mp4", *stream.init);
    recording->append(*stream.fragments[0]);
    disk.order("sync ENOSPC");
    ErrorKind kind = ErrorKind::Internal;
    try {
        recording->append(*stream.fragments[1]);
    } catch (const Error& error) {
        kind = error.kind();
    }
    CHECK(kind == ErrorKind::Unavailable);  // Exhausted would mean: make room, and append it again
    disk.order("");
    CHECK_THROWS_AS(recording->sync(), Error);
    CHECK_THROWS_AS(recording->append(*stream.fragments[1]), Error);
}

TEST_CASE("a folder that its disk does not list for a moment is told, and looked at again in the same run") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    FaultyDisk disk(rig.folder);
    NEED_FAULTY_DISK(disk)
    const auto stream = longStream(rig, 20);
    rig.start(config::RecordMode::Continuous);
    feedInTime(rig, stream, 0, 12);
    rig.recorder->stop();
    store::Database(rig.options().database_file)
        .run("DELETE FROM recording");  // as in a backup that is older
    disk.order("list EIO");
    rig.start(config::RecordMode::Continuous);
    rig.pass(1s);
    REQUIRE(rig.recorder->storage().problems.size() == 1);
    CHECK(rig.recorder->storage().problems[0].find("Input/output error") != std::string::npos);
    disk.order("");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().problems.empty(); }, 100s));
    CHECK(rig.store().recordings.overlapping("porch", WallTime{}, kStart + 1h).size() == 3);
}

}  // namespace faulty_test
