// A disk that is well, and yet does not take what one camera records.
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/volume.h"
#include "rig.h"
#include "unit/disk/other_disk.h"

namespace refused_test {

using namespace rig;

namespace {

/// Two cameras that see the same.
struct Pair : Rig {
    /// Its recordings lie there, so there is a spool.
    void recordOn(const test::OtherDisk& disk) const {
        fs::create_directory_symlink(disk.path(), folder / "recordings");
    }
    void startBoth() {
        start(config::RecordMode::Continuous);
        CameraRecording yard;
        yard.name = yard.title = "yard";
        yard.mode = config::RecordMode::Continuous;
        recorder->addCamera(yard);
    }
    void feedBoth(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            for (const char* camera : {"porch", "yard"}) recorder->onFragment(camera, stream.fragments[i]);
            settle();
            clock.advance(stream.fragments[i]->duration);
        }
        pass(1ms);
    }
    microseconds covered(const std::string& camera) const {
        microseconds sum{0};
        for (const auto& row : store().recordings.overlapping(camera, WallTime{}, kStart + 1h))
            sum += *row.ended_at - row.started_at;
        return sum;
    }
    footage::Stream stream = longStream(*this, 30);
};

}  // namespace

TEST_CASE(
    "a folder that takes no files of one camera: that one goes to the spool, the other's recording is not "
    "touched") {
    Pair rig;
    const test::OtherDisk disk(rig.folder.path());
    NEED_OTHER_DISK(disk)
    rig.recordOn(disk);
    footage::writeAll(rig.folder / "recordings/porch", {1});  // what stands where a folder has to be
    rig.startBoth();
    rig.feedBoth(0, 40);
    const auto status = rig.recorder->status();
    CHECK(status.at("porch").is_spooled);
    CHECK(status.at("porch").error.empty());
    CHECK(status.at("yard").is_recording);
    CHECK_FALSE(status.at("yard").is_spooled);
    const auto storage = rig.recorder->storage();
    CHECK(storage.state == "ok");
    REQUIRE(storage.problems.size() == 1);
    CHECK(storage.problems[0].find("porch: ") != std::string::npos);  // and why
    CHECK(rig.issues.size() == 1);
    fs::remove(rig.folder / "recordings/porch");
    rig.pass(6min);
    rig.feedBoth(40, 60);
    CHECK(rig.passUntil([&] { return rig.recorder->storage().spool_files == 0; }, 5min));
    CHECK_FALSE(rig.recorder->status()["porch"].is_spooled);
    CHECK(rig.recorder->storage().problems.empty());
    rig.recorder->stop();
    CHECK(rig.covered("porch") == 30s);
    CHECK(rig.store().recordings.overlapping("yard", WallTime{}, kStart + 1h).size() == 1);
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE(
    "neither the disk nor the spool takes one camera's files: they wait in memory, the other camera "
    "records") {
    Pair rig;
    const test::OtherDisk disk(rig.folder.path());
    NEED_OTHER_DISK(disk)
    rig.recordOn(disk);
    footage::writeAll(rig.folder / "recordings/porch", {1});
    fs::create_directory(rig.folder / "spool");
    footage::writeAll(rig.folder / "spool/porch", {1});
    rig.startBoth();
    rig.feedBoth(0, 20);
    CHECK_FALSE(rig.recorder->status()["porch"].is_recording);
    CHECK_FALSE(rig.recorder->status()["porch"].error.empty());
    CHECK(rig.recorder->storage().held_bytes > 0);
    CHECK(rig.recorder->status()["yard"].is_recording);
    fs::remove(rig.folder / "recordings/porch");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().held_bytes == 0; }));
    rig.feedBoth(20, 40);
    rig.recorder->stop();
    CHECK(rig.covered("porch") == 20s);
    CHECK(rig.covered("yard") == 20s);
}

TEST_CASE("files in the spool that their disk does not take hold up nobody else's") {
    Pair rig;
    const test::OtherDisk disk(rig.folder.path());
    NEED_OTHER_DISK(disk)
    rig.recordOn(disk);
    for (const char* camera : {"porch", "yard"}) footage::writeAll(rig.folder / "recordings" / camera, {1});
    rig.startBoth();
    rig.feedBoth(0, 20);
    for (const char* camera : {"porch", "yard"}) rig.recorder->onStreamEnded(camera);
    rig.settle();
    const auto left = [&](const char* camera) {
        return listRecordings(rig.folder / "spool" / camera).size();
    };
    REQUIRE(left("porch") > 0);
    REQUIRE(left("yard") > 0);
    fs::remove(rig.folder / "recordings/yard");  // the younger one's
    CHECK(rig.passUntil([&] { return left("yard") == 0; }, 3min));
    CHECK(left("porch") > 0);
    CHECK(fs::is_directory(rig.folder / "recordings/yard"));
    fs::remove(rig.folder / "recordings/porch");
    CHECK(rig.passUntil([&] { return rig.recorder->storage().spool_files == 0; }, 3min));
}

TEST_CASE("what the owner is told stays true while it lasts, and is no news each time its words change") {
    Pair rig;
    const test::OtherDisk disk(rig.folder.path());
    NEED_OTHER_DISK(disk)
    rig.recordOn(disk);
    footage::writeAll(rig.folder / "recordings/yard", {1});
    rig.startBoth();
    rig.feedBoth(0, 10);
    REQUIRE(rig.recorder->storage().problems.size() == 1);
    CHECK(rig.recorder->storage().problems[0].find("(yard: ") != std::string::npos);
    rig.recorder->onStreamEnded("porch");
    rig.settle();
    fs::rename(rig.folder / "recordings/porch", rig.folder / "recordings/elsewhere");
    footage::writeAll(rig.folder / "recordings/porch", {1});
    rig.feedBoth(10, 20);
    REQUIRE(rig.recorder->storage().problems.size() == 1);
    CHECK(rig.recorder->storage().problems[0].find("(porch: ") != std::string::npos);
    CHECK(rig.issues.size() == 1);
}

}  // namespace refused_test
