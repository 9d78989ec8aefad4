// Deletions that are cut short, or that their disk does not take.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk/leftovers.h"
#include "shelf.h"

namespace removal_test {

using namespace shelf;

namespace {

/// A process that dies in the middle of the deletion of `row`.
void dieWhileRemoving(const fs::path& database, const store::RecordingRow& row,
                      const std::function<void()>& last) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        store::Store store(database);
        store.removals.remove(row, "bytes", [&] {
            last();
            ::_exit(0);
        });
    }
    ::waitpid(pid, nullptr, 0);
}

}  // namespace

TEST_CASE(
    "a process that dies between deleting a file and entering that: the row says why, and nobody is told of "
    "a loss") {
    Shelf shelf;
    shelf.fill(3);
    const auto rows = shelf.store.recordings.overlapping("porch", WallTime{}, kStart + 1h);
    auto event = eventAt("0000000000000001", rows[0].started_at + 1s);
    event.state = store::EventState::Closed;
    event.ended_at = event.clip_ended_at = event.started_at + 2s;
    shelf.store.events.insert(event);
    dieWhileRemoving(shelf.folder / "porchlight.db", rows[0], [&] { fs::remove(shelf.dir / rows[0].path); });
    dieWhileRemoving(shelf.folder / "porchlight.db", rows[1], [] {});  // before the file went
    CHECK(shelf.existing() == 3);
    CHECK(shelf.store.removals.begun().size() == 2);
    CHECK(recover(shelf.store, shelf.dir).lost.empty());
    CHECK(shelf.store.recordings.byId(rows[0].id)->gone_reason == "bytes");
    CHECK(shelf.store.events.byId(event.id)->footage_gone_reason == "bytes");
    CHECK(shelf.existing() == 2);
    CHECK(shelf.store.removals.begun().empty());
    CHECK(shelf.wrong() == 0);
    fs::remove(shelf.dir / rows[1].path);  // by somebody, long after
    CHECK(recover(shelf.store, shelf.dir).lost.at("porch") == 1);
    CHECK(shelf.store.recordings.byId(rows[1].id)->gone_reason == "lost");
}

TEST_CASE("a deletion that fails leaves row and events as they were") {
    Shelf shelf;
    shelf.fill(1);
    const auto row = shelf.store.recordings.overlapping("porch", WallTime{}, kStart + 1h).front();
    CHECK_THROWS_AS(
        shelf.store.removals.remove(row, "bytes", [] { throw Error(ErrorKind::Unavailable, "no"); }), Error);
    CHECK(shelf.store.recordings.byId(row.id)->gone_reason == "");
    CHECK(shelf.store.removals.begun().empty());
    CHECK(shelf.store.recordings.bytes() == row.bytes);
}

TEST_CASE("a copy in the spool whose row is on the volume already is deleted, not adopted a second time") {
    Shelf shelf;
    shelf.fill(1);
    const auto relative = recordingPath("porch", kStart);
    fs::create_directories((shelf.folder / "spool" / relative).parent_path());
    fs::copy_file(shelf.dir / relative, shelf.folder / "spool" / relative);
    const auto report = recover(shelf.store, shelf.dir);
    CHECK(report.adopted_files == 0);
    CHECK(shelf.existing() == 1);
    CHECK_FALSE(fs::exists(shelf.folder / "spool" / relative));
    CHECK(fs::exists(shelf.dir / relative));
}

TEST_CASE("what cannot be deleted is tried until it is gone, and told when that lasts") {
    const footage::Folder folder;
    const fs::path file = folder / "0000000000000001.jpg.new";
    fs::create_directory(file);  // unlink() refuses that
    Leftovers leftovers;
    CHECK_FALSE(leftovers.remove(file));
    CHECK_FALSE(leftovers.remove(folder / "never there"));
    CHECK(leftovers.size() == 1);
    const Monotonic::time_point start{1h};
    leftovers.retry(start);
    CHECK(leftovers.problem().empty());
    leftovers.retry(start + 11s);
    CHECK(leftovers.problem().find("cannot be deleted") != std::string::npos);
    fs::remove(file);
    footage::writeAll(file, {1});
    leftovers.retry(start + 12s);
    CHECK(leftovers.size() == 0);
    CHECK(leftovers.problem().empty());
    CHECK_FALSE(fs::exists(file));
}

}  // namespace removal_test
