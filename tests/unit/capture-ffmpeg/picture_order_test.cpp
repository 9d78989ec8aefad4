/// Pictures that come in another order than they are shown, of which nothing but the time of display is told.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "capture-ffmpeg/stream/picture_order.h"
#include "capture-ffmpeg/stream/timeline.h"
#include "coded_clip.h"
#include "support/catch.h"

namespace picture_order_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;

namespace {

struct Picture {
    int shown;
    bool looks_both_ways;
};

void addBetween(std::vector<Picture>& out, int begin, int end, bool is_pyramid) {
    if (end - begin < 2) return;
    const int at = is_pyramid ? (begin + end) / 2 : begin + 1;
    out.push_back({at, true});
    addBetween(out, begin, at, is_pyramid);
    addBetween(out, at, end, is_pyramid);
}

/// As an encoder gives them: closed groups, `b` pictures between two others.
std::vector<Picture> pictures(int count, int group, int b, bool is_pyramid) {
    std::vector<Picture> out;
    for (int begin = 0; begin < count; begin += group) {
        out.push_back({begin, false});
        for (int last = begin; last < begin + group - 1;) {
            const int next = std::min(last + b + 1, begin + group - 1);
            out.push_back({next, false});
            addBetween(out, last, next, is_pyramid);
            last = next;
        }
    }
    return out;
}

struct Camera {
    double rate_hz = 10;
    std::function<double(double)> clock_s = [](double at_s) { return at_s; };
    std::function<double(double)> late_s = [](double) { return 0.0; };
    bool is_expected = true;
};

struct Placed {
    double told_s;  ///< by the camera
    double pts_s;
    double dts_s;
};

std::vector<Placed> placed(const Camera& camera, const std::vector<Picture>& all) {
    Timeline line(Timeline::Mode::Live);
    if (camera.is_expected) line.expectReordering();
    std::vector<Placed> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double sent_s =
            static_cast<double>(std::max<std::size_t>(i, 1)) / camera.rate_hz;  // the first key waits
        const auto arrived = Monotonic::time_point(
            microseconds(static_cast<std::int64_t>((100 + sent_s + camera.late_s(sent_s)) * 1e6)));
        const double told_s = camera.clock_s(all[i].shown / camera.rate_hz);
        const auto stamp = static_cast<std::int64_t>(std::llround(told_s * 1e6));
        const std::optional<std::int64_t> dts =
            i % 2 ? std::optional(stamp) : std::nullopt;  // libav gives both
        const auto mapped = line.map(Track::Video, stamp, dts, 0, arrived, all[i].looks_both_ways);
        out.push_back(
            {told_s, static_cast<double>(mapped.pts_us) / 1e6, static_cast<double>(mapped.dts_us) / 1e6});
    }
    return out;
}

/// Decoding times rise and are not above those of display.
bool isSound(const std::vector<Placed>& all) {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].pts_s < all[i].dts_s || (i > 0 && all[i].dts_s <= all[i - 1].dts_s)) return false;
    return true;
}

double mostChanged(const std::vector<Placed>& all) {
    double most = 0;
    for (const Placed& one : all) most = std::max(most, std::fabs(one.pts_s - one.told_s));
    return most;
}

}  // namespace

