/// Parts for who watches: the same pictures as in the fragments, at the same times, as soon as they come.
#include "media/live_part.h"
#include "fragmenter_bench.h"
#include "support/catch.h"

namespace live_part_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

struct Picture {
    std::uint64_t decode_time = 0;
    std::int32_t composition_offset = 0;
    bool is_key = false;
    base::Bytes bytes;
    bool operator==(const Picture&) const = default;
};

std::vector<Picture> picturesOf(const base::Bytes& fragment, const media::InitSegment& init) {
    std::vector<Picture> out;
    const media::MovieFragment movie = media::parseFragment(fragment, init);
    const auto* video = movie.findTrack(init.videoIndex());
    REQUIRE(video);
    std::uint64_t at = video->decode_time;
    for (const media::Sample& sample : video->samples) {
        const auto begin = fragment.begin() + static_cast<std::ptrdiff_t>(sample.offset);
        out.push_back({at, sample.composition_offset, sample.is_key, {begin, begin + sample.size_bytes}});
        at += sample.duration;
    }
    return out;
}

}  // namespace

TEST_CASE("parts are the pictures of the fragments, byte for byte and on their time line", "[worker]") {
    const Clip clip = makeClip(320, 240, 60, 20);
    FragmenterBench bench;
    std::vector<ipc::LivePart> parts;
    bench.fragmenter.sendParts([&](ipc::LivePart&& part) { parts.push_back(std::move(part)); });
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        bench.feed(clip.packets[i]);
        REQUIRE(parts.size() == i + 1);  // none waits for the next
    }
    bench.fragmenter.finish();
    const media::InitSegment init = media::parseInit(bench.streams.at(0).init);
    std::vector<Picture> recorded, watched;
    for (const auto& fragment : bench.fragments)
        for (auto& picture : picturesOf(fragment.bytes, init)) recorded.push_back(std::move(picture));
    for (const auto& part : parts)
        for (auto& picture : picturesOf(part.bytes, init)) watched.push_back(std::move(picture));
    REQUIRE(watched.size() == 60);
    CHECK(watched == recorded);  // the muxer of the recording is another's
    for (const auto& part : parts) CHECK(std::abs(part.lasts_us - 2 * 66'667) < 10);
    CHECK(parts[20].is_key);
    CHECK(!parts[21].is_key);
    CHECK(parts[1].at_us - parts[0].at_us == 66'667);
}

TEST_CASE("who begins to watch gets the open fragment from its begin, once", "[worker]") {
    const Clip clip = makeClip(320, 240, 30, 30);
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < 18; ++i) bench.feed(clip.packets[i]);
    REQUIRE(bench.fragments.size() == 1);
    std::vector<ipc::LivePart> parts;
    const auto keep = [&](ipc::LivePart&& part) { parts.push_back(std::move(part)); };
    bench.fragmenter.sendParts(keep);
    const media::InitSegment init = media::parseInit(bench.streams.at(0).init);
    const media::MovieFragment before = media::parseFragment(bench.fragments[0].bytes, init);
    const auto* video = before.findTrack(0);
    REQUIRE(video);
    REQUIRE(parts.size() == 18 - video->samples.size());
    CHECK(picturesOf(parts[0].bytes, init)[0].decode_time == video->decode_time + video->duration);
    const std::size_t begun = parts.size();
    bench.fragmenter.sendParts(keep);
    CHECK(parts.size() == begun);
    bench.fragmenter.sendParts({});
    bench.feed(clip.packets[18]);
    CHECK(parts.size() == begun);
}

TEST_CASE("pictures without a codec that browsers know make no parts", "[worker]") {
    FragmenterBench bench;
    std::size_t parts = 0;
    bench.fragmenter.sendParts([&](ipc::LivePart&&) { ++parts; });
    Clip clip = makeClip(320, 240, 5, 5);
    clip.format.video = Codec::Mjpeg;
    bench.fragmenter.begin(clip.format, "test");
    CHECK_NOTHROW(bench.fragmenter.finish());
    CHECK(parts == 0);
}

}  // namespace live_part_test
