// Free space: which deletions make it, which disk is short, and how long a look for something to delete may take.
#include "record/recovery.h"
#include "record/retention.h"
#include "rig.h"
#include "small_disk.h"

namespace space_test {

using namespace rig;
using small_disk::Disk;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

/// Rows with files of 2 MiB, a minute each, on a disk of 64 MiB of which 8 MiB are to be free.
struct Shelf {
    footage::Folder folder;
    base::FakeClock clock;
    RecorderOptions options;
    Disk disk{folder, "disk", 64};
    store::Store store{folder / "porchlight.db"};
    Volume volume{Volume::Options{folder / "recordings", "node", false, false}, clock};
    Retention retention{store, options, volume, clock};

    Shelf() {
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
            store.insertRecording(row);
        }
    }
    std::uint64_t left(const std::string& camera) { return store.recordedTotals()[camera].files; }
    void keep() {
        while (retention.step({}, {}, true)) {
        }
    }
};

}  // namespace

TEST_CASE("what other programs write after a deletion that helped does not make deleting look useless") {
    Shelf shelf;
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

TEST_CASE("a file system that frees what was deleted half a minute later: what is short goes at once, and no more") {
    Shelf shelf;
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

}  // namespace space_test