TEST_CASE("B pictures that nobody told of keep their times, from the first group on") {
    for (const double rate : {2.0, 5.0, 10.0, 25.0})
        for (const int b : {1, 2, 3, 7})
            for (const bool is_pyramid : {false, true})
                for (const int group : {static_cast<int>(2 * rate), 1'000'000}) {
                    if (b / rate > 1.5) continue;  // a leap of seconds is a pause
                    INFO(rate << " Hz, " << b << (is_pyramid ? " as a pyramid" : "") << ", group " << group);
                    std::vector<Picture> all =
                        pictures(group > 1000 ? 1 : static_cast<int>(20 * rate),
                                 std::min(group, static_cast<int>(20 * rate)), b, is_pyramid);
                    const auto found = placed({rate}, all);
                    CHECK(isSound(found));
                    CHECK(mostChanged(found) < 0.000'002);
                    for (std::size_t i = 1; i < found.size(); ++i)
                        CHECK(found[i].dts_s - found[i - 1].dts_s < 2.9);
                }
}

TEST_CASE("no more delay is taken than the order needs") {
    for (const int b : {1, 3}) {
        const auto found = placed({25}, pictures(500, 50, b, true));
        double least = 1;
        double most = 0;
        for (std::size_t i = found.size() - 50; i < found.size(); ++i) {
            least = std::min(least, found[i].pts_s - found[i].dts_s);
            most = std::max(most, found[i].pts_s - found[i].dts_s);
        }
        INFO(b);
        CHECK(least < 0.000'002);
        CHECK(most < (b + 1 + (b > 1 ? 2 : 1)) / 25.0 + 0.001);
    }
}

TEST_CASE("a camera without B pictures has no delay, whatever its clock does") {
    struct Row {
        const char* name;
        std::function<double(double)> clock_s;
        int most_ahead;  ///< pictures that are decoded before they are shown
    };
    const Row rows[] = {
        {"right", [](double at_s) { return at_s; }, 1},
        {"to and fro", [](double at_s) { return static_cast<int>(at_s) % 2 ? at_s + 0.4 : at_s; }, 10},
        {"repeats", [](double at_s) { return std::floor(at_s * 5) / 5; }, 1},
        {"shakes", [](double at_s) { return at_s + 0.13 * std::fmod(at_s * 7.7, 1.0); }, 30},
    };
    const auto late = [](double at_s) { return 0.15 * std::fmod(at_s * 3.3, 1.0); };
    const auto all = pictures(300, 300, 0, false);
    for (const Row& row : rows) {
        INFO(row.name);
        const auto found = placed({10, row.clock_s, late}, all);
        const auto plain = placed({10, row.clock_s, late, false}, all);
        CHECK(isSound(found));
        int ahead = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(found[i].pts_s == plain[i].pts_s);
            CHECK(plain[i].dts_s == plain[i].pts_s);
            ahead += found[i].dts_s < found[i].pts_s ? 1 : 0;
        }
        CHECK(ahead <= row.most_ahead);
    }
}

TEST_CASE("B pictures that begin within a stream keep their times") {
    std::vector<Picture> all = pictures(60, 60, 0, false);
    for (const Picture& picture : pictures(200, 20, 3, true))
        all.push_back({picture.shown + 60, picture.looks_both_ways});
    const auto found = placed({25}, all);
    CHECK(isSound(found));
    CHECK(mostChanged(found) < 0.000'002);
}

TEST_CASE("stamps that lie about the order are decoded on and on, behind as many pictures as there may be") {
    PictureOrder order;
    order.expect();
    std::int64_t last_us = -1;
    for (int i = 0; i < 200; ++i) {  // runs of 40 pictures, each shown before the one that came before it
        const std::int64_t shown_us = 40'000 * static_cast<std::int64_t>(i / 40 * 40 + 39 - i % 40);
        const std::int64_t decoded_us = order.decodedAt(shown_us, shown_us, 40'000);
        CHECK(decoded_us > last_us);
        last_us = decoded_us;
    }
    for (int i = 200; i < 400; ++i) {
        const std::int64_t shown_us = 40'000 * static_cast<std::int64_t>(i);
        last_us = order.decodedAt(shown_us, shown_us, 40'000);
    }
    CHECK(last_us == 40'000 * (399 - 16));  // not where it stood once
}

TEST_CASE("a pause among B pictures is one at once, in both times") {
    const auto pause = [](double at_s) { return at_s < 10 ? at_s : at_s + 4; };
    const auto late = [](double at_s) { return at_s < 10 ? 0.0 : 4.0; };
    const auto found = placed({10, pause, late}, pictures(300, 20, 3, true));
    CHECK(isSound(found));
    CHECK(mostChanged(found) < 0.000'002);
    for (const Placed& one : found) CHECK(one.pts_s - one.dts_s < 1);
}

TEST_CASE("a report that moves the stamps a little puts no picture before one that was shown already") {
    for (const double by_s : {-0.02, -0.076, -0.2, 0.02, 0.076})
        for (int at = 100; at < 108; ++at) {
            INFO(by_s << " before picture " << at);
            const auto all = pictures(200, 50, 3, true);
            Timeline line(Timeline::Mode::Live);
            line.expectReordering();
            std::vector<std::pair<int, std::int64_t>> shown;
            for (int i = 0; i < 200; ++i) {
                const Picture picture = all[static_cast<std::size_t>(i)];
                const double told_s = picture.shown / 25.0 + (i < at ? 0 : by_s);
                const auto mapped = line.map(Track::Video, std::llround(told_s * 1e6), std::nullopt, 0,
                                             Monotonic::time_point(microseconds(100'000'000 + i * 40'000)),
                                             picture.looks_both_ways);
                shown.emplace_back(picture.shown, mapped.pts_us);
            }
            std::sort(shown.begin(), shown.end());
            int back = 0;
            for (std::size_t i = 1; i < shown.size(); ++i)
                back += shown[i].second <= shown[i - 1].second ? 1 : 0;
            const bool is_at_group = all[static_cast<std::size_t>(at)].shown == 108;  // as the first one was
            CHECK(back <= (std::fabs(by_s) < 0.03 || (is_at_group && by_s > -0.1) ? 0 : 3));
        }
}

TEST_CASE("a clock that is set among B pictures makes no hole and no crowd") {
    for (const double by_s : {2.0, -2.0}) {
        INFO(by_s);
        const auto found = placed({10, [by_s](double at_s) { return at_s < 13 ? at_s : at_s + by_s; }},
                                  pictures(300, 20, 3, true));
        CHECK(isSound(found));
        std::vector<double> shown;
        for (const Placed& one : found) shown.push_back(one.pts_s);
        std::sort(shown.begin(), shown.end());
        CHECK(std::fabs(shown.back() - shown.front() - 29.9) < 0.5);
        for (std::size_t i = 1; i < shown.size(); ++i) CHECK(shown[i] - shown[i - 1] < 0.6);
    }
}

TEST_CASE("which pictures look both ways is what libav's parser says") {
    for (const int b : {0, 1, 3}) {
        const test::CodedClip clip = test::encodeClip("libx264", 176, 144, b, 25);
        AVCodecParserContext* parser = av_parser_init(AV_CODEC_ID_H264);
        AVCodecContext* context = avcodec_alloc_context3(nullptr);
        REQUIRE(avcodec_parameters_to_context(context, clip.parameters.get()) >= 0);
        parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
        int count = 0;
        for (const test::Data& data : clip.packets) {
            test::Data padded = data;
            padded.resize(data.size() + AV_INPUT_BUFFER_PADDING_SIZE);
            std::uint8_t* out = nullptr;
            int size = 0;
            av_parser_parse2(parser, context, &out, &size, padded.data(), static_cast<int>(data.size()), 0, 0,
                             0);
            CHECK(looksBothWays(Codec::H264, data) == (parser->pict_type == AV_PICTURE_TYPE_B));
            count += parser->pict_type == AV_PICTURE_TYPE_B ? 1 : 0;
        }
        av_parser_close(parser);
        avcodec_free_context(&context);
        CHECK((count > 0) == (b > 0));
    }
    CHECK_FALSE(looksBothWays(Codec::H265, test::Data{0, 0, 1, 0x41, 0x9A}));
    std::mt19937 dice(3);
    for (int i = 0; i < 20'000; ++i) {  // hostile bytes are no crash
        test::Data data{0, 0, 1, 0x41};
        for (auto more = dice() % 12; more > 0; --more) data.push_back(static_cast<std::uint8_t>(dice() % 4));
        (void)looksBothWays(Codec::H264, data);
    }
}

}  // namespace picture_order_test
