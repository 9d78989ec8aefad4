// What a start makes of files and rows that do not agree, and what a check repairs.
#include <random>

#include "shelf.h"
#include "store/sql/database.h"

namespace recover_test {

using namespace shelf;

TEST_CASE("a recording's name tells its start") {
    const auto path = recordingPath("front-door", kStart + 123456us);
    CHECK(path == "front-door/2026-09-21/141320.123-front-door.mp4");
    CHECK(startOf(path) == kStart + 123ms);
    CHECK_FALSE(startOf("front-door/notes.mp4"));
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
    CHECK(disk::recover(store, dir).lost.at("porch") == 1);
    CHECK(disk::check(store, dir, {}, false).empty());

    fs::rename(dir, folder / "elsewhere");
    CHECK(disk::recover(store, dir).lost.empty());
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

TEST_CASE("a check ends when it is told to, and what it had repaired until then is whole") {
    Shelf shelf;
    shelf.fill(20);
    for (const auto& file : listRecordings(shelf.dir))
        if (file.string() > recordingPath("porch", kStart + 9min).string()) fs::remove(shelf.dir / file);
    int asked = 0;
    CheckControl control;
    control.cancel = base::Cancel([&] { return ++asked > 30; });
    std::set<std::string> steps;
    control.on_progress = [&](const std::string& step, std::uint64_t, std::uint64_t) { steps.insert(step); };
    CHECK_THROWS_AS(check(shelf.store, shelf.dir, {}, true, {}, control), base::Cancelled);
    CHECK(steps.contains("rows"));
    CHECK(shelf.store.recordings.checkTotals(false).empty());
    check(shelf.store, shelf.dir, {}, true);
    CHECK(shelf.wrong() == 0);
    CHECK(shelf.existing() == 10);
}

}  // namespace recover_test
