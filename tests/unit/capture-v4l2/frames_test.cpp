/// Damaged, padded and incomplete frames, numbers and times of drivers.
#include <turbojpeg.h>

#include <cstring>
#include <memory>

#include "capture-v4l2/frame_clock.h"
#include "capture-v4l2/h264.h"
#include "porchlight/jpeg.h"
#include "support/catch.h"

namespace frames_test {

using namespace porchlight;
using namespace porchlight::v4l2;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 48;

/// A real JPEG of a slope, with the standard Huffman tables.
Bytes jpeg() {
    Bytes luma(kWidth * kHeight);
    for (std::size_t i = 0; i < luma.size(); ++i) luma[i] = static_cast<std::uint8_t>(i * 7 % 251);
    const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitCompress(), tjDestroy);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    REQUIRE(tjCompress2(handle.get(), luma.data(), kWidth, 0, kHeight, TJPF_GRAY, &out, &size, TJSAMP_GRAY,
                        80, 0) == 0);
    Bytes bytes(out, out + size);
    tjFree(out);
    return bytes;
}

/// Without its DHT segments, as many cameras send it.
Bytes withoutTables(const Bytes& whole) {
    Bytes out{0xff, 0xd8};
    std::size_t at = 2;
    for (;;) {
        const std::size_t length = 2U + static_cast<std::size_t>(whole[at + 2] << 8 | whole[at + 3]);
        const std::uint8_t marker = whole[at + 1];
        if (marker != 0xc4)
            out.insert(out.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                       whole.begin() + static_cast<std::ptrdiff_t>(at + length));
        at += length;
        if (marker == 0xda) break;
    }
    out.insert(out.end(), whole.begin() + static_cast<std::ptrdiff_t>(at), whole.end());
    return out;
}

Bytes decoded(const Bytes& bytes) {
    const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitDecompress(), tjDestroy);
    Bytes luma(kWidth * kHeight);
    CHECK(tjDecompress2(handle.get(), bytes.data(), static_cast<unsigned long>(bytes.size()), luma.data(),
                        kWidth, 0, kHeight, TJPF_GRAY, 0) == 0);
    return luma;
}

std::string faultOf(const Bytes& bytes, int width = kWidth, int height = kHeight) {
    const JpegVerdict verdict = judgeJpeg(bytes, width, height);
    return verdict.fault ? verdict.fault : "";
}

}  // namespace

TEST_CASE("a good JPEG is told from a bad one") {
    const Bytes good = jpeg();
    CHECK(faultOf(good) == "");
    CHECK(judgeJpeg(good, 0, 0).width_px == kWidth);
    CHECK(judgeJpeg(good, 0, 0).height_px == kHeight);
    CHECK(faultOf(good, 320, 240) == "has another size than agreed");
    CHECK(faultOf({}) == "does not begin like a JPEG");
    CHECK(faultOf(Bytes(5000, 0)) == "does not begin like a JPEG");
    CHECK(faultOf(Bytes(good.begin() + 1, good.end())) == "does not begin like a JPEG");
    CHECK(faultOf(Bytes(good.begin(), good.begin() + 30)) == "ends within its headers");
    CHECK(faultOf(Bytes(good.begin(), good.end() - 2)) == "is cut off");
    Bytes overlong = good;
    overlong[4] = 0xff;  // the length of the first segment
    CHECK(faultOf(overlong) == "ends within its headers");
    Bytes garbage = good;
    garbage[20] = 0x11;
    CHECK(faultOf(garbage) == "has garbage in its headers");
}

TEST_CASE("cutting a JPEG anywhere never reads beyond it and never passes") {
    const Bytes good = jpeg();
    for (std::size_t size = 0; size + 1 < good.size(); ++size) {
        const auto copy = std::make_unique<std::uint8_t[]>(
            size);  // exactly as long, so that a sanitizer sees one byte more
        std::memcpy(copy.get(), good.data(), size);
        CHECK(judgeJpeg({copy.get(), size}, kWidth, kHeight).fault != nullptr);
    }
}

