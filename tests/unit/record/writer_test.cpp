/// The way of one camera's footage to a disk: in order, in a file, in memory or counted as dropped.
#include "parts.h"
#include "support/skip.h"

namespace writer_test {

using namespace parts;

namespace {

/// The porch's writer. Its clock goes with the footage.
struct World : Parts {
    explicit World(const fs::path& disk = {}) : Parts(disk) {}
    void write(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            writer.write(stream.fragments[i]);
            clock.advance(stream.fragments[i]->duration);
            writer.tick();
        }
    }
    /// Until `condition` holds; false after two minutes of the clock's time.
    template <class Condition>
    bool passUntil(Condition condition) {
        for (int i = 0; i < 600 && !condition(); ++i) {
            clock.advance(200ms);
            writer.tick();
        }
        return condition();
    }
    /// What of the stream is in recordings that ended, with no second told twice.
    microseconds recorded() {
        microseconds sum{0};
        WallTime end{};
        for (const auto& row : rows()) {
            if (!row.ended_at) continue;
            CHECK(row.started_at >= end);
            end = *row.ended_at;
            sum += end - row.started_at;
        }
        return sum;
    }
    void checkAllThere(microseconds span) {
        writer.finish();
        CHECK(recorded() == span);
        CHECK(writer.held().isEmpty());
        CHECK(writer.droppedFragments() == 0);
        for (std::size_t i = 1; i < told.size(); ++i) CHECK(told[i].start >= told[i - 1].start);
    }
    /// A file where the camera's folder would be: the volume is well, and takes nothing of this camera.
    fs::path inTheWay() const { return recordings() / "porch"; }

    footage::Stream stream = film(12);
    std::vector<Footage> told;
    FootageWriter writer{context, "porch", [this](const Footage& footage) { told.push_back(footage); }};
};

}  // namespace

TEST_CASE(
    "a file begins at a keyframe; what comes before one is dropped and counted, and each place is told") {
    World world;
    REQUIRE_FALSE(world.stream.fragments[1]->starts_with_key);
    world.write(1, 4);
    CHECK(world.writer.droppedFragments() == 1);
    REQUIRE(world.told.size() == 2);
    CHECK(world.told[0].starts_file);
    CHECK(world.told[0].start == world.stream.fragments[2]->started_at);
    CHECK(world.writer.lastGiven() == world.stream.fragments[3]);
    CHECK(world.writer.writtenBytes() ==
          world.stream.fragments[2]->bytes.size() + world.stream.fragments[3]->bytes.size());
    CHECK(world.writer.trouble().why().empty());
}

TEST_CASE("what is written becomes durable within the interval, without anybody asking for it") {
    World world;
    world.write(0, 10);
    const auto age = world.clock.wallNow() - world.writer.file().durableAt();
    CHECK(age >= microseconds{0});
    CHECK(age <= 1s);
    CHECK(world.rows().size() == 1);
    world.checkAllThere(5s);
}

TEST_CASE("another stream gets another file; nothing is lost and nothing doubled between them") {
    World world;
    world.write(0, 6);
    const footage::Stream next = world.film(3, "next.mp4");
    for (const auto& fragment : next.fragments) world.writer.write(fragment);
    world.checkAllThere(6s);
    CHECK(world.rows().size() == 2);
}

TEST_CASE(
    "without a disk footage waits in memory, is told as trouble, and is written first when there is one") {
    World world;
    world.write(0, 4);
    world.writer.close();
    const fs::path away = world.folder / "away";
    fs::rename(world.recordings(), away);
    world.write(4, 8);
    CHECK(world.writer.held().size() == 4);
    CHECK(world.writer.trouble().cause() == GapCause::VolumeMissing);
    CHECK_FALSE(world.writer.trouble().why().empty());
    CHECK_FALSE(world.writer.file().isOpen());
    fs::rename(away, world.recordings());
    world.write(8, 10);
    CHECK(world.passUntil([&] { return world.writer.held().isEmpty(); }));
    world.writer.sync();
    CHECK(world.writer.trouble().why().empty());
    world.write(10, 12);
    world.checkAllThere(6s);
}

TEST_CASE("a volume that is well and refuses one camera is kept away from, and tried again after a while") {
    World world;
    std::ofstream(world.inTheWay()) << "somebody's";
    world.write(0, 2);
    CHECK(world.volume.isOk());
    CHECK(world.writer.held().size() == 2);
    CHECK_FALSE(world.writer.volumeError().empty());
    CHECK(world.writer.trouble().why().find("porch") != std::string::npos);
    fs::remove(world.inTheWay());
    world.writer.write(world.stream.fragments[2]);
    CHECK(world.writer.held().size() == 3);  // it rests
    CHECK(world.passUntil([&] { return world.writer.held().isEmpty(); }));
    world.writer.sync();
    CHECK(world.writer.volumeError().empty());
    CHECK(world.writer.trouble().why().empty());
    world.write(3, 6);
    world.checkAllThere(3s);
}

