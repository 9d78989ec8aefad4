// Free space: which deletions make it, which disk is short, and how long a look for something to delete may
// take.
#include "disk/retain/retention.h"
#include "shelf.h"
#include "small_disk.h"
#include "support/fake_clock.h"

namespace space_test {

using namespace shelf;
using small_disk::Disk;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

/// Rows with files of 2 MiB, a minute each, on a disk of 64 MiB of which 8 MiB are to be free.
struct Full {
    footage::Folder folder;
    test::FakeClock clock;
    RetentionOptions options;
    Disk disk{folder, "disk", 64};
    store::Store store{folder / "porchlight.db"};
    Volume volume{Volume::Options{folder / "recordings", "node", false, false}, clock};
    Retention retention{store, options, volume, clock};

    Full() {
        options.recordings_dir = disk.path();
        options.thumbnails_dir = folder / "thumbnails";
        options.storage.min_free_bytes = 8 * kMiB;
        options.storage.max_bytes = 0;
        options.storage.max_age = 1000h;
        volume.look(true);
    }
    void put(const std::string& camera, int from, int to) {
        fs::create_directories(options.recordings_dir / camera);
        for (int i = from; i < to; ++i) {
            store::RecordingRow row;
            row.camera = camera;
            row.started_at = kStart + 1min * i;
            row.ended_at = row.started_at + 1min;
            row.path = camera + "/" + std::to_string(1000 + i) + ".mp4";
            row.bytes = 2 * kMiB;
            footage::writeAll(options.recordings_dir / row.path, std::vector<std::uint8_t>(row.bytes, 1));
            store.recordings.insert(row);
        }
    }
    /// The camera's folder becomes a link to another disk.
    void link(const std::string& camera, const Disk& other) {
        fs::create_directory_symlink(other.path(), options.recordings_dir / camera);
    }
    std::uint64_t left(const std::string& camera) { return store.recordings.totals()[camera].files; }
    void keep() {
        while (retention.step({}, {}, true)) {
        }
    }
};

}  // namespace

TEST_CASE("what other programs write after a deletion that helped does not make deleting look useless") {
    Full shelf;
    NEED_SMALL_DISK(shelf.disk)
    shelf.put("porch", 0, 10);
    for (std::uint64_t left = 9; left >= 8; --left) {
        shelf.disk.fillUp(7 * kMiB);
        shelf.keep();
        CHECK(shelf.left("porch") == left);
        CHECK(shelf.retention.problem().empty());
        shelf.clock.advance(2min);
    }
}

TEST_CASE(
    "a file system that frees what was deleted half a minute later: what is short goes at once, and no "
    "more") {
    Full shelf;
    NEED_SMALL_DISK(shelf.disk)
    shelf.put("porch", 0, 10);
    std::vector<std::ifstream> held;
    for (const auto& file : listRecordings(shelf.disk.path())) held.emplace_back(shelf.disk.path() / file);
    shelf.disk.fillUp(5 * kMiB);
    for (int i = 0; i < 5; ++i, shelf.clock.advance(10s)) {
        shelf.keep();
        CHECK(shelf.left("porch") == 8);
        CHECK(shelf.retention.problem().empty());
    }
    const bool is_freed = GENERATE(true, false);
    if (is_freed) held.clear();
    shelf.clock.advance(15s);
    shelf.keep();
    CHECK(shelf.left("porch") == 8);
    CHECK(std::string(shelf.retention.stateOfProblem()) == (is_freed ? "ok" : "useless"));
}

TEST_CASE(
    "space is made on the disk that is short: recordings of a camera whose folder is on another one stay") {
    Full shelf;
    const Disk other(shelf.folder, "other", 16, "elsewhere");
    NEED_SMALL_DISK(shelf.disk)
    shelf.link("garden", other);
    shelf.put("garden", 0, 3);  // the oldest
    shelf.put("porch", 3, 8);
    shelf.disk.fillUp(5 * kMiB);
    shelf.keep();
    CHECK(shelf.left("garden") == 3);
    CHECK(shelf.left("porch") == 3);
    CHECK(shelf.retention.problem().empty());
    // And the other way round.
    shelf.put("garden", 8, 9);
    other.fillUp(0);
    CHECK(shelf.retention.makeRoom("garden"));
    CHECK(shelf.left("garden") == 3);
    CHECK(shelf.left("porch") == 3);
}

TEST_CASE(
    "a search for something to delete among very many kept recordings holds the recorder up for a step at a "
    "time") {
    Full shelf;
    shelf.options.storage.min_free_bytes = 0;
    shelf.options.storage.max_bytes = 1;
    std::vector<store::RecordingRow> rows(30'000);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].camera = "porch";
        rows[i].path = ".spool/porch/" + std::to_string(i) + ".mp4";  // may not go either
        rows[i].started_at = kStart - 1h + milliseconds(i);
        rows[i].ended_at = rows[i].started_at + 1s;
    }
    shelf.store.recordings.adopt(rows);
    shelf.put("porch", 0, 1);
    CHECK_FALSE(shelf.retention.makeRoom());
    CHECK(shelf.retention.isSearching());
    CHECK(shelf.retention.step({}, {}, true));
    CHECK(shelf.store.recordings.at("porch/1000.mp4")->gone_reason == "");
    shelf.keep();
    CHECK(shelf.store.recordings.at("porch/1000.mp4")->gone_reason == "bytes");
}

}  // namespace space_test
