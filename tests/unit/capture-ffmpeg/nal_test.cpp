/// Units made by a generator come out as they went in; those of real clips are where libav finds them.
#include "porchlight/nal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>

#include "capture-ffmpeg/stream/parameter_sets.h"
#include "coded_clip.h"

namespace nal_test {

using namespace porchlight;
using test::CodedClip;
using test::Data;

namespace {

/// By the rule of ITU-T H.264 7.4.1 and H.265 7.4.2: no 00 00 00 to 00 00 03 within a unit.
Data escaped(const Data& said) {
    Data out;
    for (const std::uint8_t byte : said) {
        const std::size_t size = out.size();
        if (byte <= 3 && size >= 2 && out[size - 1] == 0 && out[size - 2] == 0) out.push_back(3);
        out.push_back(byte);
    }
    return out;
}

/// A stream of random units, mostly of the bytes that start codes and escapes are made of.
struct Generated {
    explicit Generated(unsigned seed) : random(seed), codec(seed % 2 == 0 ? Codec::H264 : Codec::H265) {
        for (std::size_t count = 1 + below(12); count > 0; --count) {
            Data one{static_cast<std::uint8_t>(codec == Codec::H264 ? 1 + below(23) : below(64) * 2)};
            if (codec == Codec::H265) one.push_back(static_cast<std::uint8_t>(1 + below(7)));
            for (std::size_t left = below(seed % 5 == 0 ? 3 : 80); left > 0; --left)
                one.push_back(static_cast<std::uint8_t>(below(4) == 0 ? below(256) : below(4)));
            one.push_back(
                static_cast<std::uint8_t>(0x80U >> below(8)));  // the stop bit: no unit ends with 00
            said.push_back(one);
            units.push_back(escaped(one));
        }
    }
    std::size_t below(std::size_t bound) { return random() % bound; }

    Data withStartCodes() {
        Data out(below(2), 0);
        for (const Data& unit : units) {
            out.insert(out.end(), {0, 0, 1});
            out.insert(out.end(), unit.begin(), unit.end());
            out.insert(out.end(), below(4), 0);
        }
        return out;
    }
    Data withLengths(unsigned bytes) const {
        Data out;
        for (const Data& unit : units) {
            for (unsigned i = bytes; i > 0; --i)
                out.push_back(static_cast<std::uint8_t>(unit.size() >> (8 * (i - 1))));
            out.insert(out.end(), unit.begin(), unit.end());
        }
        return out;
    }

