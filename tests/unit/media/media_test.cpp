#include <algorithm>
#include <random>

#include "fuzz/scan.h"
#include "media/progressive.h"
#include "support/catch.h"
#include "support/tiny_mp4.h"
#include "unit/media/footage.h"

namespace media_test {

using namespace porchlight;
using namespace porchlight::media;

namespace {

struct Built {
    std::vector<std::uint8_t> bytes;
    microseconds duration{0};
};

/// A clip of the fragments from `first` on.
Built build(const std::vector<std::uint8_t>& file, std::size_t first = 0) {
    RecordingScanner scanner(readerOf(std::span<const std::uint8_t>(file)));
    ProgressiveBuilder builder(scanner.init());
    for (std::size_t i = 0; const auto found = scanner.next(); ++i)
        if (i >= first) REQUIRE(builder.add(found->fragment, Piece{0, found->offset, 0}, 0));
    const Progressive movie = builder.finish();
    Built out{movie.header, movie.duration};
    for (const Piece& piece : movie.pieces) {
        const auto begin = file.begin() + static_cast<std::ptrdiff_t>(piece.offset);
        out.bytes.insert(out.bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(piece.size_bytes));
    }
    REQUIRE(out.bytes.size() == movie.size_bytes);
    return out;
}

footage::Options with(int b_frames, bool has_audio, const std::string& codec = "libx264") {
    footage::Options options;
    options.b_frames = b_frames;
    options.has_audio = has_audio;
    options.codec = codec;
    return options;
}

}  // namespace

TEST_CASE(
    "a progressive file holds every sample of the recording, decodes without a warning and lasts exactly as "
    "long") {
    const footage::Folder folder;
    const auto options =
        GENERATE(with(0, false), with(2, false), with(2, true), with(0, true), with(2, false, "libx265"));
    CAPTURE(options.b_frames, options.has_audio, options.codec);
    const auto source = footage::make(folder, "source.mp4", options);
    const Built clip = build(footage::readAll(source));
    const auto file = folder / "clip.mp4";
    footage::writeAll(file, clip.bytes);
    CHECK(footage::decodeErrors(file) == "");
    CHECK(footage::sampleHashes(file, "v") == footage::sampleHashes(source, "v"));
    CHECK(footage::startOf(file) == Approx(0).margin(0.0001));
    const auto expected_duration =
        footage::split(source, WallTime{}).duration;  // 6 s and, with sound, its priming
    CHECK(clip.duration == expected_duration);
    CHECK(footage::durationOf(file) == Approx(static_cast<double>(expected_duration.count()) / 1e6)
                                           .margin(options.has_audio ? 0.065 : 0.0001));
    CHECK(footage::picturesOf(file) == 150);
    if (options.has_audio) {
        const auto expected = footage::sampleHashes(source, "a");
        const auto got = footage::sampleHashes(file, "a");
        CHECK(got.size() + 2 >= expected.size());
        // Whole samples before and after the pictures are left out; what is there is the source's, in order.
        CHECK(std::search(expected.begin(), expected.end(), got.begin(), got.end()) != expected.end());
    }
}

TEST_CASE("a clip from the middle begins at 0 with its keyframe") {
    const footage::Folder folder;
    const auto source = footage::make(folder, "source.mp4", with(2, true));
    const auto bytes = footage::readAll(source);
    const auto stream = footage::split(source, WallTime{});
    std::size_t first = stream.fragments.size() / 2;
    while (!stream.fragments[first]->starts_with_key) ++first;
    const Built clip = build(bytes, first);
    const auto file = folder / "clip.mp4";
    footage::writeAll(file, clip.bytes);
    CHECK(footage::decodeErrors(file) == "");
    CHECK(footage::startOf(file) == Approx(0).margin(0.0001));
    CHECK(clip.duration == stream.duration - (stream.fragments[first]->started_at - WallTime{}));
}

TEST_CASE("a fragment's own bytes tell the same as the scan of the file") {
    const footage::Folder folder;
    const auto stream = footage::split(footage::make(folder, "s.mp4", with(2, true)), WallTime{});
    REQUIRE(stream.fragments.size() >= 12);
    const InitSegment init = parseInit(stream.init->bytes);
    REQUIRE(init.tracks.size() == 2);
    CHECK(init.tracks[0].codec == Codec::H264);
    CHECK(init.tracks[1].codec == Codec::Aac);
    CHECK(init.tracks[0].width_16_16 >> 16U == 160);
    std::uint64_t expected = 0;
    for (const auto& fragment : stream.fragments) {
        const MovieFragment parsed = parseFragment(fragment->bytes, init);
        CHECK(parsed.size_bytes == fragment->bytes.size());
        REQUIRE(parsed.findTrack(0));
        CHECK(parsed.findTrack(0)->decode_time == expected);
        expected += parsed.findTrack(0)->duration;
    }
}

TEST_CASE("a torn tail ends at the last whole fragment, wherever it is torn") {
    const footage::Folder folder;
    const auto whole = footage::readAll(footage::make(folder, "s.mp4"));
    RecordingScanner complete(readerOf(std::span<const std::uint8_t>(whole)));
    std::vector<std::uint64_t> ends;
    complete.initBytes();
    ends.push_back(complete.wholeEnd());
    while (complete.next()) ends.push_back(complete.wholeEnd());
    REQUIRE(ends.size() >= 7);
    for (std::size_t size = ends.front(); size < ends[3] + 200; size += 97) {
        RecordingScanner scanner(readerOf(std::span<const std::uint8_t>(whole).first(size)));
        const RecordingSummary summary = summarize(scanner);
        const auto expected = *(std::upper_bound(ends.begin(), ends.end(), size) - 1);
        REQUIRE(summary.whole_bytes == expected);
    }
    RecordingScanner torn_init(
        readerOf(std::span<const std::uint8_t>(whole).first(static_cast<std::size_t>(ends.front()) - 1)));
    CHECK_THROWS_AS(torn_init.initBytes(), Error);
}

TEST_CASE(
    "a recording ends where a fragment claims centuries, and ticks beyond all numbers are the last number") {
    auto bytes = test::tinyInit();
    const auto append = [&](const test::TinyFragment& fragment) {
        const auto more = test::tinyFragment(fragment);
        bytes.insert(bytes.end(), more.begin(), more.end());
    };
    append({0, 500, true});
    append({500, 500, true});
    const auto whole = bytes.size();
    SECTION("by its start") {
        append({1ULL << 61U, 500, true});
    }
    SECTION("by its length") {
        append({1000, 4'000'000'000U, true});
    }
    media::RecordingScanner scanner(media::readerOf(std::span<const std::uint8_t>(bytes)));
    const auto summary = media::summarize(scanner);
    CHECK(summary.fragments == 2);
    CHECK(summary.whole_bytes == whole);
    CHECK(summary.video_duration == seconds(1));
    CHECK(media::ticksToUs(std::int64_t{1} << 62U, 1) == std::numeric_limits<std::int64_t>::max());
    CHECK(media::ticksToUs(-(std::int64_t{1} << 62U), 1) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("damaged bytes are refused or read, never read past") {
    const footage::Folder folder;
    const auto whole = footage::readAll(footage::make(folder, "s.mp4", with(2, true)));
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        auto bytes = whole;
        // Damage falls on the init segment and the first fragments' headers, where the parsers look.
        for (unsigned i = 0; i < 1 + random() % 6; ++i)
            bytes[random() % std::min<std::size_t>(bytes.size(), 8000)] = static_cast<std::uint8_t>(random());
        bytes.resize(random() % 3 == 0 ? random() % bytes.size() : bytes.size());
        test::scanUntrusted(bytes);
    }
    SUCCEED("no sanitizer report, no crash");
}

TEST_CASE("a count that lies does not allocate") {
    BoxWriter out;
    out.open(fourCc("moof"));
    out.open(fourCc("traf"));
    out.openFull(fourCc("tfhd"), 0, 0);
    out.u32(1);
    out.close();
    out.openFull(fourCc("tfdt"), 1, 0);
    out.u64(0);
    out.close();
    out.openFull(fourCc("trun"), 0, 0);
    out.u32(0xffffffffU);
    out.close();
    out.close();
    out.close();
    out.open(fourCc("mdat"));
    out.close();
    InitSegment init;
    init.tracks.push_back(media::Track{});
    init.tracks[0].id = 1;
    init.tracks[0].timescale = 1000;
    CHECK_THROWS_AS(parseFragment(out.bytes(), init), Error);
}

TEST_CASE("a rewritten fragment begins where it is told and carries its number") {
    const footage::Folder folder;
    const auto stream = footage::split(footage::make(folder, "s.mp4", with(0, true)), WallTime{});
    const InitSegment init = parseInit(stream.init->bytes);
    auto bytes = stream.fragments[4]->bytes;
    const auto before = parseFragment(bytes, init);
    const auto shift = -static_cast<std::int64_t>(before.findTrack(0)->decode_time);
    rewriteFragment(bytes, init, 77, std::vector<std::int64_t>{shift, 5});
    const auto after = parseFragment(bytes, init);
    CHECK(after.findTrack(0)->decode_time == 0);
    CHECK(after.findTrack(1)->decode_time == before.findTrack(1)->decode_time + 5);
    const auto header = findBox(findBox(bytes, fourCc("moof"))->payload, fourCc("mfhd"));
    CHECK(header->payload[7] == 77);
}

}  // namespace media_test
