/// The parts of a camera's way to its disk, one by one.
#include <fstream>

#include "record/footage/footage_memory.h"
#include "record/footage/space_use.h"
#include "record/footage/uncut_files.h"
#include "record/footage/unsynced_footage.h"
#include "record/footage/volume_avoidance.h"
#include "record/footage/write_trouble.h"
#include "support/catch.h"
#include "support/folder.h"

namespace footage_test {

using namespace porchlight;
using namespace porchlight::record;
using namespace std::chrono_literals;

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};
constexpr microseconds kKeep = 60s;

/// Half a second that begins `at` after kStart.
Footage half(microseconds at, bool is_key, bool starts_file = false) {
    return {kStart + at, kStart + at + 500ms, is_key, starts_file, {}};
}

FragmentPtr fragment(microseconds duration, std::size_t bytes = 100) {
    auto made = std::make_shared<Fragment>();
    made->duration = duration;
    made->bytes.resize(bytes);
    return made;
}

TEST_CASE(
    "a clip begins at the keyframe before what is wanted, and ends with the fragment that covers its end") {
    FootageMemory memory;
    CHECK_FALSE(memory.startFor(kStart));
    CHECK_FALSE(memory.end());
    for (int i = 0; i < 8; ++i) memory.add(half(500ms * i, i % 2 == 0, i == 0), kKeep);
    CHECK(memory.startFor(kStart + 1700ms) == kStart + 1s);
    CHECK(memory.startFor(kStart - 5s) == kStart);  // there is nothing older
    CHECK_FALSE(memory.startFor(kStart + 4s));      // nothing that new
    CHECK(memory.endFor(kStart + 1700ms, kStart) == kStart + 2s);
    CHECK(memory.endFor(kStart + 60s, kStart) == kStart + 4s);        // what there is
    CHECK(memory.endFor(kStart + 1s, kStart + 10s) == kStart + 10s);  // never before its start
}

TEST_CASE("a clip does not begin before its file does, nor in the middle of a group of pictures") {
    FootageMemory memory;
    memory.add(half(0s, true, true), kKeep);
    memory.add(half(500ms, false), kKeep);
    memory.add(half(1s, false, true), kKeep);  // a file that begins without a keyframe
    memory.add(half(1500ms, true), kKeep);
    CHECK(memory.startFor(kStart + 1200ms) == kStart + 1500ms);
    CHECK(memory.startFor(kStart + 700ms) == kStart);
}

TEST_CASE("what is older than anybody asks for is forgotten, and all of it when the clock is set back") {
    FootageMemory memory;
    for (int i = 0; i < 200; ++i) memory.add(half(500ms * i, true), 10s);
    CHECK(memory.size() == 21);
    memory.shift(1h);
    CHECK(memory.end() == kStart + 1h + 100s);
    memory.add(half(0s, true), 10s);
    CHECK(memory.size() == 1);
    CHECK(memory.end() == kStart + 500ms);
}

TEST_CASE("a sync is due before a power cut would take more than the interval, the next fragment included") {
    const Monotonic::time_point now{1000s};
    UnsyncedFootage unsynced;
    unsynced.add(fragment(400ms), now);
    CHECK_FALSE(unsynced.isSyncDue(1s, 200ms, now));  // 0.4 s and as much that is still in the worker
    unsynced.add(fragment(400ms), now);
    CHECK(unsynced.isSyncDue(1s, 200ms, now));  // 0.8 s and 0.4 s
    CHECK_FALSE(unsynced.isSyncDue(10s, 200ms, now + 9700ms));
    CHECK(unsynced.isSyncDue(10s, 200ms, now + 9800ms));  // the next look may come a tick later
    CHECK(unsynced.bytes() == 200);
    unsynced.clear();
    CHECK(unsynced.bytes() == 0);
    unsynced.add(fragment(100ms), now + 5s);
    CHECK_FALSE(unsynced.isSyncDue(1s, 200ms, now + 5s));
}

TEST_CASE("what a failed sync leaves is given back in order, once") {
    UnsyncedFootage unsynced;
    const auto first = fragment(500ms);
    const auto second = fragment(500ms);
    unsynced.add(first, {});
    unsynced.add(second, {});
    const auto taken = unsynced.take();
    REQUIRE(taken.size() == 2);
    CHECK(taken.front() == first);
    CHECK(taken.back() == second);
    CHECK(unsynced.take().empty());
}