    std::mt19937 random;
    Codec codec;
    std::vector<Data> said;
    std::vector<Data> units;
};

std::vector<Data> unitsIn(nal::Bytes data, unsigned length_bytes = 0) {
    std::vector<Data> out;
    for (nal::Walk walk(data, length_bytes); walk.next();) {
        const nal::Bytes unit = walk.unit();
        out.emplace_back(unit.begin(), unit.end());
    }
    return out;
}

unsigned typeOf(Codec codec, const Data& unit) {
    return codec == Codec::H264 ? unit[0] & 0x1fU : (unit[0] >> 1U) & 0x3fU;
}

/// The filter puts what stands in the box before each keyframe: parameter sets, and of x265 a message ahead
/// of all.
bool isSameBehindBox(const std::vector<Data>& found, const std::vector<Data>& measured) {
    return !measured.empty() && found.size() >= measured.size() &&
           std::equal(measured.rbegin(), measured.rend(), found.rbegin());
}

std::vector<Data> withoutSets(Codec codec, std::vector<Data> units) {
    std::erase_if(units, [codec](const Data& unit) { return nal::isParameterSet(nal::kindOf(codec, unit)); });
    return units;
}

/// What libav's trace_headers tells of the types of the units that it reads.
std::mutex told_mutex;
std::vector<unsigned> told;

void hearTypes(void*, int, const char* format, va_list arguments) {
    char line[512];
    std::vsnprintf(line, sizeof line, format, arguments);
    const std::string text(line);
    const auto at = text.rfind(" = ");
    if (text.find("nal_unit_type ") == std::string::npos || at == std::string::npos) return;
    const std::lock_guard lock(told_mutex);
    told.push_back(static_cast<unsigned>(std::strtoul(text.c_str() + at + 3, nullptr, 10)));
}

std::vector<unsigned> typesByLibav(const CodedClip& clip) {
    av_log_set_level(AV_LOG_INFO);
    av_log_set_callback(hearTypes);
    told.clear();
    test::filtered(clip, "trace_headers", false);
    av_log_set_callback(av_log_default_callback);
    av_log_set_level(AV_LOG_QUIET);
    return told;
}

/// Walks the clip as a file holds it, and as libav turns it into start codes: the same units, of the types
/// that libav names.
void judgeByLibav(const CodedClip& clip) {
    const Codec codec = clip.parameters->codec_id == AV_CODEC_ID_H264 ? Codec::H264 : Codec::H265;
    StreamFormat format;
    format.video = codec;
    format.extradata.assign(clip.parameters->extradata,
                            clip.parameters->extradata + clip.parameters->extradata_size);
    const unsigned length_bytes = nal::lengthBytes(format);
    REQUIRE(length_bytes == 4);
    CodedClip coded;
    avcodec_parameters_copy(coded.parameters.get(), clip.parameters.get());
    coded.packets =
        test::filtered(clip, codec == Codec::H264 ? "h264_mp4toannexb" : "hevc_mp4toannexb", true);
    REQUIRE(coded.packets.size() == clip.packets.size());
    std::vector<unsigned> types;
    bool is_same = true;
    bool is_known = true;
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        const auto measured = unitsIn(clip.packets[i], length_bytes);
        const auto found = unitsIn(coded.packets[i]);
        for (const Data& unit : found) {
            types.push_back(typeOf(codec, unit));
            is_known = is_known && nal::kindOf(codec, unit) != nal::Kind::None;
        }
        is_same = is_same && isSameBehindBox(withoutSets(codec, found), withoutSets(codec, measured));
    }
    CHECK(is_same);
    CHECK(is_known);
    CHECK(types.size() > clip.packets.size());
    CHECK(types == typesByLibav(coded));
}

}  // namespace

TEST_CASE("units come out of start codes and of lengths as they went in, and say what was said") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        INFO("seed " << seed);
        Generated stream(seed);
        REQUIRE(unitsIn(stream.withStartCodes()) == stream.units);
        for (const unsigned bytes : {1U, 2U, 3U, 4U})
            REQUIRE(unitsIn(stream.withLengths(bytes), bytes) == stream.units);
        bool is_read = true;
        for (std::size_t i = 0; i < stream.units.size(); ++i)
            is_read = is_read && nal::withoutEscapes(stream.units[i]) == stream.said[i] &&
                      nal::kindOf(stream.codec, stream.units[i]) != nal::Kind::None;
        REQUIRE(is_read);
    }
}

TEST_CASE("a walk over damaged bytes stays within them and ends") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        INFO("seed " << seed);
        Generated stream(seed);
        const unsigned length_bytes = seed % 5;
        Data data = length_bytes == 0 ? stream.withStartCodes() : stream.withLengths(length_bytes);
        for (std::size_t hits = stream.below(6); hits > 0; --hits)
            data[stream.below(data.size())] = static_cast<std::uint8_t>(stream.below(256));
        data.resize(stream.below(data.size() + 1));
        const nal::Bytes all = data;
        const std::uint8_t* before = all.data();
        std::size_t steps = 0;
        bool is_within = true;
        nal::Walk walk(all, length_bytes);
        for (; walk.next() && steps <= data.size(); ++steps) {
            const nal::Bytes unit = walk.unit();
            is_within = is_within && !walk.rest().empty() && unit.data() > before &&
                        unit.data() == walk.rest().data() &&
                        unit.data() + unit.size() <= all.data() + all.size();
            before = unit.data();
        }
        REQUIRE(is_within);
        REQUIRE(steps <= data.size());
    }
}

