/// Reading footage ends soon after it is told to.
#include "clip/clip.h"
#include "support/catch.h"
#include "unit/media/footage.h"

namespace cancel_test {

using namespace porchlight;
using namespace porchlight::clip;
using namespace std::chrono_literals;

namespace {
constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};
constexpr int kFiles = 20;
}  // namespace

TEST_CASE("regression: a clip, its parts and a follower look at who ordered them once a fragment or file") {
    const footage::Folder folder;
    const auto dir = folder / "recordings";
    std::filesystem::create_directories(dir);
    store::Store store(folder / "porchlight.db");
    const auto file = footage::make(folder, "a.mp4");
    for (int i = 0; i < kFiles; ++i) {
        store::RecordingRow row;
        row.camera = "porch";
        row.path = std::to_string(i) + ".mp4";
        row.started_at = kStart + i * 6s;
        row.video = Codec::H264;
        std::filesystem::create_hard_link(file, dir / row.path);
        store.recordings.finish(store.recordings.insert(row), row.started_at + 6s,
                                std::filesystem::file_size(file));
    }
    const WallTime end = kStart + kFiles * 6s;
    int asked = 0;
    const base::Cancel counting([&] { return ++asked < 0; });
    clip::Clip::open(store, dir, "porch", kStart, end, counting);
    CHECK(asked >= kFiles * 6);  // a fragment lasts a second at most
    for (const int patience : {1, 10, 60}) {
        int left = patience;
        const base::Cancel cancel([&] { return --left < 0; });
        CHECK_THROWS_AS(clip::Clip::open(store, dir, "porch", kStart, end, cancel), base::Cancelled);
        CHECK(left == -1);
        left = patience;
        CHECK_THROWS_AS(clip::planClipParts(store, dir, "porch", kStart, end, cancel), base::Cancelled);
        CHECK(left == -1);
    }
    CHECK_THROWS_AS(clip::Clip::open(store, dir, "porch", kStart, end, base::Cancel(Deadline::in(0ms))),
                    base::Cancelled);

    store::EventRow event;
    event.id = "0000000000000001";
    event.camera = "porch";
    event.started_at = event.clip_started_at = kStart + 60s;
    store.events.insert(event);
    bool is_over = false;
    const auto follower = clip::ClipFollower::open(folder / "porchlight.db", dir, event.id,
                                                   base::Cancel([&] { return is_over; }));
    CHECK_FALSE(follower->next(Deadline::in(1s)).empty());
    is_over = true;
    CHECK_THROWS_AS(follower->next(Deadline::in(10s)), base::Cancelled);
}

}  // namespace cancel_test
