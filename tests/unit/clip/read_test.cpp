// Bytes of a clip, in any order and for as long as somebody reads.
#include <random>

#include "clip/clip.h"
#include "unit/disk/shelf.h"

namespace read_test {

using namespace shelf;
using namespace porchlight::clip;

TEST_CASE("reads of any range give the same bytes, also after the file was deleted") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    footage::Options options;
    options.has_audio = true;
    const auto stream = footage::split(footage::make(folder, "s.mp4", options), kStart);
    const auto relative = place(dir, stream, kStart);
    store::Store store(folder / "porchlight.db");
    disk::recover(store, dir);
    const auto clip = clip::Clip::open(store, dir, "porch", kStart + 1500ms, kStart + 4s);
    CHECK(clip->startedAt() > kStart + 1s);  // the keyframe after a second and the priming of the sound
    CHECK(clip->startedAt() < kStart + 1100ms);
    CHECK(clip->duration() == 3s);
    std::vector<std::uint8_t> whole(static_cast<std::size_t>(clip->sizeBytes()));
    REQUIRE(clip->read(0, whole) == whole.size());
    fs::remove(dir / relative);
    std::mt19937 random(3);
    for (int i = 0; i < 500; ++i) {
        const std::size_t at = random() % whole.size();
        std::vector<std::uint8_t> part(1 + random() % 5000);
        const std::size_t got = clip->read(at, part);
        REQUIRE(got == std::min(part.size(), whole.size() - at));
        REQUIRE(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got),
                           whole.begin() + static_cast<std::ptrdiff_t>(at)));
    }
    std::uint8_t past = 0;
    CHECK(clip->read(whole.size(), std::span(&past, 1)) == 0);
    CHECK_THROWS_AS(clip::Clip::open(store, dir, "porch", kStart + 1h, kStart + 2h), Error);
}

}  // namespace read_test