TEST_CASE("lengths that point beyond a packet or at nothing leave it unfinished") {
    const auto isWhole = [](const Data& data) {
        nal::Walk walk(data, 2);
        while (walk.next()) continue;
        return walk.isWhole();
    };
    CHECK(isWhole({}));
    CHECK(isWhole({0, 1, 0x65, 0, 2, 0x41, 9}));
    CHECK_FALSE(isWhole({0, 1, 0x65, 0, 2, 0x41}));
    CHECK_FALSE(isWhole({0, 1, 0x65, 0, 0}));
    CHECK_FALSE(isWhole({0, 1, 0x65, 0}));
}

TEST_CASE("units and their types are where libav's filters find them") {
    const auto file =
        std::filesystem::temp_directory_path() / ("nal-test-" + std::to_string(::getpid()) + ".mp4");
    for (const char* encoder : {"libx264", "libx265"}) {
        INFO(encoder);
        judgeByLibav(test::throughMp4(test::encodeClip(encoder, 176, 144, 0, 25), file));
    }
    const char* footage = std::getenv("PORCHLIGHT_FOOTAGE");
    for (const char* name : {"doorstep.mp4", "porch-night-rain.mp4", "tree-wind.mp4"}) {
        if (!footage || !std::filesystem::exists(std::filesystem::path(footage) / name)) continue;
        INFO(name);
        judgeByLibav(test::readClip(std::filesystem::path(footage) / name, 100));
    }
}

TEST_CASE("size, rate and order of pictures stand in the parameter sets as libav's decoder reads them") {
    struct Row {
        int width;
        int height;
        int b_frames;
        int rate_hz;
    };
    for (const char* encoder : {"libx264", "libx265"})
        for (const Row& row :
             {Row{320, 240, 0, 15}, Row{322, 182, 0, 25}, Row{640, 360, 2, 30}, Row{354, 290, 3, 7}}) {
            INFO(encoder << " " << row.width << "x" << row.height << ", B frames " << row.b_frames);
            const CodedClip clip =
                test::encodeClip(encoder, row.width, row.height, row.b_frames, row.rate_hz);
            const bool is_h264 = clip.parameters->codec_id == AV_CODEC_ID_H264;
            const nal::Bytes sets{clip.parameters->extradata,
                                  static_cast<std::size_t>(clip.parameters->extradata_size)};
            const auto facts = ffmpeg::pictureFacts(is_h264 ? Codec::H264 : Codec::H265, sets);
            REQUIRE(facts);
            const auto [width_px, height_px] = test::decodedSize(clip);
            CHECK(facts->width_px == width_px);
            CHECK(facts->height_px == height_px);
            CHECK(facts->may_reorder == (row.b_frames > 0));
            CHECK(facts->is_order_told);
            if (is_h264) CHECK(facts->rate_hz == Approx(row.rate_hz));
        }
}

TEST_CASE("parameter sets that are cut or damaged give nothing or something plausible") {
    const CodedClip clip = test::encodeClip("libx264", 320, 240, 0, 25);
    const Data sets(clip.parameters->extradata, clip.parameters->extradata + clip.parameters->extradata_size);
    std::mt19937 random(5);
    for (int i = 0; i < 2'000; ++i) {
        Data damaged = sets;
        for (int hits = i % 4; hits >= 0; --hits)
            damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
        damaged.resize(random() % (damaged.size() + 1));
        const auto facts = ffmpeg::pictureFacts(Codec::H264, damaged);
        if (facts && (facts->width_px < 16 || facts->width_px > 16384)) FAIL("width " << facts->width_px);
    }
}

}  // namespace nal_test
