#include "scripts.h"

#include <unistd.h>

#include <fstream>

#include "store/sql/database.h"
#include "verdict.h"

namespace inject {
namespace fs = std::filesystem;
namespace {

using Failures = std::vector<std::string>;

constexpr const char* kFirst = "0000000000000001";
constexpr const char* kSecond = "0000000000000002";
constexpr microseconds kTold{11'000'000};  // what lasts longer is told

void note(Failures& all, const Failures& more, const std::string& when) {
    for (const auto& one : more) all.push_back(when + ": " + one);
}

/// After the harm: is all well again, and does the recorder say so?
Failures lookWhetherWell(World& world) {
    Failures out;
    const auto storage = world.core().storage();
    for (const auto& problem : storage.problems) out.push_back("still a problem: " + problem);
    if (storage.state != "ok") out.push_back("the volume is " + storage.state);
    if (storage.held_bytes > 0 || storage.spool_files > 0 || storage.late_rows > 0)
        out.push_back("something waits in memory, spool or for its row");
    const auto always = world.core().status().at(kAlways);
    if (!always.error.empty()) out.push_back("an error is left: " + always.error);
    if (!always.is_recording || always.durable_at < world.fedUntil() - 2s)
        out.push_back("nothing is recorded");
    return out;
}

Failures lookWhetherTold(const World& world) {
    const auto& what = whatHappened();
    const bool must_be_told = what.struck > 2 && what.longest_tries > kTold;
    if (must_be_told && !world.was_told)
        return {"nobody was told of what lasted " + std::to_string(what.longest_tries / 1s) + " s"};
    return {};
}

/// Ends it, judges, starts again, ends that too and judges again.
Failures conclude(World& world, Expectations expected) {
    Failures out = lookWhetherTold(world);
    world.finish();
    expected.to = world.fedUntil();
    note(out, judge(world.folder(), expected, whatHappened()), "at the end");
    calm();
    world.start();
    world.run(4s);
    world.finish();
    expected.to = world.fedUntil();
    note(out, judge(world.folder(), expected, whatHappened()), "after a restart");
    return out;
}

void prepareNew(const fs::path& folder, const footage::Stream& stream) {
    World world(folder, stream);
    world.start();
    world.finish();
}

/// A minute: two events, three files of the one camera, a stream that ends.
Failures runMinute(const fs::path& folder, const footage::Stream& stream, const Strike& strike) {
    World world(folder, stream);
    world.start();
    world.run(2s);
    arm(folder, world.clock(), strike);
    world.run(3s);
    world.beginEvent(kFirst);
    world.run(6s);
    world.endEvent(kFirst);
    world.run(14s);
    world.streamEnds();
    world.run(5s);
    world.beginEvent(kSecond);
    world.run(4s);
    world.endEvent(kSecond);
    world.run(26s);
    disarm();
    world.run(35s);
    Failures out;
    note(out, lookWhetherWell(world), "half a minute later");
    Expectations expected;
    expected.from = kStart;
    expected.events = {kFirst, kSecond};
    note(out, conclude(world, expected), "minute");
    return out;
}

Failures runStop(const fs::path& folder, const footage::Stream& stream, const Strike& strike) {
    World world(folder, stream);
    world.start();
    world.run(3s);
    world.beginEvent(kFirst);
    world.run(4s);
    arm(folder, world.clock(), strike);
    world.finish();
    disarm();
    calm();
    world.start();
    world.run(20s);
    Failures out;
    note(out, lookWhetherWell(world), "after a restart");
    Expectations expected;
    expected.from = kStart;
    expected.events = {kFirst};
    note(out, conclude(world, expected), "stop");
    return out;
}

/// The disk of the recordings is taken away, and given back.
void unplug(const fs::path& folder) {
    fs::rename(folder / "recordings", folder / "unplugged");
    fs::create_directory(folder / "recordings");
    pretendOwnDisk({});
}
void plugIn(const fs::path& folder) {
    pretendOwnDisk(folder);
    fs::remove(folder / "recordings");
    fs::rename(folder / "unplugged", folder / "recordings");
}

Failures runSpool(const fs::path& folder, const footage::Stream& stream, const Strike& strike) {
    pretendOwnDisk(folder);
    World world(folder, stream);
    world.segment_length = 4s;
    world.start();
    world.run(3s);
    world.streamEnds();
    unplug(folder);
    world.idle(3s);
    arm(folder, world.clock(), strike);
    world.run(5s);
    world.beginEvent(kFirst);
    world.run(4s);
    world.endEvent(kFirst);
    world.run(5s);
    plugIn(folder);
    world.run(16s);
    disarm();
    world.run(75s);  // a file that was refused is tried again half a minute later
    Failures out;
    note(out, lookWhetherWell(world), "a minute later");
    Expectations expected;
    expected.from = kStart;
    expected.events = {kFirst};
    note(out, conclude(world, expected), "spool");
    return out;
}

/// What a power cut leaves: files with torn ends, without rows and begun only, a deletion and a move that
/// were cut short, an event that runs, half a thumbnail.
void prepareCrashed(const fs::path& folder, const footage::Stream& stream) {
    pretendOwnDisk(folder);
    World world(folder, stream);
    world.segment_length = 4s;
    world.start();
    world.run(9s);
    world.streamEnds();
    unplug(folder);
    world.idle(3s);
    world.run(5s);
    world.streamEnds();
    world.run(1s);
    plugIn(folder);
    world.beginEvent(kFirst);
    world.run(4s);
    const auto rows = world.core().store().recordings.overlapping(kAlways, WallTime{}, kStart + 1h);
    store::Database database(folder / "porchlight.db");
    database.run("DELETE FROM recording WHERE path = ?", rows.at(0).path);
    database.run("UPDATE recording SET gone_reason = 'bytes' WHERE path = ?", rows.at(1).path);
    for (const auto& row : rows)
        if (!row.ended_at)
            std::ofstream(folder / "recordings" / row.path, std::ios::app | std::ios::binary)
                << std::string("\0\0\7\7moof", 8);
    // Only what bears a name of ours, and belongs to an event that ran, is removed: all else may be
    // somebody's.
    const fs::path next_to = folder / "recordings" / rows.at(0).path;
    std::ofstream(next_to.parent_path() / ("010203.000-" + std::string(kAlways) + ".mp4.part"))
        << "half of it";
    std::ofstream(folder / "thumbnails" / kMoving / (std::string(kFirst) + ".jpg.new")) << "half of it";
    ::_exit(0);
}

Failures runRecovery(const fs::path& folder, const footage::Stream& stream, const Strike& strike) {
    pretendOwnDisk(folder);
    World world(folder, stream);
    world.segment_length = 4s;
    world.skipTo(30s);
    const WallTime began_at = world.fedUntil();
    arm(folder, world.clock(), strike);
    world.start();
    world.run(6s);
    disarm();
    world.run(70s);
    Failures out;
    note(out, lookWhetherWell(world), "a minute later");
    Expectations expected;
    expected.from = began_at;
    expected.may_miss =
        strike.lasts +
        4s;  // a database that cannot be opened ends the process: it comes again a second later
    expected.may_have_deleted = true;
    expected.events = {};
    note(out, conclude(world, expected), "recovery");
    const double seconds = recordedSeconds(folder, kAlways);
    const double whole = 13.0 + 4.0 + 80.0 - static_cast<double>(expected.may_miss.count()) / 1e6;
    if (seconds < whole) out.push_back("recovery: only " + std::to_string(seconds) + " s are left");
    return out;
}

void prepareFull(const fs::path& folder, const footage::Stream& stream) {
    World world(folder, stream);
    world.segment_length = 2s;
    world.start();
    world.run(2s);
    world.beginEvent(kFirst);
    world.run(2s);
    world.endEvent(kFirst);
    world.run(8s);
    world.beginEvent(kSecond);
    world.run(2s);
    world.endEvent(kSecond);
    world.run(20s);
    world.core().store().events.setMarks(kFirst, true, std::nullopt, std::nullopt);
    world.finish();
}

std::uint64_t recordedBytes(const fs::path& folder) {
    return store::Store(folder / "porchlight.db").recordings.bytes();
}

Failures runRetention(const fs::path& folder, const footage::Stream& stream, const Strike& strike) {
    World world(folder, stream);
    world.segment_length = 2s;
    world.max_bytes = recordedBytes(folder) / 2;
    world.skipTo(34s);
    world.start();
    arm(folder, world.clock(), strike);
    world.run(12s);
    disarm();
    world.run(30s);
    world.idle(11min);  // what could not be deleted is tried again
    world.run(3s);
    Failures out;
    note(out, lookWhetherWell(world), "ten minutes later");
    const std::uint64_t bytes = world.core().store().recordings.bytes();
    if (bytes > world.max_bytes + world.max_bytes / 5) out.push_back("more is left than may be");
    if (bytes < world.max_bytes / 2) out.push_back("more was deleted than had to be");
    Expectations expected;
    expected.from = kStart;
    expected.to = kStart;
    expected.may_miss = 20min;  // the pause
    expected.may_have_deleted = true;
    expected.events = {kFirst};
    note(out, conclude(world, expected), "retention");
    return out;
}

}  // namespace

const std::vector<Script>& scripts() {
    static const std::vector<Script> all = {
        {"minute", "a minute of recording, two events", true, prepareNew, runMinute},
        {"spool", "the volume is gone; the spool, and back", true, prepareNew, runSpool},
        {"recovery", "a start after a power cut", true, prepareCrashed, runRecovery},
        {"retention", "half of all recordings is deleted", true, prepareFull, runRetention},
        {"stop", "a proper stop", true, prepareNew, runStop},
    };
    return all;
}

}  // namespace inject