TEST_CASE("memory for what waits is bounded: the oldest goes, counted, up to a keyframe") {
    World world;
    HeldMemory small(3 * world.stream.fragments[0]->bytes.size());
    RecorderContext context{world.context.options,  world.clock, world.store,     *world.sink,
                            world.volume,           world.spool, world.meter,     world.late_rows,
                            world.ledger,           small,       world.leftovers, world.context.stamp_at,
                            world.context.make_room};
    FootageWriter writer(context, "porch", [](const Footage&) {});
    std::ofstream(world.inTheWay()) << "somebody's";
    for (const auto& fragment : world.stream.fragments) writer.write(fragment);
    CHECK(small.bytes() <= 3 * world.stream.fragments[0]->bytes.size());
    CHECK(writer.droppedFragments() + writer.held().size() == world.stream.fragments.size());
    CHECK(writer.droppedFragments() % 2 == 0);  // whole groups of pictures, of two fragments each
    fs::remove(world.inTheWay());
    const std::size_t kept = writer.held().size();
    writer.finish();
    CHECK(writer.held().isEmpty());
    CHECK(world.recorded() == 500ms * static_cast<int>(kept));
}

TEST_CASE("a file that nobody needs ends before the next keyframe, or after ten seconds without one") {
    World world;
    world.write(0, 3);
    world.writer.writeOrEnd(world.stream.fragments[3]);  // no keyframe: it is the file's still
    CHECK(world.writer.file().isOpen());
    world.writer.writeOrEnd(world.stream.fragments[4]);
    CHECK_FALSE(world.writer.file().isOpen());
    REQUIRE(world.rows().size() == 1);
    CHECK(world.rows()[0].ended_at == kStart + 2s);

    const auto withoutKey = [&](std::size_t i) {
        auto copy = std::make_shared<Fragment>(*world.stream.fragments[i]);
        copy->starts_with_key = false;
        return copy;
    };
    world.write(8, 9);
    world.writer.writeOrEnd(withoutKey(9));
    world.clock.advance(9s);
    world.writer.noteNeeded();  // somebody does
    world.writer.writeOrEnd(withoutKey(10));
    world.clock.advance(9s);
    world.writer.writeOrEnd(withoutKey(11));
    CHECK(world.writer.file().isOpen());
    world.clock.advance(2s);
    world.writer.writeOrEnd(withoutKey(12));
    CHECK_FALSE(world.writer.file().isOpen());
}

TEST_CASE("a database that takes no row is trouble that is told, and no reason to stop writing") {
    World world;
    {
        const Refusing refusing(world.folder, "recording");
        world.write(0, 8);
        CHECK(world.writer.trouble().cause() == GapCause::WriteError);
        CHECK(world.writer.file().rowRefusedSince());
        CHECK(world.writer.held().isEmpty());
        CHECK(world.writer.file().durableAt() >= kStart + 3s);
    }
    world.write(8, 12);
    CHECK(world.writer.trouble().why().empty());
    world.checkAllThere(6s);
}

TEST_CASE("a stream that is none is dropped and counted, and the file goes on") {
    World world;
    world.write(0, 2);
    auto broken = std::make_shared<Fragment>(*world.stream.fragments[2]);
    broken->bytes.resize(broken->bytes.size() / 2);
    broken->bytes.assign(broken->bytes.size(), 0);
    world.writer.write(broken);
    CHECK(world.writer.droppedFragments() == 1);
    CHECK(world.writer.file().isOpen());
    CHECK(world.writer.trouble().why().empty());
    world.write(2, 4);
    world.writer.finish();
    CHECK(world.recorded() == 2s);
}

TEST_CASE("a camera that the volume refuses goes to the spool at once, and home again at a keyframe") {
    World world("/dev/shm");
    if (!world.hasOtherDisk() || !world.spool.isUsable())
        return porchlight::test::tellSkipped("/dev/shm is no other file system than this one");
    world.write(0, 4);
    CHECK_FALSE(world.writer.file().isSpooled());
    world.writer.close();
    fs::rename(world.inTheWay(), world.recordings() / "aside");
    std::ofstream(world.inTheWay()) << "somebody's";
    world.write(4, 8);
    CHECK(world.writer.file().isSpooled());
    CHECK(world.writer.held().isEmpty());
    CHECK(world.writer.trouble().why().empty());
    CHECK_FALSE(world.writer.volumeError().empty());
    fs::remove(world.inTheWay());
    fs::rename(world.recordings() / "aside", world.inTheWay());
    world.write(8, 16);
    CHECK_FALSE(world.writer.file().isSpooled());
    CHECK(world.writer.file().startedAt() - kStart >= 2s);
    world.writer.sync();
    CHECK(world.writer.volumeError().empty());
    world.write(16, 24);
    world.checkAllThere(12s);
}

TEST_CASE("leaving a volume ends what is written there, and nothing that is in the spool") {
    World world;
    world.write(0, 4);
    world.writer.leaveVolume();
    CHECK_FALSE(world.writer.file().isOpen());
    REQUIRE(world.rows().size() == 1);
    CHECK(world.rows()[0].ended_at == kStart + 2s);
    world.write(4, 6);
    world.checkAllThere(3s);
}

}  // namespace writer_test
