/// The file that a camera is recorded to: what was appended is durable, or given back.
#include "parts.h"
#include "unit/disk/small_disk.h"

namespace camera_file_test {

using namespace parts;

namespace {

/// A file of the porch, and footage for it.
struct World : Parts {
    explicit World(const fs::path& disk = {}) : Parts(disk) {}
    void open(std::size_t first = 0) {
        file.open(*context.place(false), *stream.fragments[first]);
        is_new_ = true;
    }
    void append(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            const Footage at = file.append(stream.fragments[i]);
            CHECK(at.start == stream.fragments[i]->started_at);
            CHECK(at.end == at.start + stream.fragments[i]->duration);
            CHECK(at.starts_file == std::exchange(is_new_, false));
        }
    }
    footage::Stream stream = film();
    CameraFile file{context, "porch"};

  private:
    bool is_new_ = false;
};

std::uint64_t bytesOf(const footage::Stream& stream, std::size_t from, std::size_t to) {
    std::uint64_t sum = 0;
    for (std::size_t i = from; i < to; ++i) sum += stream.fragments[i]->bytes.size();
    return sum;
}

}  // namespace

TEST_CASE("a recording has its row with the first sync, is durable as far as synced, and plays when closed") {
    World world;
    CHECK_FALSE(world.file.isOpen());
    CHECK(world.file.path().empty());
    CHECK(world.file.bytes() == 0);
    world.open();
    CHECK(world.file.startedAt() == kStart);
    world.append(0, 4);
    CHECK(world.file.isDirty());
    CHECK(world.rows().empty());
    CHECK(world.file.durableAt() == WallTime{});
    CHECK(world.context.use.volumeWritten() == bytesOf(world.stream, 0, 4));
    CHECK(world.context.use.durable() == 0);
    CHECK(world.file.sync().empty());
    CHECK_FALSE(world.file.isDirty());
    CHECK(world.file.durableAt() == kStart + 2s);
    CHECK(world.context.use.durable() == bytesOf(world.stream, 0, 4));
    REQUIRE(world.rows().size() == 1);
    CHECK_FALSE(world.rows()[0].ended_at);
    world.append(4, world.stream.fragments.size());
    world.file.close();
    CHECK_FALSE(world.file.isOpen());
    const auto row = world.rows().at(0);
    CHECK(row.ended_at == kStart + world.stream.duration);
    CHECK(row.bytes == fs::file_size(world.fileOf(row)));
    CHECK(footage::decodeErrors(world.fileOf(row)).empty());
    CHECK(footage::picturesOf(world.fileOf(row)) == 150);
}

TEST_CASE("a file that nothing was appended to leaves neither file nor row") {
    World world;
    world.open();
    const fs::path file = world.recordings() / world.file.path();
    CHECK(fs::exists(file));
    world.file.close();
    CHECK_FALSE(fs::exists(file));
    CHECK(world.rows().empty());
    CHECK(world.late_rows.size() == 0);
}

