// The detector's rules one by one, on drawn pictures. What all detect plugins share is in
// tests/contract/detect.
#include "detect-motion/motion_detector.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "contract/detect/scene.h"
#include "support/catch.h"

namespace motion_detector_test {

using namespace porchlight;
using porchlight::motion::MotionDetector;
using porchlight::test::Scene;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<MotionDetector> make(const Pairs& changes = {}) {
    Settings settings({{"sensitivity", "60"},
                       {"min_area_percent", "0.12"},
                       {"threshold", "0"},
                       {"confirm_pictures", "3"},
                       {"global_change_percent", "45"},
                       {"absorb", "30000000"},
                       {"width_px", "320"},
                       {"zones", ""},
                       {"masks", ""}});
    for (const auto& [name, value] : changes) settings.set(name, value);
    auto detector = std::make_unique<MotionDetector>();
    detector->configure(settings);
    return detector;
}

/// 320 x 180 with soft texture and a little noise; `light` adds levels at (x, y).
class Lawn {
  public:
    using Light = std::function<double(int x, int y)>;

    LumaPicture next(const Light& light) {
        for (int y = 0; y < 180; ++y)
            for (int x = 0; x < 320; ++x) {
                noise_ = noise_ * 1664525U + 1013904223U;
                const double level =
                    80 + 8 * ((x / 10 + y / 10) % 2) + static_cast<int>(noise_ >> 30U) + light(x, y);
                pixels_[static_cast<std::size_t>(y * 320 + x)] =
                    static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0));
            }
        pts_us_ += 100'000;
        return {pixels_.data(), 320, 180, 320, pts_us_};
    }

    int quiet(MotionDetector& detector, int pictures) {
        int motion = 0;
        for (int i = 0; i < pictures; ++i)
            motion += detector.analyse(next([](int, int) { return 0.0; })).is_motion ? 1 : 0;
        return motion;
    }

  private:
    std::vector<std::uint8_t> pixels_ = std::vector<std::uint8_t>(320 * 180);
    std::uint32_t noise_ = 1;
    std::int64_t pts_us_ = 0;
};

/// How many of 30 pictures show motion while something of `contrast` levels walks by.
int walk(MotionDetector& detector, double contrast, int side = 30) {
    Lawn lawn;
    REQUIRE(lawn.quiet(detector, 80) == 0);
    int motion = 0;
    for (int i = 0; i < 30; ++i)
        motion +=
            detector.analyse(lawn.next([&](int x, int y) {
                        return x >= i * 6 && x < i * 6 + side && y > 60 && y <= 60 + side ? contrast : 0.0;
                    }))
                    .is_motion
                ? 1
                : 0;
    return motion;
}

}  // namespace

TEST_CASE("a higher sensitivity sees fainter things", "[motion]") {
    struct Row {
        const char* sensitivity;
        double contrast;
        bool is_seen;
    };
    for (const Row& row : {Row{"60", 40, true}, Row{"60", 8, false}, Row{"20", 22, false},
                           Row{"90", 22, true}, Row{"1", 80, true}}) {
        INFO("sensitivity " << row.sensitivity << ", contrast " << row.contrast);
        CHECK((walk(*make({{"sensitivity", row.sensitivity}}), row.contrast) > 10) == row.is_seen);
    }
}

TEST_CASE("what is smaller than the smallest area is not seen", "[motion]") {
    CHECK(walk(*make({{"min_area_percent", "0.12"}}), 60, 16) > 10);
    CHECK(walk(*make({{"min_area_percent", "3"}}), 60, 16) == 0);
    CHECK(walk(*make(), 60, 4) == 0);
}

TEST_CASE("fewer pictures to confirm see earlier", "[motion]") {
    int before = 31;
    for (const char* pictures : {"1", "2", "3", "4"}) {
        const int seen = walk(*make({{"confirm_pictures", pictures}}), 60);
        INFO(pictures << " pictures: " << seen);
        CHECK(seen < before);
        CHECK(seen > 20);
        before = seen;
    }
}

TEST_CASE("a cone of light that wanders over the lawn is no motion", "[motion]") {
    const auto detector = make();
    Lawn lawn;
    REQUIRE(lawn.quiet(*detector, 80) == 0);
    int motion = 0;
    for (int i = 0; i < 40; ++i) {
        const auto cone = [i](int x, int y) {
            const double from_middle = std::hypot(x - 60 - i * 5, y - 90);
            return std::max(0.0, 45.0 * (1 - from_middle / 60));
        };
        motion += detector->analyse(lawn.next(cone)).is_motion ? 1 : 0;
    }
    CHECK(motion == 0);
}

TEST_CASE("who stops is no motion within two seconds, and motion again when he goes on", "[motion]") {
    const auto detector = make();
    Scene scene(320, 180);
    for (int i = 0; i < 80; ++i) detector->analyse(scene.next());
    int walking = 0;
    for (int i = 0; i < 20; ++i)
        walking += detector->analyse(scene.next(i * 0.02, 0.3, 0.15)).is_motion ? 1 : 0;
    CHECK(walking >= 14);
    int standing = 0;
    for (int i = 0; i < 60; ++i)
        standing += detector->analyse(scene.next(0.4, 0.3, 0.15)).is_motion && i >= 20 ? 1 : 0;
    CHECK(standing == 0);
    walking = 0;
    for (int i = 0; i < 20; ++i)
        walking += detector->analyse(scene.next(0.4 + i * 0.02, 0.3, 0.15)).is_motion ? 1 : 0;
    CHECK(walking >= 14);
}

TEST_CASE("what shines on and off in one place is soon no motion", "[motion]") {
    const auto detector = make();
    Scene scene(320, 180);
    for (int i = 0; i < 80; ++i) detector->analyse(scene.next());
    int motion = 0;
    for (int i = 0; i < 600; ++i) {
        const double side = i / 3 % 2 == 0 ? 0.08 : 0;  // 1.7 times a second
        const bool is_motion = detector->analyse(scene.next(0.3, 0.3, side)).is_motion;
        if (i >= 300) motion += is_motion ? 1 : 0;
    }
    CHECK(motion == 0);
}

TEST_CASE("most of the picture changing at once is a global change, not motion", "[motion]") {
    struct Row {
        const char* percent;
        bool is_global;
    };
    for (const Row& row : {Row{"45", true}, Row{"100", false}}) {
        INFO(row.percent);
        const auto detector = make({{"global_change_percent", row.percent}});
        Lawn lawn;
        REQUIRE(lawn.quiet(*detector, 80) == 0);
        const auto seen =
            detector->analyse(lawn.next([](int x, int) { return x < 200 ? 80.0 * (x / 8 % 2) - 40 : 0.0; }));
        CHECK(seen.is_global_change == row.is_global);
        CHECK_FALSE(seen.is_motion);
    }
}

}  // namespace motion_detector_test
