#include <random>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/retention.h"
#include "ledger/coverage_ledger.h"
#include "record/footage/fragment_ring.h"
#include "record/footage/open_recording.h"
#include "store/sql/database.h"
#include "support/catch.h"
#include "unit/media/footage.h"

namespace upkeep_test {

using namespace porchlight;
using namespace porchlight::record;
using namespace porchlight::disk;
using namespace porchlight::ledger;
using namespace porchlight::clip;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};

FragmentPtr fragment(const std::shared_ptr<const StreamInit>& init, std::uint64_t sequence, bool is_key,
                     std::size_t bytes = 1000) {
    auto out = std::make_shared<Fragment>();
    out->init = init;
    out->sequence = sequence;
    out->started_at = kStart + std::chrono::milliseconds(500) * static_cast<int>(sequence);
    out->duration = 500ms;
    out->starts_with_key = is_key;
    out->bytes.resize(bytes);
    return out;
}

/// A recording's file below the folder, under its proper name, of whole fragments.
fs::path place(const fs::path& dir, const footage::Stream& stream, WallTime at) {
    const fs::path relative = recordingPath("porch", at);
    auto bytes = stream.init->bytes;
    for (const auto& part : stream.fragments)
        bytes.insert(bytes.end(), part->bytes.begin(), part->bytes.end());
    fs::create_directories((dir / relative).parent_path());
    footage::writeAll(dir / relative, bytes);
    return relative;
}

}  // namespace

