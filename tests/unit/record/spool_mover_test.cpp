/// Footage goes home from the spool; where its disk does not take it, it rests, and nobody else is to blame.
#include "record/upkeep/spool_mover.h"
#include "parts.h"
#include "support/skip.h"

namespace spool_mover_test {

using namespace parts;

namespace {

/// Recordings on /dev/shm, a spool beside the database, and what moves between them.
struct World : Parts {
    World() : Parts("/dev/shm") {}
    /// A recording in the spool, a minute after the one before; `bytes` of it.
    store::RecordingRow put(std::size_t bytes = 1000, const std::string& camera = "porch") {
        store.ensureCamera(camera, camera);
        store::RecordingRow row;
        row.camera = camera;
        row.started_at = kStart + 1min * ++count_;
        row.path = std::string(kSpoolPrefix) + recordingPath(camera, row.started_at).string();
        row.video = Codec::H264;
        fs::create_directories(fileOf(row).parent_path());
        footage::writeAll(fileOf(row), std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>(count_)));
        row.id = store.recordings.insert(row);
        store.recordings.finish(row.id, row.started_at + 30s, bytes);
        spool.noteChange();
        return row;
    }
    void tick(int times = 1, microseconds step = 200ms) {
        for (int i = 0; i < times; ++i) {
            mover.tick(0);
            clock.advance(step);
        }
    }
    bool isHome(const store::RecordingRow& row) {
        const auto now = *store.recordings.byId(row.id);
        return !isSpooled(now.path) && fs::exists(fileOf(now)) && !fs::exists(fileOf(row));
    }

    /// A file stands where the folder of `porch` would be.
    void obstruct() {
        fs::remove_all(recordings() / "porch");
        std::ofstream(recordings() / "porch") << "in the way";
    }

    std::set<std::string> in_use;
    std::vector<std::string> room_made_for;
    SpoolMover mover{spool,
                     volume,
                     context.use,
                     clock,
                     [this] { return in_use; },
                     [this](const std::string& camera) {
                         room_made_for.push_back(camera);
                         return false;
                     }};

  private:
    int count_ = 0;
};

#define NEED_SPOOL(world)                                                                \
    if (!(world).hasOtherDisk()) {                                                       \
        porchlight::test::tellSkipped("/dev/shm is no other file system than this one"); \
        return;                                                                          \
    }

}  // namespace

TEST_CASE("the spool is moved home oldest first, whole, and is empty in the end") {
    World world;
    NEED_SPOOL(world);
    std::vector<store::RecordingRow> rows;
    for (int i = 0; i < 3; ++i) rows.push_back(world.put());
    for (int i = 0; i < 20 && !world.isHome(rows[0]); ++i) world.tick();
    CHECK(world.isHome(rows[0]));
    CHECK_FALSE(world.isHome(rows[2]));
    world.tick(30);
    for (const auto& row : rows) {
        CHECK(world.isHome(row));
        CHECK(footage::readAll(world.fileOf(*world.store.recordings.byId(row.id))).size() == 1000);
    }
    CHECK(world.spool.files() == 0);
    CHECK(world.spool.copiedBytes() == 3000);
    CHECK_FALSE(fs::exists(world.spool.folder() / "porch" / "2026-09-21"));
}

TEST_CASE("a large file is moved in slices: the recorder is not held up by it") {
    World world;
    NEED_SPOOL(world);
    const auto row = world.put(9U << 20U);
    world.tick();
    CHECK_FALSE(world.isHome(row));
    CHECK_FALSE(world.spool.partPath().empty());
    int ticks = 1;
    for (; ticks < 20 && !world.isHome(row); ++ticks) world.tick();
    CHECK(ticks >= 4);  // 2 MiB each
    CHECK(world.isHome(row));
    CHECK(world.spool.partPath().empty());
}

TEST_CASE("what is being read or written stays where it is") {
    World world;
    NEED_SPOOL(world);
    const auto row = world.put();
    world.in_use = {row.path};
    world.tick(10);
    CHECK_FALSE(world.isHome(row));
    world.in_use.clear();
    world.tick(10);
    CHECK(world.isHome(row));
}

TEST_CASE("past its limit the spool gives up its oldest, one a tick, whether there is a volume or not") {
    World world;
    NEED_SPOOL(world);
    fs::remove(world.recordings());  // the link to it
    world.volume.look(true);
    REQUIRE_FALSE(world.volume.isOk());
    std::vector<store::RecordingRow> rows;
    for (int i = 0; i < 4; ++i) rows.push_back(world.put(20U << 20U));  // 80 MiB, where 64 may be
    world.mover.tick(0);
    CHECK(world.spool.files() == 3);
    CHECK(world.store.recordings.byId(rows[0].id)->gone_reason == "spool_full");
    world.mover.tick(0);
    CHECK(world.spool.files() == 3);
    world.mover.tick(10U << 20U);  // a file that is being written counts, too
    CHECK(world.spool.files() == 2);
    CHECK(world.spool.droppedFiles() == 2);
    CHECK_FALSE(fs::exists(world.fileOf(rows[1])));
    CHECK(fs::exists(world.fileOf(rows[3])));
}

TEST_CASE(
    "a disk that does not take a file is left alone for half a minute; a volume that is back is tried at "
    "once") {
    World world;
    NEED_SPOOL(world);
    const auto row = world.put();
    world.obstruct();
    world.tick();
    CHECK(world.volume.isOk());  // it takes what others write
    fs::remove(world.recordings() / "porch");
    world.tick(140);  // 28 s
    CHECK_FALSE(world.isHome(row));
    world.tick(20);
    CHECK(world.isHome(row));

    const auto second = world.put();
    world.obstruct();
    world.tick();
    fs::remove(world.recordings() / "porch");
    world.tick(5);
    CHECK_FALSE(world.isHome(second));
    world.mover.tryNow();
    world.tick(5);
    CHECK(world.isHome(second));
}

TEST_CASE("files of one camera that are refused do not keep another camera's from going home") {
    World world;
    NEED_SPOOL(world);
    const auto porch = world.put();
    const auto yard = world.put(1000, "yard");
    world.obstruct();
    world.tick();
    world.mover.tryNow();
    world.tick(5);
    CHECK(world.isHome(yard));
    CHECK_FALSE(world.isHome(porch));
    CHECK(world.spool.refusedCamera() == "porch");
    CHECK(world.room_made_for.empty());  // no disk was full
    CHECK_FALSE(world.context.use.wasMetFull());
}

TEST_CASE("a database that refuses rests the moving for three seconds, and no volume is called ill for it") {
    World world;
    NEED_SPOOL(world);
    const auto row = world.put();
    {
        const Refusing refusing(world.folder, "recording");
        world.tick();
        CHECK(world.volume.isOk());
    }
    CHECK(fs::exists(world.fileOf(row)));
    world.tick(13);  // 2.6 s more
    CHECK_FALSE(world.isHome(row));
    world.tick(10);
    CHECK(world.isHome(row));
}

}  // namespace spool_mover_test