TEST_CASE("a sync is due when a power cut would take more than the interval, and then no more") {
    World world;
    world.stream = world.film(2, "short.mp4", 200'000);
    world.open();
    CHECK_FALSE(world.file.isSyncDue());
    world.append(0, 1);
    CHECK_FALSE(world.file.isSyncDue());
    world.clock.advance(800ms);
    CHECK(world.file.isSyncDue());
    world.file.sync();
    CHECK_FALSE(world.file.isSyncDue());
    world.clock.advance(10s);
    CHECK_FALSE(world.file.isSyncDue());  // there is nothing to be synced
}

TEST_CASE("a database that takes no row costs no footage: the row follows, with the file or after it") {
    World world;
    world.open();
    world.append(0, 2);
    const auto refused_at = world.clock.now();
    {
        const Refusing refusing(world.folder, "recording");
        CHECK_FALSE(world.file.sync().empty());
        CHECK(world.file.rowRefusedSince() == refused_at);
        CHECK(world.file.durableAt() == kStart + 1s);  // the footage is safe
        world.append(2, 4);
        world.clock.advance(2s);
        CHECK_FALSE(world.file.sync().empty());
        CHECK(world.file.rowRefusedSince() == refused_at);  // since the first time
    }
    world.append(4, 6);
    CHECK(world.file.sync().empty());
    CHECK_FALSE(world.file.rowRefusedSince());
    CHECK(world.rows().size() == 1);
    world.file.close();

    world.open(6);
    world.append(6, 8);
    {
        const Refusing refusing(world.folder, "recording");
        CHECK_NOTHROW(world.file.close());
        CHECK(world.late_rows.size() == 1);
        CHECK_FALSE(world.late_rows.retry(world.store));
    }
    CHECK(world.late_rows.retry(world.store));
    REQUIRE(world.rows().size() == 2);
    CHECK(world.rows()[1].ended_at == kStart + 4s);
}

TEST_CASE("what a failure takes is given back in order, and what was durable before it stays a recording") {
    World world;
    world.open();
    world.append(0, 4);
    world.file.sync();
    const std::uint64_t durable = world.file.bytes();
    world.append(4, 7);
    const fs::path file = world.recordings() / world.file.path();
    const auto back = world.file.giveUp(false);
    CHECK_FALSE(world.file.isOpen());
    REQUIRE(back.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(back[i] == world.stream.fragments[4 + i]);
    CHECK(fs::file_size(file) == durable);
    REQUIRE(world.rows().size() == 1);
    CHECK(world.rows()[0].ended_at == kStart + 2s);
    CHECK(world.rows()[0].bytes == durable);
    CHECK(footage::decodeErrors(file).empty());
    CHECK(world.file.giveUp(false).empty());  // once
}

TEST_CASE("where it was not the sync that failed, what is in the file is made durable and not given back") {
    World world;
    world.open();
    world.append(0, 6);
    CHECK(world.file.giveUp(true).empty());
    REQUIRE(world.rows().size() == 1);
    CHECK(world.rows()[0].ended_at == kStart + 3s);
    CHECK(world.file.durableAt() == kStart + 3s);
}

TEST_CASE("a file that was never synced goes as a whole when it is given up") {
    World world;
    world.open();
    world.append(0, 2);
    const fs::path file = world.recordings() / world.file.path();
    CHECK(world.file.giveUp(false).size() == 2);
    CHECK_FALSE(fs::exists(file));
    CHECK(world.rows().empty());
}

TEST_CASE(
    "a disk that becomes full is made room on, and the file goes on without a hole; without room it fails") {
    World world;
    const auto marker = footage::readAll(world.recordings() / kVolumeMarker);
    small_disk::Disk disk(world.folder, "disk", 8);
    NEED_SMALL_DISK(disk);
    footage::writeAll(disk.path() / kVolumeMarker, marker);
    world.volume.look(true);
    REQUIRE(world.volume.isOk());
    const auto fill = [&] {
        disk.fillUp(0);
        std::ofstream film(disk.path() / "somebody-elses-film", std::ios::binary | std::ios::app);
        for (const std::string block(512, 'x'); film.write(block.data(), 512).flush();) {
        }
    };
    int asked = 0;
    world.make_room = [&](const std::string& camera) {
        CHECK(camera == "porch");
        ++asked;
        return fs::remove(disk.path() / "somebody-elses-film");
    };
    world.open();
    world.append(0, 2);
    fill();
    world.append(2, world.stream.fragments.size());
    CHECK(asked == 1);
    world.file.close();
    REQUIRE(world.rows().size() == 1);
    CHECK(footage::picturesOf(world.fileOf(world.rows()[0])) == 150);

    world.stream = world.film(6, "t.mp4");
    world.make_room = [](const std::string&) { return false; };
    world.open();
    world.append(0, 2);
    fill();
    const auto appendAll = [&] {
        for (std::size_t i = 2; i < world.stream.fragments.size(); ++i)
            world.file.append(world.stream.fragments[i]);
    };
    try {
        appendAll();
        FAIL("a full disk took it");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Exhausted);
    }
    fs::remove(disk.path() / "somebody-elses-film");
    CHECK(world.file.giveUp(true).empty());
}

TEST_CASE("a clock that is set moves what is open and what was durable by the same time") {
    World world;
    world.open();
    world.append(0, 2);
    world.file.sync();
    world.file.restamp(1h);
    CHECK(world.file.startedAt() == kStart + 1h);
    CHECK(world.file.durableAt() == kStart + 1h + 1s);
    world.file.close();
    CameraFile none(world.context, "yard");
    none.restamp(1h);
    CHECK(none.durableAt() == WallTime{});  // nothing is still nothing
}

TEST_CASE(
    "a picture that lasts longer than cameras do as a rule is told as a pause, also the first of a file") {
    const struct {
        int intervals;  ///< of 40 ms, for which the first picture lasts
        bool is_pause;
    } rows[] = {{1, false}, {99, false}, {101, true}, {150, true}};  // 3 s, and one beyond
    for (const auto& row : rows) {
        World world;
        INFO(row.intervals);
        const fs::path made = world.folder / "paused.mp4";
        footage::run(
            "ffmpeg -v error -y -f lavfi -i testsrc2=size=160x120:rate=25:duration=1"
            " -vf \"setpts='PTS+if(gt(N,0)," +
            std::to_string(row.intervals - 1) +
            ",0)'\" -fps_mode passthrough -c:v libx264 -preset ultrafast -g 25 -bf 0"
            " -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 20000000 " +
            made.string());
        world.stream = footage::split(made, world.clock.wallNow());
        REQUIRE(world.stream.fragments.size() == 1);
        world.open();
        const Footage at = world.file.append(world.stream.fragments[0]);
        world.file.close();
        CHECK(at.end == kStart + 40ms * (row.intervals + 24));
        REQUIRE(at.pauses.size() == (row.is_pause ? 1 : 0));
        if (row.is_pause) CHECK(at.pauses[0] == std::pair{kStart + 3s, kStart + 40ms * row.intervals});
    }
}

TEST_CASE("another stream, a step back in line and a hole without a keyframe need another file") {
    World world;
    world.open();
    world.append(0, 2);
    const auto& next = world.stream.fragments;
    CHECK(world.file.accepts(*next[2]));
    CHECK_FALSE(world.file.accepts(*next[1]));  // it was there
    CHECK_FALSE(world.file.accepts(*next[3]));  // a hole, and no keyframe behind it
    CHECK(world.file.accepts(*next[4]));        // behind a hole, from a keyframe on
    const auto other = world.film(2, "other.mp4");
    CHECK_FALSE(world.file.accepts(*other.fragments[0]));
    world.file.close();
}

}  // namespace camera_file_test
