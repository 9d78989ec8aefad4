#include "media/live_part.h"

#include "support/catch.h"
#include "support/tiny_mp4.h"

namespace live_part_test {

using namespace porchlight;
using namespace porchlight::media;

TEST_CASE("a part has the samples that it was given", "[media]") {
    const InitSegment init = parseInit(test::tinyInit());
    const base::Bytes first{1, 2, 3}, second{4, 5};
    const PartSample samples[] = {{first, 40, 80, true}, {second, 30, -10, false}};
    const base::Bytes part = writePart(1, 9, 5'000'000'000, samples);
    const MovieFragment movie = parseFragment(part, init);
    REQUIRE(movie.tracks.size() == 1);
    const TrackFragment& track = movie.tracks[0];
    CHECK(track.decode_time == 5'000'000'000);
    CHECK(track.duration == 70);
    REQUIRE(track.samples.size() == 2);
    CHECK(track.samples[0].is_key);
    CHECK(!track.samples[1].is_key);
    CHECK(track.samples[1].composition_offset == -10);
    CHECK(base::Bytes(part.begin() + static_cast<std::ptrdiff_t>(track.samples[1].offset), part.end()) ==
          second);
}

TEST_CASE("the pictures of a fragment alone are those pictures", "[media]") {
    const InitSegment init = parseInit(test::tinyInit());
    const base::Bytes given = test::tinyFragment({700, 40, true});
    const base::Bytes part = picturesOfFragment(given, init);
    const MovieFragment before = parseFragment(given, init), after = parseFragment(part, init);
    REQUIRE(after.tracks.size() == 1);
    CHECK(after.tracks[0].decode_time == 700);
    CHECK(after.tracks[0].duration == 40);
    CHECK(after.tracks[0].samples[0].size_bytes == before.tracks[0].samples[0].size_bytes);
    CHECK(picturesOfInit(test::tinyInit()) == test::tinyInit());
    CHECK_THROWS_AS(picturesOfInit(base::Bytes(20)), Error);
}

}  // namespace live_part_test
