/// Which of a camera's formats is taken, how it is told, and where the planes lie.
#include "capture-v4l2/formats.h"

#include <linux/videodev2.h>

#include "support/catch.h"

namespace formats_test {

using namespace porchlight;
using namespace porchlight::v4l2;

namespace {

Offer fixed(std::uint32_t fourcc, int width, int height, std::vector<std::uint32_t> rates) {
    Offer offer;
    offer.fourcc = fourcc;
    offer.min_width_px = offer.max_width_px = width;
    offer.min_height_px = offer.max_height_px = height;
    for (const std::uint32_t rate : rates) offer.rates.push_back({1, rate});
    return offer;
}

/// As usual webcams: raw pictures are slow where they are large.
std::vector<Offer> webcam() {
    return {fixed(V4L2_PIX_FMT_YUYV, 640, 480, {30, 15}), fixed(V4L2_PIX_FMT_YUYV, 1280, 720, {10, 5}),
            fixed(V4L2_PIX_FMT_MJPEG, 640, 480, {30, 15}), fixed(V4L2_PIX_FMT_MJPEG, 1280, 720, {30, 15}),
            fixed(V4L2_PIX_FMT_MJPEG, 1920, 1080, {30})};
}

std::string text(const std::optional<Choice>& choice) {
    if (!choice) return "none";
    return std::string(nameOf(choice->fourcc->encoding)) + " " + std::to_string(choice->width_px) + "x" +
           std::to_string(choice->height_px) +
           (choice->rate ? " " + std::to_string(static_cast<int>(choice->rate->hz())) : "");
}

}  // namespace

TEST_CASE("the choice among a camera's offers") {
    struct Row {
        const char* name;
        Wish wish;
        const char* expected;
    };
    const Row rows[] = {
        {"automatic: 720p, fast enough", {std::nullopt, 0, 0, 15}, "mjpeg 1280x720 15"},
        {"slow enough for raw pictures", {std::nullopt, 0, 0, 5}, "yuyv 1280x720 5"},
        {"small: raw pictures need no decoding", {std::nullopt, 640, 480, 15}, "yuyv 640x480 15"},
        {"large only as MJPEG", {std::nullopt, 1920, 1080, 15}, "mjpeg 1920x1080 30"},
        {"the owner's format wins over speed", {Encoding::Yuyv, 1280, 720, 30}, "yuyv 1280x720 10"},
        {"a size that is not there: the nearest", {Encoding::Mjpeg, 1200, 700, 20}, "mjpeg 1280x720 30"},
        {"a format that is not there", {Encoding::H264, 0, 0, 15}, "none"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(text(choose(webcam(), row.wish)) == row.expected);
    }
}

TEST_CASE("H.264 comes first when it is as large, not when it is smaller") {
    auto offers = webcam();
    offers.push_back(fixed(V4L2_PIX_FMT_H264, 640, 360, {30}));
    CHECK(text(choose(offers, {std::nullopt, 0, 0, 15})) == "mjpeg 1280x720 15");
    offers.push_back(fixed(V4L2_PIX_FMT_H264, 1280, 720, {30}));
    CHECK(text(choose(offers, {std::nullopt, 0, 0, 15})) == "h264 1280x720 30");
}

TEST_CASE("ranges of sizes are met on their steps") {
    Offer range;
    range.fourcc = V4L2_PIX_FMT_NV12;
    range.min_width_px = 32;
    range.max_width_px = 3280;
    range.step_width_px = 16;
    range.min_height_px = 32;
    range.max_height_px = 2464;
    range.step_height_px = 2;
    CHECK(text(choose({range}, {std::nullopt, 1290, 721, 15})) == "nv12 1280x720");
    CHECK(text(choose({range}, {std::nullopt, 0, 0, 15})) == "nv12 1280x720");
    CHECK(text(choose({range}, {std::nullopt, 9999, 9999, 15})) == "nv12 3280x2464");
    CHECK(text(choose({range}, {std::nullopt, 1, 1, 15})) == "nv12 32x32");
}

TEST_CASE("nothing to choose from") {
    CHECK(text(choose({}, {})) == "none");
    CHECK(text(choose({fixed(V4L2_PIX_FMT_SRGGB10, 640, 480, {30})}, {})) == "none");
    CHECK_FALSE(nearestRate({}, 15));
}

TEST_CASE("a rate that is enough, else the fastest") {
    const std::vector<Rate> rates{{1, 30}, {1001, 15000}, {1, 5}};
    CHECK(nearestRate(rates, 10)->hz() == Approx(14.985));
    CHECK(nearestRate(rates, 15)->hz() == Approx(14.985));  // 15 and 14.985 are the same wish
    CHECK(nearestRate(rates, 16)->hz() == Approx(30));
    CHECK(nearestRate(rates, 60)->hz() == Approx(30));
    CHECK(nearestRate(rates, 1)->hz() == Approx(5));
}

TEST_CASE("offers are told shortly") {
    CHECK(describe(webcam()) ==
          "YUYV 640x480 30/15, 1280x720 10/5; MJPEG 640x480 30/15, 1280x720 30/15, 1920x1080 30");
    CHECK(describe(webcam(), 1) == "YUYV 640x480 30/15 and 1 more; MJPEG 640x480 30/15 and 2 more");
    auto twice = webcam();
    twice.push_back(fixed(V4L2_PIX_FMT_NV12, 64, 64, {60, 50, 40, 30}));
    twice.push_back(fixed(V4L2_PIX_FMT_NV12M, 64, 64, {60, 50, 40, 30}));
    twice.push_back(fixed(V4L2_PIX_FMT_RGB24, 64, 64, {}));
    CHECK(describe(twice, 0).ends_with("NV12  and 1 more (of no use here: RGB3)"));
    CHECK(describe(twice).find("NV12 64x64 60...30 (of") != std::string::npos);
    CHECK(describe({}) == "nothing that can be used here");
}

TEST_CASE("planes lie where the driver says") {
    const auto layout = [](std::uint32_t fourcc, int width, int height, std::vector<int> strides) {
        return layoutOf(*findFourCc(fourcc), width, height, strides);
    };
    const Layout yuyv = layout(V4L2_PIX_FMT_YUYV, 320, 240, {640});
    CHECK(yuyv.pixels == PixelFormat::Yuyv);
    CHECK(yuyv.neededBytes(0) == 153'600);

    const Layout padded = layout(V4L2_PIX_FMT_NV12, 100, 50, {128});
    REQUIRE(padded.planes.size() == 2);
    CHECK(padded.planes[1].offset == 128U * 50);
    CHECK(padded.planes[1].stride_bytes == 128);
    CHECK(padded.neededBytes(0) == 128U * 50 + 128U * 24 + 100);  // the last row need not be padded

    const Layout planar = layout(V4L2_PIX_FMT_YUV420, 64, 32, {64});
    REQUIRE(planar.planes.size() == 3);
    CHECK(planar.planes[1].offset == 64U * 32);
    CHECK(planar.planes[2].offset == 64U * 32 + 32U * 16);
    const Layout swapped = layout(V4L2_PIX_FMT_YVU420, 64, 32, {64});
    CHECK(swapped.planes[1].offset == planar.planes[2].offset);
    CHECK(swapped.planes[2].offset == planar.planes[1].offset);

    const Layout separate = layout(V4L2_PIX_FMT_YUV420M, 64, 32, {64, 48, 48});
    CHECK(separate.planes[2].memory == 2);
    CHECK(separate.planes[2].stride_bytes == 48);
    CHECK(separate.neededBytes(1) == 48U * 15 + 32);

    // A driver that leaves the stride at zero, or says less than a row needs.
    CHECK(layout(V4L2_PIX_FMT_YUYV, 320, 240, {0}).planes[0].stride_bytes == 640);
    CHECK(layout(V4L2_PIX_FMT_GREY, 320, 240, {}).neededBytes(0) == 76'800);
    CHECK(layout(V4L2_PIX_FMT_MJPEG, 320, 240, {}).planes.empty());
}

TEST_CASE("a size that the camera does not have is told with the nearest, and no other is taken for it") {
    Wish wish;
    CHECK(whyNotAsWished(wish, 1280, 720).empty());
    wish.width_px = 1283;
    wish.height_px = 721;
    CHECK(whyNotAsWished(wish, 1280, 720) == "no 1283x721, nearest is 1280x720");
    CHECK(whyNotAsWished(wish, 1283, 721).empty());
}

}  // namespace formats_test
