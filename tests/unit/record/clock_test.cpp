// Clocks that cannot be believed, clocks that are set, and the night in which an hour comes twice.
#include <atomic>
#include <set>
#include <thread>

#include "base/text.h"
#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "record/footage/open_recording.h"
#include "record/upkeep/clock_trust.h"
#include "rig.h"
#include "support/environment.h"
#include "support/fake_clock.h"

namespace clock_test {

using namespace rig;

namespace {

/// A board without a real-time clock, until somebody says that its time is synchronised.
struct Board {
    std::atomic<bool> is_synchronised{false};
    std::string boot = "boot-1";
    ClockFactsSource facts() {
        return [this](WallTime) { return ClockFacts{is_synchronised.load(), false, boot}; };
    }
};

void useBoard(Rig& rig, Board& board) {
    rig.adjust = [&board](RecorderOptions& options) {
        options.clock_facts = board.facts();
        options.built_at = kStart - 24h;
    };
}

std::vector<store::RecordingRow> allRows(const Rig& rig) {
    return rig.store().recordings.overlapping("porch", WallTime{}, kStart + 100000h);
}

constexpr microseconds kTo1970 = WallTime{600s} - kStart;

}  // namespace

TEST_CASE(
    "a clock is believed when it is plausible and synchronised or kept by hardware, and then for good") {
    test::FakeClock clock;
    ClockFacts facts{false, true, "b"};
    const auto source = [&](WallTime) { return facts; };
    CHECK(ClockTrust(clock, source, kStart - 1h, std::nullopt).isTrusted());
    CHECK_FALSE(ClockTrust(clock, source, kStart + 1h, std::nullopt).isTrusted());  // before it was built
    CHECK_FALSE(
        ClockTrust(clock, source, kStart - 1h, kStart + 24h).isTrusted());  // a day before its newest footage
    CHECK(ClockTrust(clock, source, kStart - 1h, kStart + 1h).isTrusted());  // a summer time mistake
    facts = {true, false, "b"};
    CHECK(ClockTrust(clock, source, kStart - 1h, kStart + 24h).isTrusted());  // a time service knows better
    facts = {false, false, "b"};
    ClockTrust trust(clock, source, kStart - 1h, std::nullopt);
    CHECK_FALSE(trust.isTrusted());
    facts.is_synchronised = true;
    CHECK(trust.look().became_trusted);
    facts.is_synchronised = false;
    clock.stepWall(-48h);
    CHECK(trust.look().shift == -48h);
    CHECK(trust.isTrusted());
}

TEST_CASE("a machine that slept did not have its clock set: what was stamped before keeps its time") {
    test::FakeClock clock;
    ClockTrust trust(
        clock,
        [](WallTime) {
            return ClockFacts{false, false, "b"};
        },
        kStart - 1h, std::nullopt);
    const auto boot_time = trust.bootTimeAt(kStart);
    clock.suspend(8h);
    CHECK(trust.look().shift == 0s);
    CHECK(trust.wallAt(boot_time) == kStart);
    clock.stepWall(1h);
    CHECK(trust.look().shift == 1h);
    CHECK(trust.wallAt(boot_time) == kStart + 1h);
}

TEST_CASE(
    "footage from before the clock was set is marked, and stamped anew when it is: rows, events and what is "
    "being written") {
    Rig rig;
    Board board;
    useBoard(rig, board);
    rig.clock.stepWall(kTo1970);
    footage::Options options;
    options.seconds = 12;
    const WallTime wrong = rig.clock.wallNow();
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), wrong);
    rig.start(config::RecordMode::Motion, 1s, 1s);
    rig.feed(stream, 0, 4);
    rig.recorder->eventOpened(eventAt("0000000000000001", wrong + 2s), {1});
    rig.feed(stream, 4, 6);
    rig.clock.advance(3s);
    REQUIRE(allRows(rig).size() == 1);
    CHECK(allRows(rig)[0].clock_state == "untrusted");
    CHECK_FALSE(rig.recorder->storage().is_clock_trusted);
    CHECK(rig.store().clocks.doubts().size() == 2);

    rig.clock.stepWall(-kTo1970);  // the time service has spoken
    board.is_synchronised = true;
    rig.pass(2s);
    CHECK(rig.recorder->storage().is_clock_trusted);
    auto row = allRows(rig).at(0);
    CHECK(row.clock_state == "restamped");
    CHECK(row.started_at == kStart + 1s);  // the pre-roll of an event 2 s after the start
    const auto event = rig.store().events.byId("0000000000000001");
    CHECK(event->started_at == kStart + 2s);
    CHECK(rig.store().clocks.doubts().empty());
    CHECK(rig.store().clocks.steps(WallTime{}, kStart + 1h).at(0).cause == "trusted");

    // The engine still has the old start; what it says of the end is by the new clock. Fragments come with
    // the new time.
    auto later = std::vector<FragmentPtr>();
    for (std::size_t i = 6; i < stream.fragments.size(); ++i) {
        auto fragment = std::make_shared<Fragment>(*stream.fragments[i]);
        fragment->started_at -= kTo1970;
        rig.recorder->onFragment("porch", fragment);
    }
    auto ended = eventAt("0000000000000001", wrong + 2s);
    ended.ended_at = kStart + 4s;
    rig.recorder->eventEnded(ended);
    rig.settle();
    REQUIRE(rig.finals.size() == 1);
    CHECK(rig.finals[0].started_at == kStart + 2s);
    CHECK(rig.finals[0].clip_started_at == kStart + 1s);
    CHECK(rig.finals[0].clip_ended_at == kStart + 5s);
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(allRows(rig).size() == 1);  // one file, in one line of time
    const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", rig.finals[0].clip_started_at,
                                 *rig.finals[0].clip_ended_at);
    CHECK(clip->duration() == 4s);
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE("events that were deleted before the clock was set can be restored for as long as was said") {
    Rig rig;
    Board board;
    useBoard(rig, board);
    rig.clock.stepWall(kTo1970);
    rig.start(config::RecordMode::Motion);
    rig.settle();
    auto store = rig.store();
    auto event = eventAt("0000000000000001", kStart - 1h);  // of an earlier run, whose clock was right
    event.state = store::EventState::Closed;
    event.ended_at = event.clip_ended_at = event.started_at + 10s;
    store.events.insert(event);
    store::EventChange remove;
    remove.remove_at = rig.clock.wallNow();
    REQUIRE(store.events.change({event.id}, remove).changed.size() == 1);
    auto earlier = event;
    earlier.id = "0000000000000002";
    store.events.insert(earlier);
    remove.remove_at = kStart - 1min;  // in that run, by the right clock
    REQUIRE(store.events.change({earlier.id}, remove).changed.size() == 1);

    rig.clock.stepWall(-kTo1970);
    board.is_synchronised = true;
    rig.pass(2s);
    REQUIRE(store.events.byId(event.id));
    CHECK(store.events.byId(event.id)->removed_at == kStart);
    REQUIRE(store.events.byId(earlier.id));
    CHECK(store.events.byId(earlier.id)->removed_at == kStart - 1min);
    rig.pass(4min);  // the owner's five minutes are not over
    CHECK(store.events.byId(event.id));
    rig.pass(2min);
    CHECK_FALSE(store.events.byId(event.id));
}