TEST_CASE(
    "a camera keeps away from a volume that refuses it, twice as long each time, until it takes footage") {
    const Monotonic::time_point now{1000s};
    VolumeAvoidance avoidance;
    const auto spanNow = [&] {
        avoidance.refused("no", 3s, now);
        microseconds span = 0s;
        while (avoidance.isOn(now + span)) span += 1s;
        return span;
    };
    CHECK_FALSE(avoidance.isOn(now));
    CHECK(spanNow() == 3s);
    CHECK(spanNow() == 6s);
    for (int i = 0; i < 10; ++i) avoidance.refused("no", 3s, now);
    CHECK(spanNow() == VolumeAvoidance::kLongest);
    CHECK(avoidance.why() == "no");
    avoidance.tryNext();
    CHECK_FALSE(avoidance.isOn(now));
    CHECK(avoidance.why() == "no");
    avoidance.tookFootage();
    CHECK(avoidance.why().empty());
    CHECK(spanNow() == 3s);
}

TEST_CASE("trouble is news once, and the ledger hears of its kind") {
    WriteTrouble trouble;
    CHECK_FALSE(trouble.cause());
    CHECK(trouble.begin("full", ErrorKind::Exhausted));
    CHECK_FALSE(trouble.begin("still full", ErrorKind::Exhausted));
    CHECK(trouble.why() == "still full");
    CHECK(trouble.cause() == ledger::GapCause::DiskFull);
    CHECK_FALSE(trouble.begin("not mounted", ErrorKind::Misconfigured));
    CHECK(trouble.cause() == ledger::GapCause::VolumeMissing);
    CHECK_FALSE(trouble.begin("EIO", ErrorKind::Unavailable));
    CHECK(trouble.cause() == ledger::GapCause::WriteError);
    CHECK(trouble.end());
    CHECK_FALSE(trouble.end());
    CHECK(trouble.begin("not mounted", ErrorKind::Misconfigured));
    CHECK(trouble.end());
    CHECK(trouble.beginOfRow("the database is locked"));  // was told as a missing volume, which was over
    CHECK(trouble.cause() == ledger::GapCause::WriteError);
    CHECK(trouble.end());
    const Monotonic::time_point now{1000s};
    trouble.restUntil(now + 3s);
    CHECK_FALSE(trouble.mayWrite(now));
    CHECK(trouble.mayWrite(now + 3s));
}

TEST_CASE("space is counted by disk, and what goes to the spool is of none") {
    SpaceUse use;
    use.noteWritten(0, 100);
    use.noteWritten(7, 10);
    use.noteSpooled(1);
    use.noteDurable(0, 60);
    use.noteDurable(7, 10);
    CHECK(use.volumeWritten() == 100);
    CHECK(use.durable() == 60);
    CHECK(use.durable(7) == 10);
    CHECK(use.durable(8) == 0);
    CHECK(use.uncheckedBytes() == 111);
    use.noteFull();
    use.noteChecked();
    CHECK_FALSE(use.wasMetFull());
    CHECK(use.uncheckedBytes() == 0);
    CHECK(use.volumeWritten() == 100);
}

TEST_CASE(
    "files whose disk was away are cut to what was durable when it is back, and nothing is made longer") {
    const test::Folder folder;
    const auto dir = folder / "recordings";
    std::filesystem::create_directories(dir);
    std::ofstream(dir / "long.mp4") << std::string(100, 'x');
    std::ofstream(dir / "short.mp4") << std::string(10, 'x');
    UncutFiles uncut;
    uncut.add("long.mp4", 60);
    uncut.add("short.mp4", 60);
    uncut.add("gone.mp4", 60);
    uncut.cutAll(dir);
    CHECK(std::filesystem::file_size(dir / "long.mp4") == 60);
    CHECK(std::filesystem::file_size(dir / "short.mp4") == 10);
    CHECK_FALSE(std::filesystem::exists(dir / "gone.mp4"));
    CHECK(uncut.size() == 0);
    for (std::size_t i = 0; i < UncutFiles::kMax + 5; ++i) uncut.add("x.mp4", 1);
    CHECK(uncut.size() == UncutFiles::kMax);
}

}  // namespace footage_test
