// One pixel's life in the background model; pictures are odd in width so that vector code has a rest to do.
#include "detect-motion/background.h"

#include "support/catch.h"

namespace background_test {

using namespace porchlight::motion;

namespace {

constexpr int kWidth = 35;
constexpr int kHeight = 3;

/// A background of one level, in which the first doubt has worn off.
struct Pixels {
    explicit Pixels(int level, const LearnStep& step = {}) : how(step) {
        background.start(flat(level));
        for (int i = 0; i < 300; ++i) background.step(flat(level), how);
    }

    static cv::Mat flat(int level) { return cv::Mat(kHeight, kWidth, CV_8U, cv::Scalar(level)); }

    /// 1 or 0; all pixels have to agree.
    int see(int level) {
        background.step(flat(level), how);
        const int changed = cv::countNonZero(background.mask());
        REQUIRE((changed == 0 || changed == kWidth * kHeight));
        return changed > 0 ? 1 : 0;
    }

    bool isMoving() const { return cv::countNonZero(background.moving()) > 0; }
    int level() const { return (background.meanFixed().at<std::int16_t>(1, kWidth - 1) + 64) >> 7; }

    LearnStep how;
    Background background;
};

LearnStep withThreshold(int threshold) {
    LearnStep how;
    how.threshold = threshold;
    return how;
}

}  // namespace

TEST_CASE("a quiet pixel counts as changed beyond the threshold, either way", "[background]") {
    struct Row {
        int threshold;
        int from;
        int to;
        int is_changed;
    };
    const Row rows[] = {{11, 100, 100, 0}, {11, 100, 111, 0}, {11, 100, 112, 1}, {11, 100, 89, 0},
                        {11, 100, 88, 1},  {20, 100, 112, 0}, {3, 100, 104, 1},  {11, 0, 255, 1},
                        {11, 255, 0, 1},   {80, 0, 80, 0}};
    for (const Row& row : rows) {
        INFO(row.threshold << ": " << row.from << " -> " << row.to);
        Pixels pixels(row.from, withThreshold(row.threshold));
        CHECK(pixels.see(row.to) == row.is_changed);
    }
}

TEST_CASE("a new background is doubtful: what moves at once has to be distinct", "[background]") {
    Background background;
    CHECK(background.isEmpty());
    background.start(Pixels::flat(100));
    background.step(Pixels::flat(125), withThreshold(11));
    CHECK(cv::countNonZero(background.mask()) == 0);
    background.start(Pixels::flat(100));
    background.step(Pixels::flat(140), withThreshold(11));
    CHECK(cv::countNonZero(background.mask()) == kWidth * kHeight);
    background.clear();
    CHECK(background.isEmpty());
}

TEST_CASE("noise raises the threshold of its pixel", "[background]") {
    Pixels quiet(100, withThreshold(11));
    Pixels noisy(100, withThreshold(11));
    for (int i = 0; i < 400; ++i) CHECK(noisy.see(i % 2 == 0 ? 94 : 106) == 0);
    CHECK(quiet.see(125) == 1);
    CHECK(noisy.see(125) == 0);  // 11 + 4 x 6 levels
    CHECK(noisy.see(160) == 1);
}

TEST_CASE("what keeps going to and fro is forgotten, and seen again after a long rest", "[background]") {
    LearnStep how = withThreshold(11);
    how.changed_shift = 10;
    Pixels pixels(100, how);
    int seen = 0;
    for (int passage = 0; passage < 20; ++passage) {
        const int is_changed = pixels.see(130);
        if (passage < 3) CHECK(is_changed == 1);   // the first ones cost nothing
        if (passage > 10) CHECK(is_changed == 0);  // a leaf by now
        seen += is_changed;
        for (int i = 0; i < 5; ++i) pixels.see(100);
    }
    CHECK(seen >= 5);
    CHECK(pixels.see(200) == 1);  // a visitor in front of the leaf
    for (int i = 0; i < 5; ++i) pixels.see(100);
    pixels.how.does_decay = true;
    for (int i = 0; i < 200; ++i) pixels.see(100);
    CHECK(pixels.see(130) == 1);
}

TEST_CASE("one long stay is one passage", "[background]") {
    LearnStep how = withThreshold(11);
    how.changed_shift = 10;
    Pixels pixels(100, how);
    for (int i = 0; i < 30; ++i) CHECK(pixels.see(150) == 1);
}

TEST_CASE("what stands still stops moving at once and is absorbed in its time", "[background]") {
    struct Row {
        int shift;
        int pictures;
        int is_changed;
    };
    for (const Row& row : {Row{4, 60, 0}, Row{8, 30, 1}, Row{8, 1000, 0}}) {
        INFO(row.shift << " for " << row.pictures);
        LearnStep how = withThreshold(11);
        how.changed_shift = row.shift;
        Pixels pixels(100, how);
        CHECK(pixels.see(160) == 1);
        CHECK(pixels.isMoving());
        for (int i = 0; i < 20; ++i) pixels.see(160);
        CHECK_FALSE(pixels.isMoving());
        int last = 0;
        for (int i = 21; i < row.pictures; ++i) last = pixels.see(160);
        CHECK(last == row.is_changed);
    }
}

TEST_CASE("slow changes of light are followed without a word", "[background]") {
    LearnStep how = withThreshold(11);
    how.quiet_shift = 5;
    Pixels pixels(60, how);
    for (int i = 0; i < 800; ++i) REQUIRE(pixels.see(60 + i / 8) == 0);
    CHECK(pixels.level() == Approx(159).margin(5));
}

TEST_CASE("the background follows gain and adopts a new scene", "[background]") {
    Pixels pixels(100, withThreshold(11));
    pixels.background.scale(1.5);
    CHECK(pixels.level() == 150);
    CHECK(pixels.see(150) == 0);
    pixels.background.scale(2.0);
    CHECK(pixels.level() == 255);  // not beyond white
    pixels.background.adopt(Pixels::flat(30));
    CHECK(cv::countNonZero(pixels.background.mask()) == 0);
    CHECK(pixels.level() == 30);
    CHECK(pixels.see(30) == 0);
    CHECK(pixels.see(60) == 1);
}

}  // namespace background_test