TEST_CASE("footage of an earlier boot whose clock was never set is put behind what was recorded before it") {
    Rig rig;
    Board board;
    useBoard(rig, board);
    board.is_synchronised = true;
    const auto file = footage::make(rig.folder, "s.mp4");
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(file, kStart, 1), 0, 12);
    rig.recorder->stop();

    board.is_synchronised = false;
    board.boot = "boot-2";
    rig.clock.stepWall(-720h);  // no clock: a month back
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(file, rig.clock.wallNow(), 2), 0, 12);
    rig.recorder->stop();

    board.boot = "boot-3";
    board.is_synchronised = true;
    rig.clock.stepWall(721h);
    rig.start(config::RecordMode::Continuous);
    rig.pass(3s);
    const auto rows = allRows(rig);
    // Trusted from its start: what an earlier boot left is put in order then.
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].started_at == kStart);
    CHECK(rows[1].clock_state == "estimated");
    CHECK(rows[1].started_at == *rows[0].ended_at + 1s);
}

TEST_CASE("rows that are stamped anew in slices move by the same time, events like recordings") {
    const auto timesAfter = [](int patience) {
        const footage::Folder folder;
        store::Store store(folder / "porchlight.db");
        const auto put = [&](WallTime at, const char* clock_state, const store::ClockDoubtRow* doubt) {
            store::RecordingRow row;
            row.camera = "porch";
            row.path = std::to_string(at.time_since_epoch().count()) + ".mp4";
            row.started_at = at;
            row.clock_state = clock_state;
            store.recordings.finish(store.recordings.insert(row, doubt), at + 10s, 1000);
        };
        put(kStart, "trusted", nullptr);
        store::ClockDoubtRow doubt{"", "", "boot-1", 1s, {}};
        for (int i = 0; i < 3; ++i) put(kStart - 720h + 10s * i, "untrusted", &doubt);
        store.events.insert(eventAt("0000000000000001", kStart - 720h + 5s));
        doubt.kind = "event";
        doubt.id = "0000000000000001";
        store.clocks.insertDoubt(doubt);
        test::FakeClock clock;
        const ClockTrust trust(
            clock,
            [](WallTime) {
                return ClockFacts{true, true, "boot-2"};
            },
            WallTime{}, std::nullopt);
        for (int calls = 0; !store.clocks.doubts().empty() && calls < 20; ++calls) {
            int left = patience;
            try {
                restampRows(store, trust, base::Cancel([&] { return --left < 0; }));
            } catch (const base::Cancelled&) {
            }
        }
        std::vector<WallTime> out{store.events.byId("0000000000000001")->started_at};
        for (const auto& row : store.recordings.overlapping("porch", WallTime{}, kStart + 24h))
            out.push_back(row.started_at);
        return out;
    };
    const auto whole = timesAfter(100);
    CHECK((whole == std::vector<WallTime>{kStart + 16s, kStart, kStart + 11s, kStart + 21s, kStart + 31s}));
    CHECK((timesAfter(1) == whole));
}