TEST_CASE("the ring starts at a keyframe, reaches back its span, and keeps its caps") {
    const auto init = std::make_shared<const StreamInit>();
    FragmentRing ring(2s, 1'000'000);
    ring.push(fragment(init, 1, false));
    CHECK(ring.fragments().empty());
    for (std::uint64_t i = 2; i <= 40; ++i) ring.push(fragment(init, i, i % 4 == 0));
    CHECK(ring.fragments().front()->starts_with_key);
    const auto reach = ring.fragments().back()->started_at + 500ms - ring.fragments().front()->started_at;
    CHECK(reach >= 2s);
    CHECK(reach < 4500ms);

    FragmentRing small(60s, 10'000);
    for (std::uint64_t i = 0; i <= 40; ++i) {
        small.push(fragment(init, i, i % 4 == 0));
        REQUIRE(small.bytes() <= 10'000);
    }
    CHECK(small.fragments().front()->starts_with_key);
    small.push(fragment(init, 41, false, 20'000));
    CHECK(small.fragments().empty());
    CHECK(small.oversizedGroups() == 1);
}

TEST_CASE("after a hole the ring waits for a keyframe") {
    const auto init = std::make_shared<const StreamInit>();
    FragmentRing ring(10s, 1'000'000);
    ring.push(fragment(init, 0, true));
    ring.push(fragment(init, 2, false));
    CHECK(ring.fragments().size() == 1);
    ring.push(fragment(init, 3, true));
    CHECK(ring.fragments().size() == 2);
}

TEST_CASE("a recording's name tells its start") {
    const auto path = recordingPath("front-door", kStart + 123456us);
    CHECK(path == "front-door/2026-09-21/141320.123-front-door.mp4");
    CHECK(startOf(path) == kStart + 123ms);
    CHECK_FALSE(startOf("front-door/notes.mp4"));
}

TEST_CASE("retention names the first limit that is passed") {
    config::StorageConfig limits;
    limits.max_bytes = 1000;
    limits.min_free_bytes = 500;
    limits.max_age = 1h;
    disk::StorageState state{900, 600, 5000, kStart};
    store::RecordingRow oldest;
    oldest.ended_at = kStart - 30min;
    CHECK(disk::planRetention(limits, state, oldest) == "");
    oldest.ended_at = kStart - 2h;
    CHECK(disk::planRetention(limits, state, oldest) == "age");
    state.free_bytes = 499;
    CHECK(disk::planRetention(limits, state, oldest) == "free_space");
    state.recorded_bytes = 1001;
    CHECK(disk::planRetention(limits, state, oldest) == "bytes");
    // A board without a clock thinks it is 1970: nothing is too old.
    oldest.ended_at = WallTime{};
    CHECK(disk::planRetention(limits, disk::StorageState{0, 600, 5000, WallTime{24h}}, oldest) == "");
}

TEST_CASE(
    "files without rows are adopted, rows without files are marked lost, a vanished volume is left alone") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    const auto stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    const auto first = place(dir, stream, kStart);
    const auto second = place(dir, stream, kStart + 10min);
    store::Store store(folder / "porchlight.db");
    CHECK(disk::recover(store, dir).adopted_files == 2);
    auto rows = store.recordings.overlapping("porch", kStart - 1h, kStart + 1h);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].ended_at == kStart + 6s);
    CHECK(rows[0].bytes == fs::file_size(dir / first));
    CHECK(rows[0].width_px == 160);

    fs::remove(dir / second);
    CHECK(disk::check(store, dir, {}, false).size() == 1);
    CHECK(disk::recover(store, dir).lostFiles() == 1);
    CHECK(disk::check(store, dir, {}, false).empty());

    fs::rename(dir, folder / "elsewhere");
    CHECK(disk::recover(store, dir).lostFiles() == 0);
    CHECK(store.recordings.overlapping("porch", kStart - 1h, kStart + 1h).size() == 1);
}

TEST_CASE(
    "a thumbnail whose writing was cut short is removed at the next start, and its event does not claim it") {
    const footage::Folder folder;
    const fs::path dir = folder / "thumbnails";
    fs::create_directories(dir / "porch");
    for (const char* name : {"660c5f51a1b2c3d4.jpg", "660c5f51a1b2c3d5.jpg.new"})
        footage::writeAll(dir / "porch" / name, {0xff, 0xd8});
    store::Store store(folder / "porchlight.db");
    store.ensureCamera("porch", "Porch");
    for (const char* id : {"660c5f51a1b2c3d4", "660c5f51a1b2c3d5"}) {
        store::EventRow event;
        event.id = id;
        event.camera = "porch";
        event.started_at = event.clip_started_at = kStart;
        event.has_thumbnail = true;
        store.events.insert(event);
    }
    disk::Leftovers leftovers;
    CHECK(disk::mendThumbnails(store, dir, leftovers) == 1);
    CHECK(leftovers.size() == 0);
    CHECK(store.events.byId("660c5f51a1b2c3d4")->has_thumbnail);
    CHECK_FALSE(store.events.byId("660c5f51a1b2c3d5")->has_thumbnail);
    CHECK(fs::exists(dir / "porch" / "660c5f51a1b2c3d4.jpg"));
    CHECK_FALSE(fs::exists(dir / "porch" / "660c5f51a1b2c3d5.jpg.new"));
    CHECK(disk::mendThumbnails(store, dir / "missing", leftovers) == 0);
    CHECK_FALSE(store.events.byId("660c5f51a1b2c3d4")->has_thumbnail);
}

TEST_CASE(
    "files that were only begun when the power went are removed; what cannot be read for another reason "
    "stays") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    const auto stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    const auto& init = stream.init->bytes;
    const auto put = [&](int minute, std::vector<std::uint8_t> bytes) {
        const auto path = dir / recordingPath("porch", kStart + 1min * minute);
        fs::create_directories(path.parent_path());
        footage::writeAll(path, bytes);
        fs::last_write_time(path, fs::file_time_type::clock::now() - 1min);
    };
    put(0, {});
    put(1, {init.begin(), init.begin() + 100});
    put(2, init);
    auto torn = init;
    torn.insert(torn.end(), stream.fragments[0]->bytes.begin(), stream.fragments[0]->bytes.end() - 10);
    put(3, torn);
    put(4, std::vector<std::uint8_t>(50'000, 7));  // noise of another origin
    store::Store store(folder / "porchlight.db");
    CHECK(disk::check(store, dir, {}, false).size() == 5);
    const auto report = disk::recover(store, dir);
    CHECK(report.removed_files == 4);
    CHECK(report.adopted_files == 0);
    CHECK(disk::listRecordings(dir).size() == 1);
    const auto findings = disk::check(store, dir, {}, true);
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().is_note);  // left alone
}

TEST_CASE("files in the recordings folder that are no begun recording are never deleted") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    const fs::path source = footage::make(folder, "s.mp4");
    const auto stream = footage::split(source, kStart);
    const auto put = [&](const fs::path& relative, const std::vector<std::uint8_t>& bytes) {
        fs::create_directories((dir / relative).parent_path());
        footage::writeAll(dir / relative, bytes);
        fs::last_write_time(dir / relative, fs::file_time_type::clock::now() - 1min);
    };
    footage::run("ffmpeg -v error -y -i " + source.string() + " -c copy -movflags +faststart " +
                 (folder / "film.mp4").string());
    const auto film = footage::readAll(folder / "film.mp4");
    put("porch/2026-09-21/holiday.mp4", film);
    put("porch/film.mp4", film);
    put("porch/note.mp4", {'n', 'o', 't', 'e'});
    put("porch/2026-09-21/141320.000-garden.mp4", stream.init->bytes);  // no name that we give
    put(recordingPath("porch", kStart), film);
    put(recordingPath("porch", kStart + 1min), std::vector<std::uint8_t>(300, 'x'));
    auto damaged = stream.init->bytes;
    for (const auto& part : stream.fragments)
        damaged.insert(damaged.end(), part->bytes.begin(), part->bytes.end());
    damaged[stream.init->bytes.size() + 5] ^= 0x40U;  // in the type of the first moof
    put(recordingPath("porch", kStart + 2min), damaged);
    auto begun = stream.init->bytes;
    begun.resize(begun.size() + 3000);  // long already, and empty
    put(recordingPath("porch", kStart + 3min), begun);
    store::Store store(folder / "porchlight.db");
    CHECK(disk::recover(store, dir).removed_files == 1);
    CHECK_FALSE(fs::exists(dir / recordingPath("porch", kStart + 3min)));
    CHECK(disk::listRecordings(dir).size() == 7);
    for (const auto& finding : disk::check(store, dir, {}, true)) CHECK(finding.is_note);
    CHECK((footage::readAll(dir / recordingPath("porch", kStart + 2min)) == damaged));  // not printed
    CHECK((footage::readAll(dir / "porch/film.mp4") == film));
}

