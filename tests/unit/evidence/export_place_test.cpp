/// Who may export, and how slowly.
#include "evidence/export_place.h"
#include "support/catch.h"

namespace export_place_test {

using namespace porchlight;
using namespace porchlight;
using namespace porchlight::evidence;
using namespace std::chrono_literals;

TEST_CASE("an account has one place, and viewers leave one for administrators") {
    evidence::ExportPlaces places;
    CHECK(places.take("vic", false));
    CHECK_FALSE(places.take("vic", false));
    CHECK_FALSE(places.take("val", false));
    CHECK(places.isWanted());
    CHECK(places.take("ada", true));
    CHECK_FALSE(places.take("ann", true));
    places.leave("vic");
    CHECK(places.take("ann", true));
    CHECK_FALSE(places.take("val", false));
    places.leave("ada");
    CHECK(places.take("val", false));
}

TEST_CASE("who waits for a place gets it when it is left, and ends when nobody waits for him") {
    evidence::ExportPlaces places;
    REQUIRE(places.take("vic", false));
    CHECK_THROWS_AS(evidence::ExportPlace(places, "vic", false, base::Cancel([] { return true; })),
                    base::Cancelled);
    int asked = 0;
    const base::Cancel leaving([&] {
        if (++asked == 2) places.leave("vic");
        return false;
    });
    CHECK(evidence::ExportPlace(places, "vic", false, leaving));
    CHECK(places.take("vic", false));  // the place went with its holder
}

TEST_CASE("after a minute an export keeps a pace, a higher one while others wait") {
    CHECK_FALSE(evidence::isTooSlow(0, 59s, true));
    CHECK(evidence::isTooSlow(0, 60s, false));
    CHECK_FALSE(evidence::isTooSlow(40'000 * 100, 100s, false));
    CHECK(evidence::isTooSlow(40'000 * 100, 100s, true));
    CHECK_FALSE(evidence::isTooSlow(70'000 * 100, 100s, true));
}

}  // namespace export_place_test