TEST_CASE("padding behind the end is left out") {
    const Bytes good = jpeg();
    Bytes zeros = good;
    zeros.resize(good.size() + 40'000);
    CHECK(faultOf(zeros) == "");
    CHECK(completedJpeg(zeros, judgeJpeg(zeros, kWidth, kHeight)) == good);
    Bytes stray = good;
    stray.insert(stray.end(), 60, 0x5a);
    CHECK(completedJpeg(stray, judgeJpeg(stray, kWidth, kHeight)) == good);
    Bytes rubbish = good;
    rubbish.insert(rubbish.end(), 4000, 0x5a);
    CHECK(faultOf(rubbish) == "is cut off");
}

TEST_CASE("missing Huffman tables are put in, and the picture is the same") {
    const Bytes good = jpeg();
    const Bytes bare = withoutTables(good);
    REQUIRE(bare.size() < good.size());
    const JpegVerdict verdict = judgeJpeg(bare, kWidth, kHeight);
    REQUIRE(verdict.fault == nullptr);
    CHECK(verdict.insert_at > 0);
    const Bytes whole = completedJpeg(bare, verdict);
    CHECK(judgeJpeg(whole, kWidth, kHeight).insert_at == 0);
    CHECK(decoded(whole) == decoded(good));
    CHECK(judgeJpeg(good, kWidth, kHeight).insert_at == 0);
}

TEST_CASE("keyframes of H.264 are found by their slices") {
    const auto unit = [](std::initializer_list<int> types) {
        Bytes bytes;
        for (const int type : types)
            bytes.insert(bytes.end(), {0, 0, 0, 1, static_cast<std::uint8_t>(0x60 | type), 0x88, 0x84});
        return inspectH264(bytes);
    };
    CHECK(unit({7, 8, 5}).is_key);
    CHECK(unit({7, 8, 5}).has_parameters);
    CHECK(unit({9, 7, 8, 6, 5}).is_key);
    CHECK_FALSE(unit({1}).is_key);
    CHECK(unit({1}).has_picture);
    CHECK_FALSE(unit({7, 8}).has_picture);
    CHECK(unit({7, 8}).has_parameters);
    CHECK_FALSE(unit({7}).has_parameters);
    CHECK_FALSE(inspectH264({}).has_picture);
    const Bytes short_code{0, 0, 1, 0x65, 1};
    CHECK(inspectH264(short_code).is_key);
    const Bytes avc{0, 0, 0, 9, 0x65, 1, 2, 3, 4, 5, 6, 7, 8};
    CHECK_FALSE(inspectH264(avc).has_picture);
}

TEST_CASE("driver times that cannot be are not believed, and time always rises") {
    const Monotonic::time_point start{seconds(1000)};
    FrameClock clock;
    const auto first = clock.stamp(microseconds(999'980'000), start);
    CHECK(first.pts_us == 0);
    CHECK(first.captured_at == start - milliseconds(20));
    const auto second = clock.stamp(microseconds(1'000'046'000), start + milliseconds(80));
    CHECK(second.pts_us == 66'000);
    const auto same = clock.stamp(microseconds(1'000'046'000), start + milliseconds(90));
    CHECK(same.pts_us == 66'001);
    const auto wild = clock.stamp(microseconds(5), start + milliseconds(150));
    CHECK(wild.captured_at == Monotonic::time_point{});
    CHECK(wild.pts_us == 170'000);
    const auto none = clock.stamp(std::nullopt, start + milliseconds(200));
    CHECK(none.captured_at == Monotonic::time_point{});
    CHECK(none.pts_us == 220'000);
    const auto early = clock.stamp(microseconds(1'000'300'000), start + milliseconds(260));
    CHECK(early.captured_at == start + milliseconds(260));  // told before it was there
    CHECK(early.pts_us == 320'000);
}

TEST_CASE("holes in the numbering are counted, restarts are none") {
    FrameClock clock;
    for (const std::uint32_t number : {7U, 8U, 9U, 12U, 13U}) clock.count(number);
    CHECK(clock.lost() == 2);
    clock.count(0);
    clock.count(1);
    CHECK(clock.lost() == 2);
    for (int i = 0; i < 5; ++i) clock.count(1);  // a driver that does not count
    CHECK(clock.lost() == 2);
    clock.count(4'000'000'000U);
    CHECK(clock.lost() == 2);
    clock.count(4'000'000'002U);
    CHECK(clock.lost() == 3);
}

}  // namespace frames_test