TEST_CASE("a file that calls sound video is adopted without a codec, and holds up the adoption of no other") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    place(dir, footage::split(footage::make(folder, "s.mp4"), kStart), kStart + 10min);
    const fs::path sound = dir / recordingPath("porch", kStart);
    footage::run(
        "ffmpeg -v error -y -f lavfi -i sine=duration=4 -c:a aac -movflags "
        "frag_keyframe+empty_moov+default_base_moof"
        " -frag_duration 500000 " +
        sound.string());
    auto bytes = footage::readAll(sound);
    const std::string handler = "soun";
    std::copy_n("vide", 4, std::search(bytes.begin(), bytes.end(), handler.begin(), handler.end()));
    footage::writeAll(sound, bytes);
    store::Store store(folder / "porchlight.db");
    CHECK(disk::recover(store, dir).adopted_files == 2);
    const auto rows = store.recordings.overlapping("porch", kStart - 1h, kStart + 1h);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].video == Codec::None);
    CHECK(rows[1].video == Codec::H264);
}

TEST_CASE("a row that the database refuses for what it says costs only itself") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    const auto stream = footage::split(footage::make(folder, "s.mp4"), kStart);
    for (int minute = 0; minute < 3; ++minute) place(dir, stream, kStart + 1min * minute);
    store::Store store(folder / "porchlight.db");
    store::Database(folder / "porchlight.db")
        .execute("CREATE TRIGGER no BEFORE INSERT ON recording WHEN NEW.path = '" +
                 recordingPath("porch", kStart + 1min).string() + "' BEGIN SELECT RAISE(ABORT, 'no'); END");
    const auto report = disk::recover(store, dir);
    CHECK(report.adopted_files == 2);
    CHECK(report.foreign_files == 1);
    CHECK(disk::listRecordings(dir).size() == 3);
}

TEST_CASE("a damaged recording is set aside beside one that was set aside earlier") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    const fs::path file = dir / place(dir, footage::split(footage::make(folder, "s.mp4"), kStart), kStart);
    store::Store store(folder / "porchlight.db");
    disk::recover(store, dir);
    footage::writeAll(file, std::vector<std::uint8_t>(5000, 7));
    footage::writeAll(file.string() + ".bad", {1});
    CHECK(disk::check(store, dir, {}, true).size() == 1);
    CHECK(fs::file_size(file.string() + ".bad") == 1);
    CHECK(fs::file_size(file.string() + ".bad.1") == 5000);
}

TEST_CASE("reads of any range give the same bytes, also after the file was deleted") {
    const footage::Folder folder;
    const fs::path dir = folder / "recordings";
    footage::Options options;
    options.has_audio = true;
    const auto stream = footage::split(footage::make(folder, "s.mp4", options), kStart);
    const auto relative = place(dir, stream, kStart);
    store::Store store(folder / "porchlight.db");
    disk::recover(store, dir);
    const auto clip = clip::Clip::open(store, dir, "porch", kStart + 1500ms, kStart + 4s);
    CHECK(clip->startedAt() > kStart + 1s);  // the keyframe after a second and the priming of the sound
    CHECK(clip->startedAt() < kStart + 1100ms);
    CHECK(clip->duration() == 3s);
    std::vector<std::uint8_t> whole(static_cast<std::size_t>(clip->sizeBytes()));
    REQUIRE(clip->read(0, whole) == whole.size());
    fs::remove(dir / relative);
    std::mt19937 random(3);
    for (int i = 0; i < 500; ++i) {
        const std::size_t at = random() % whole.size();
        std::vector<std::uint8_t> part(1 + random() % 5000);
        const std::size_t got = clip->read(at, part);
        REQUIRE(got == std::min(part.size(), whole.size() - at));
        REQUIRE(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got),
                           whole.begin() + static_cast<std::ptrdiff_t>(at)));
    }
    std::uint8_t past = 0;
    CHECK(clip->read(whole.size(), std::span(&past, 1)) == 0);
    CHECK_THROWS_AS(clip::Clip::open(store, dir, "porch", kStart + 1h, kStart + 2h), Error);
}

}  // namespace upkeep_test