TEST_CASE("nothing is deleted by age before the clock is trusted") {
    Rig rig;
    Board board;
    useBoard(rig, board);
    const auto build = rig.adjust;
    rig.adjust = [&](RecorderOptions& options) {
        build(options);
        options.storage.max_age = 1h;
    };
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(footage::make(rig.folder, "s.mp4"), kStart), 0, 12);
    rig.recorder->onStreamEnded("porch");
    rig.pass(1s);
    rig.clock.stepWall(24h);  // forward, but by nobody who knows
    rig.pass(20s);
    CHECK(allRows(rig).size() == 1);
    board.is_synchronised = true;
    rig.pass(20s);
    rig.clock.advance(2h);
    CHECK(rig.passUntil([&] { return allRows(rig).empty(); }));
}

TEST_CASE("a clock that is set an hour back and forth: no file is overwritten, none lost, each plays") {
    Rig rig;
    const auto source = footage::make(rig.folder, "s.mp4");
    rig.start(config::RecordMode::Continuous);
    WallTime at = kStart;
    for (std::uint64_t epoch = 1; epoch <= 4; ++epoch) {
        rig.feed(footage::split(source, at, epoch), 0, 12);
        rig.recorder->onStreamEnded("porch");
        // The same second again, then an hour ahead, then back into the middle of what is there.
        rig.clock.stepWall(epoch == 2 ? 1h : epoch == 3 ? -1h : microseconds{0});
        at = epoch == 1 ? kStart : epoch == 2 ? kStart + 1h : kStart + 3s;
        rig.pass(2s);
    }
    rig.recorder->stop();
    const auto rows = allRows(rig);
    REQUIRE(rows.size() == 4);
    std::set<std::string> paths;
    for (const auto& row : rows) {
        paths.insert(row.path);
        CHECK(footage::picturesOf(rig.options().recordings_dir / row.path) == 150);
    }
    CHECK(paths.size() == 4);
    CHECK(std::is_sorted(rows.begin(), rows.end(),
                         [](const auto& a, const auto& b) { return a.started_at < b.started_at; }));
    auto store = rig.store();
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
    CHECK(store.clocks.steps(WallTime{}, kStart + 10h).size() == 2);
}

TEST_CASE(
    "a step of the clock inside a stream ends the file at the next keyframe; the new one has its own name") {
    Rig rig;
    footage::Options options;
    options.seconds = 8;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Continuous);
    rig.feed(stream, 0, 8);
    for (std::size_t i = 8; i < 16; ++i) {
        auto fragment = std::make_shared<Fragment>(*stream.fragments[i]);
        fragment->started_at -= 4s;  // back to the very second at which the recording began
        rig.recorder->onFragment("porch", fragment);
    }
    rig.recorder->stop();
    const auto rows = allRows(rig);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].path != rows[1].path);
    for (const auto& row : rows) CHECK(footage::picturesOf(rig.options().recordings_dir / row.path) == 100);
}

TEST_CASE("the night in which summer time ends: names are UTC, rise, and no hour is written twice") {
    const test::EnvironmentValue zone("TZ", "Europe/Berlin");
    Rig rig;
    const WallTime before = *base::parseTime("2026-10-24T23:59:50Z",
                                             WallTime{});  // 01:59:50 CEST; 03:00 comes twice at 01:00 UTC
    const auto source = footage::make(rig.folder, "s.mp4");
    rig.clock.stepWall(before - kStart);
    rig.start(config::RecordMode::Continuous);
    std::uint64_t epoch = 0;
    for (WallTime at = before; at < before + 3h; at += 30min) {
        rig.feed(footage::split(source, at, ++epoch), 0, 12);
        rig.recorder->onStreamEnded("porch");
        rig.clock.advance(30min);
    }
    rig.recorder->stop();
    const auto rows = allRows(rig);
    REQUIRE(rows.size() == 6);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(startOf(rows[i].path) == before + 30min * static_cast<int>(i));
        if (i > 0) CHECK(rows[i].path > rows[i - 1].path);
        CHECK(fs::file_size(rig.options().recordings_dir / rows[i].path) == rows[i].bytes);
    }
}

}  // namespace clock_test
