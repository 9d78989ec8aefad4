/// Which recording is read back when, and for how long what does not play is told.
#include "record/sample/daily_sample.h"

#include "support/fake_clock.h"
#include "unit/disk/shelf.h"

namespace sample_test {

using namespace porchlight;
using namespace porchlight::record;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Verdict = FootageReading::Verdict;

namespace {

/// What a reader said, once it has said it.
struct Scripted final : FootageReading {
    explicit Scripted(const std::optional<Result>& said) : said_(said) {}
    std::optional<Result> result() override { return said_; }
    const std::optional<Result>& said_;
};

struct World {
    footage::Folder folder;
    test::FakeClock clock;
    store::Store store{folder / "porchlight.db"};
    std::vector<microseconds> read;  ///< how long what was read should last
    std::optional<FootageReading::Result> said = FootageReading::Result{Verdict::Plays, "h264"};
    bool is_reader_there = true;
    DailySample sample{store, clock, folder / "recordings",
                       [this](const base::Fd&, microseconds span, std::uint64_t) {
                           if (!is_reader_there) throw Error(ErrorKind::Unavailable, "no reader");
                           read.push_back(span);
                           return std::make_unique<Scripted>(said);
                       }};

    /// One that began `ago` and lasts so long, by which the tests know it. -> its number in the database
    std::int64_t record(microseconds ago, microseconds span, const std::string& camera = "porch",
                        std::string_view where = {}, std::uint64_t bytes = 3) {
        store::RecordingRow row;
        row.camera = camera;
        row.started_at = clock.wallNow() - ago;
        row.path = std::string(where) + disk::recordingPath(camera, row.started_at).string();
        row.bytes = 0;
        row.video = Codec::H264;
        const fs::path file = disk::fileOf(folder / "recordings", row.path);
        fs::create_directories(file.parent_path());
        footage::writeAll(file, {1, 2, 3});
        const auto id = store.recordings.insert(row);
        if (bytes > 0) store.recordings.finish(id, row.started_at + span, bytes);
        return id;
    }
    /// Looks as often as a recorder does; what was read meanwhile.
    std::vector<microseconds> pass(microseconds span, bool may_begin = true) {
        read.clear();
        for (microseconds passed{0}; passed < span; passed += 1min) {
            clock.advance(30s);
            sample.tick(may_begin);
            sample.tick(may_begin);
            clock.advance(30s);
            sample.tick(may_begin);
            sample.tick(may_begin);
        }
        return read;
    }
};
using Spans = std::vector<microseconds>;

}  // namespace

TEST_CASE("ten minutes after the start, and then each day, one recording of each camera is read back") {
    World world;
    world.sample.addCamera("porch");
    world.sample.addCamera("garden");
    world.record(1h, 60s);
    world.record(1h, 30s, "garden");
    CHECK(world.pass(9min).empty());
    CHECK(world.pass(3min) == Spans{30s, 60s});
    CHECK(world.pass(23h).empty());
    world.record(1h, 50s);
    world.record(1h, 20s, "garden");
    CHECK(world.pass(1h) == Spans{20s, 50s});  // what is older than a day is not
    CHECK(world.sample.problem().empty());
}

TEST_CASE(
    "what is being written, waits in the spool, is gone or short is not read; an hour later it is looked "
    "again") {
    World world;
    world.sample.addCamera("porch");
    world.record(5min, 60s, "porch", "", 0);
    world.record(4min, 1s);
    world.record(3min, 50s, "porch", disk::kSpoolPrefix);
    world.store.recordings.markGone(world.record(2min, 30s), "age");
    CHECK(world.pass(1h).empty());
    world.record(3min, 40s);
    CHECK(world.pass(15min) == Spans{40s});
}

TEST_CASE("nothing begins while the disk is away or rows are compared; what has begun ends") {
    World world;
    world.sample.addCamera("porch");
    world.record(1h, 60s);
    CHECK(world.pass(1h, false).empty());
    world.said.reset();
    CHECK(world.pass(1min) == Spans{60s});
    CHECK(world.pass(1h).empty());  // still being read
    world.said = FootageReading::Result{Verdict::Plays, "h264"};
    CHECK(world.pass(1min, false).empty());
    world.record(1min, 20s);
    CHECK(world.pass(23h).empty());  // it was read, and that was the day's
}

TEST_CASE("what does not play is read a second time, when its disk may have come back, before it is told") {
    World world;
    world.sample.addCamera("porch");
    world.record(1h, 60s);
    world.said.reset();
    CHECK(world.pass(11min) == Spans{60s});
    world.said = FootageReading::Result{Verdict::Unplayable, "it cannot be read: Input/output error"};
    CHECK(world.pass(2h, false).empty());
    CHECK(world.sample.problem().empty());
    world.record(1h, 20s);
    world.said = FootageReading::Result{Verdict::Plays, "h264"};
    CHECK(world.pass(1min) == Spans{60s});  // the same one: it was the disk
    CHECK(world.pass(22h).empty());
    CHECK(world.sample.problem().empty());
}

TEST_CASE("what does not play is forgotten after its day, also when there is no recording any more") {
    World world;
    world.sample.addCamera("porch");
    const auto id = world.record(1h, 60s);
    world.said = FootageReading::Result{Verdict::Unplayable, "no picture in it"};
    CHECK(world.pass(12min) == Spans{60s, 60s});
    world.store.recordings.markGone(id, "age");
    CHECK(world.pass(23h).empty());
    CHECK_FALSE(world.sample.problem().empty());
    CHECK(world.pass(2h + 10min).empty());
    CHECK(world.sample.problem().empty());
}

TEST_CASE("what does not play is told for a day, and until the newest recording plays") {
    World world;
    world.sample.addCamera("porch");
    world.record(1h, 60s);
    world.said = FootageReading::Result{Verdict::Unplayable, "no picture in it"};
    CHECK(world.pass(12min) == Spans{60s, 60s});
    CHECK(world.sample.problem() ==
          "porch/2026-09-21/131320.000-porch.mp4 does not play: no picture in it; "
          "\"porchlight check --deep\" looks at all recordings");

    world.record(5min, 20s);
    world.record(10min, 30s);
    CHECK(world.pass(11min) == Spans{20s});  // the newest
    world.said = FootageReading::Result{Verdict::Plays, "h264"};
    CHECK(world.pass(12min) == Spans{20s});
    CHECK_FALSE(world.sample.problem().empty());
    world.pass(22h);
    CHECK_FALSE(world.sample.problem().empty());
    world.record(1min, 10s);
    CHECK(world.pass(3h).front() == 10s);
    CHECK(world.sample.problem().empty());
}

TEST_CASE("a camera that was removed has no problem, and its reader ends") {
    World world;
    world.sample.addCamera("porch");
    world.record(1h, 60s);
    world.said.reset();
    world.pass(11min);
    world.sample.removeCamera("porch");
    world.said = FootageReading::Result{Verdict::Unplayable, "torn"};
    CHECK(world.pass(25h).empty());
    CHECK(world.sample.problem().empty());
}

TEST_CASE("that nobody could look says nothing of footage, and is tried again after an hour") {
    World world;
    world.sample.addCamera("porch");
    world.record(1h, 60s);
    world.is_reader_there = false;
    CHECK(world.pass(30min).empty());
    world.is_reader_there = true;
    world.said = FootageReading::Result{Verdict::Unknown, "no memory"};
    CHECK(world.pass(1h) == Spans{60s});
    CHECK(world.sample.problem().empty());
    world.said = FootageReading::Result{Verdict::Damaged, "1 of 30 groups"};
    CHECK(world.pass(1h) == Spans{60s});
    CHECK(world.sample.problem().empty());
    CHECK(world.pass(20h).empty());
}

}  // namespace sample_test
