/// A range that one file cannot hold.
#include "clip/clip.h"
#include "support/catch.h"
#include "unit/media/footage.h"

namespace parts_test {

using namespace porchlight;
using namespace porchlight::clip;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};

void add(store::Store& store, const fs::path& dir, const footage::Stream& stream, const std::string& name,
         WallTime at) {
    auto bytes = stream.init->bytes;
    for (const auto& part : stream.fragments)
        bytes.insert(bytes.end(), part->bytes.begin(), part->bytes.end());
    fs::create_directories(dir);
    footage::writeAll(dir / name, bytes);
    store::RecordingRow row;
    row.camera = "porch";
    row.path = name;
    row.started_at = at;
    row.video = Codec::H264;
    store.recordings.finish(store.recordings.insert(row), at + stream.duration, bytes.size());
}

std::string save(const fs::path& file, clip::Clip& clip) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(clip.sizeBytes()));
    REQUIRE(clip.read(0, bytes) == bytes.size());
    footage::writeAll(file, bytes);
    return footage::decodeErrors(file);
}

}  // namespace

TEST_CASE("a range in which the camera's format changes is told in parts, and each part plays") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    store::Store store(folder / "porchlight.db");
    footage::Options large;
    large.size_px = 320;
    const auto small_stream = footage::split(footage::make(folder, "small.mp4"), kStart);
    const auto large_stream = footage::split(footage::make(folder, "large.mp4", large), kStart);
    add(store, dir, small_stream, "1.mp4", kStart);
    add(store, dir, small_stream, "2.mp4", kStart + 6s);
    add(store, dir, large_stream, "3.mp4", kStart + 12s);
    add(store, dir, small_stream, "4.mp4", kStart + 60s);

    const auto clip = clip::Clip::open(store, dir, "porch", kStart, kStart + 2min);
    CHECK(clip->stop() == clip::ClipStop::FormatChange);
    CHECK(clip->stoppedAt() == kStart + 12s);
    CHECK(clip->duration() == 12s);

    const auto parts = clip::planClipParts(store, dir, "porch", kStart, kStart + 2min);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].begun_by == clip::ClipStop::End);
    CHECK(parts[1].begun_by == clip::ClipStop::FormatChange);
    microseconds sum{0};
    for (const clip::ClipPart& part : parts) {
        const auto piece = clip::Clip::open(store, dir, "porch", part.from, part.to);
        CHECK(piece->stop() == clip::ClipStop::End);
        CHECK(piece->sizeBytes() == part.size_bytes);
        CHECK(piece->startedAt() == part.started_at);
        CHECK(piece->duration() == part.duration);
        CHECK(save(folder / "part.mp4", *piece).empty());
        sum += piece->duration();
    }
    CHECK(sum == 24s);
    CHECK(parts[2].ended_at == kStart + 66s);
}

TEST_CASE("a range in one format is one part; one without footage has none") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    store::Store store(folder / "porchlight.db");
    add(store, dir, footage::split(footage::make(folder, "a.mp4"), kStart), "1.mp4", kStart);
    const auto parts = clip::planClipParts(store, dir, "porch", kStart + 1s, kStart + 5s);
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].started_at == kStart + 1s);
    CHECK(parts[0].ended_at >= kStart + 5s);
    CHECK(clip::planClipParts(store, dir, "porch", kStart + 1h, kStart + 2h).empty());
    CHECK(clip::planClipParts(store, dir, "gate", kStart, kStart + 2h).empty());
}

TEST_CASE("an event is in its clip although the camera's format changed in its pre-roll") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    store::Store store(folder / "porchlight.db");
    footage::Options large;
    large.size_px = 320;
    add(store, dir, footage::split(footage::make(folder, "small.mp4"), kStart), "1.mp4", kStart);
    add(store, dir, footage::split(footage::make(folder, "large.mp4", large), kStart), "2.mp4", kStart + 6s);
    const auto rows = store.recordings.overlapping("porch", kStart + 4s, kStart + 10s);
    REQUIRE(rows.size() == 2);
    const auto open = [&](WallTime event) {
        return clip::Clip::open(rows, dir, kStart + 4s, kStart + 10s, {}, event);
    };
    const auto clip = open(kStart + 7s);
    CHECK(clip->stop() == clip::ClipStop::End);
    CHECK(clip->startedAt() == kStart + 6s);
    CHECK(clip->endedAt() >= kStart + 10s);
    CHECK(save(folder / "behind.mp4", *clip).empty());

    const auto before = open(kStart + 5s);  // it begins before the change: what follows is another clip
    CHECK(before->stop() == clip::ClipStop::FormatChange);
    CHECK(before->startedAt() <= kStart + 4s);
    CHECK(before->endedAt() <= kStart + 6s);
}

}  // namespace parts_test
