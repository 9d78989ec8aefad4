/// export, evidence and check --deep over footage that is there: whole files, or none.
#include "app/cli/deep_check.h"
#include "app/playback/process_reading.h"
#include "command_line.h"
#include "record/sample/daily_sample.h"
#include "unit/disk/shelf.h"

namespace footage_commands_test {

using namespace command_line;
using namespace std::chrono_literals;

namespace {

constexpr const char* kFrom = "2026-09-21T14:13:20Z";  // where the fake clock starts
constexpr const char* kTo = "2026-09-21T14:13:26Z";

/// An appliance that recorded six seconds of the porch, an hour ago.
struct Recorded : Appliance {
    Recorded() {
        static const auto film =
            shelf::bytesOf(footage::split(footage::make(folder, "s.mp4"), shelf::kStart));
        keep(shelf::kStart, film);
        site.clock.advance(1h);
    }
    fs::path keep(WallTime at, const std::vector<std::uint8_t>& bytes) {
        store::RecordingRow row;
        row.camera = "porch";
        row.path = disk::recordingPath("porch", at).string();
        row.started_at = at;
        row.video = Codec::H264;
        row.width_px = 160;
        row.height_px = 120;
        const fs::path file = site.config.recordingsDir() / row.path;
        fs::create_directories(file.parent_path());
        footage::writeAll(file, bytes);
        const auto id = site.store->recordings.insert(row);
        site.store->recordings.finish(id, at + 6s, bytes.size());
        return file;
    }
    std::size_t filesInFolder() const {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
};

/// Every picture is lost, boxes and lengths stay as they were.
void losePictures(const fs::path& file) {
    auto bytes = footage::readAll(file);
    for (std::size_t at = 0; at + 8 < bytes.size(); ++at)
        if (std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                       bytes.begin() + static_cast<std::ptrdiff_t>(at + 4), "mdat")) {
            const std::size_t size = (std::size_t{bytes[at - 4]} << 24U) |
                                     (std::size_t{bytes[at - 3]} << 16U) |
                                     (std::size_t{bytes[at - 2]} << 8U) | bytes[at - 1];
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + 4), size - 8, std::uint8_t{0});
            at += size - 8;
        }
    footage::writeAll(file, bytes);
}

}  // namespace

TEST_CASE("export: the file is what a player plays, named only when it is whole, with its size told") {
    const Recorded appliance;
    const fs::path file = appliance.folder / "walk.mp4";
    const Said said =
        appliance.run({"export", "--camera", "porch", "--from", kFrom, "--to", kTo, "--out", file.string()});
    INFO(said.err);
    REQUIRE(said.code == 0);
    CHECK(has(said.out, file.string() + "  "));
    CHECK(footage::decodeErrors(file).empty());
    CHECK(footage::picturesOf(file) == 150);
    CHECK((fs::status(file).permissions() & fs::perms::others_all) == fs::perms::none);
    CHECK_FALSE(fs::exists(appliance.folder / "walk.mp4.part"));
}

TEST_CASE("export: without footage there is no file, not a part of one, and why it is told") {
    const Recorded appliance;
    const auto before = appliance.filesInFolder();
    const Said said = appliance.run({"export", "--camera", "yard", "--from", kFrom, "--to", kTo, "--out",
                                     (appliance.folder / "walk.mp4").string()});
    CHECK(said.code == 1);
    CHECK(has(said.err, "yard: nothing was recorded in this range"));
    CHECK(said.out.empty());
    CHECK(appliance.filesInFolder() == before);
}

TEST_CASE("export, evidence: a folder in the file's place is told, and nothing is left beside it") {
    const Recorded appliance;
    fs::create_directory(appliance.folder / "out");
    const std::string out = (appliance.folder / "out").string();
    const app::Words wrong[] = {
        {"export", "--camera", "porch", "--from", kFrom, "--to", kTo, "--out", out},
        {"export", "--camera", "porch", "--from", kFrom, "--to", kTo, "--out", out + "/"},
        {"evidence", "--camera", "porch", "--from", kFrom, "--to", kTo, "--out", out}};
    const auto before = appliance.filesInFolder();
    for (const app::Words& words : wrong) {
        INFO(words.front() << " " << words.back());
        const Said said = appliance.run(words);
        CHECK(said.code == 1);
        CHECK(has(said.err, "is a folder"));
        CHECK(fs::is_empty(out));
        CHECK(appliance.filesInFolder() == before);
    }
    const Said nowhere = appliance.run(
        {"export", "--camera", "porch", "--from", kFrom, "--to", kTo, "--out", out + "/none/walk.mp4"});
    CHECK(nowhere.code != 0);
    CHECK(has(nowhere.err, "none/walk.mp4"));
}

TEST_CASE("export: where the camera's format changes, a file each is written, numbered, and why is told") {
    Recorded appliance;
    footage::Options large;
    large.size_px = 320;
    appliance.keep(
        shelf::kStart + 6s,
        shelf::bytesOf(footage::split(footage::make(appliance.folder, "l.mp4", large), shelf::kStart + 6s)));
    const fs::path file = appliance.folder / "walk.mp4";
    const Said said = appliance.run({"export", "--camera", "porch", "--from", kFrom, "--to",
                                     "2026-09-21T14:13:32Z", "--out", file.string()});
    INFO(said.err << said.out);
    REQUIRE(said.code == 0);
    CHECK_FALSE(fs::exists(file));
    CHECK(has(said.out, "a new file: the camera's format changes"));
    for (const char* part : {"walk-1.mp4", "walk-2.mp4"})
        CHECK(footage::picturesOf(appliance.folder / part) == 150);
}

TEST_CASE("evidence: one ZIP of the cameras asked for, with the note in it") {
    const Recorded appliance;
    const fs::path file = appliance.folder / "case.zip";
    const Said said = appliance.run({"evidence", "--camera", "porch", "--from", kFrom, "--to", kTo, "--note",
                                     "bicycle & owner", "--out", file.string()});
    INFO(said.err);
    REQUIRE(said.code == 0);
    const std::string bytes = readAll(file);
    CHECK(bytes.starts_with("PK"));
    CHECK(has(bytes, "bicycle & owner"));
    const Said none = appliance.run({"evidence", "--camera", "yard", "--from", kFrom, "--to", kTo, "--out",
                                     (appliance.folder / "none.zip").string()});
    CHECK(none.code == 1);
    CHECK_FALSE(fs::exists(appliance.folder / "none.zip"));
}

TEST_CASE("check: a recording without a row is wrong, is taken in by --repair, and can be exported then") {
    const Recorded appliance;
    const auto known = appliance.site.store->recordings.existingAfter(0, 10).at(0);
    const fs::path recordings = appliance.site.config.recordingsDir();
    const fs::path lost = recordings / disk::recordingPath("porch", shelf::kStart + 10min);
    fs::copy_file(recordings / known.path, lost);
    fs::last_write_time(lost, fs::file_time_type::clock::now() - 1h);
    const Said wrong = appliance.run({"check"});
    INFO(wrong.out);
    CHECK(wrong.code == 1);
    CHECK(has(wrong.out, "WRONG    " + lost.lexically_relative(recordings).string()));
    CHECK(has(wrong.out, "porchlight check --repair puts this right"));
    const auto repaired = appliance.run({"check", "--repair", "--json"});
    CHECK(repaired.code == 0);
    CHECK(repaired.json()->getArray("findings")->getObject(0)->getValue<bool>("is_repaired"));
    CHECK(has(appliance.run({"check"}).out, "clean"));
    CHECK(appliance.site.store->recordings.existingAfter(0, 10).size() == 2);
    const fs::path file = appliance.folder / "lost.mp4";
    CHECK(appliance
              .run({"export", "--camera", "porch", "--from", "2026-09-21T14:23:20Z", "--to",
                    "2026-09-21T14:23:26Z", "--out", file.string()})
              .code == 0);
    CHECK(footage::picturesOf(file) == 150);
}

TEST_CASE("check --deep: sound footage is clean, torn footage is named, and no repair is promised for it") {
    Recorded appliance;
    const Said clean = appliance.run({"check", "--deep"});
    INFO(clean.out << clean.err);
    CHECK(clean.code == 0);
    CHECK(has(clean.out, "every file its row and plays"));
    const fs::path file = appliance.site.config.recordingsDir() / disk::recordingPath("porch", shelf::kStart);
    losePictures(file);
    const Said torn = appliance.run({"check", "--deep"});
    CHECK(torn.code == 1);
    CHECK(has(torn.out, "WRONG"));
    CHECK(has(torn.out, "does not play: "));
    CHECK_FALSE(has(torn.out, "--repair puts this right"));
    CHECK(appliance.run({"check"}).code == 0);  // rows and files agree
}

namespace {

/// A reading whose results are counted.
class Counted final : public record::FootageReading {
  public:
    Counted(std::unique_ptr<record::FootageReading> reading, int& results)
        : reading_(std::move(reading)), results_(results) {}

    std::optional<Result> result() override {
        auto result = reading_->result();
        if (result) ++results_;
        return result;
    }

  private:
    const std::unique_ptr<record::FootageReading> reading_;
    int& results_;
};

}  // namespace

TEST_CASE("the sample of the day reads what lies on the disk with the program that reads live streams") {
    Recorded appliance;
    const fs::path dir = appliance.site.config.recordingsDir();
    const fs::path daemon = fs::read_symlink("/proc/self/exe").parent_path() / "porchlightd";
    int begun = 0;
    int ended = 0;
    record::DailySample sample(*appliance.site.store, appliance.site.clock, dir,
                               [&](const base::Fd& file, microseconds span, std::uint64_t bytes) {
                                   ++begun;
                                   return std::make_unique<Counted>(
                                       std::make_unique<app::ProcessReading>(daemon, file, span, bytes),
                                       ended);
                               });
    sample.addCamera("porch");
    const auto problemAfter = [&](microseconds span) {
        appliance.site.clock.advance(span);
        sample.tick(true);
        for (const auto until = Monotonic::now() + 20s; ended < begun && Monotonic::now() < until;) {
            sample.tick(true);
            std::this_thread::sleep_for(5ms);
        }
        return sample.problem();
    };
    CHECK(problemAfter(11min).empty());
    CHECK((begun == 1 && ended == 1));
    appliance.site.clock.advance(23h);
    losePictures(appliance.keep(appliance.site.clock.wallNow() - 1min,
                                footage::readAll(dir / disk::recordingPath("porch", shelf::kStart))));
    CHECK(problemAfter(1h).empty());  // read once more, before it is told
    CHECK(has(problemAfter(30s), "does not play: "));
    CHECK((begun == 3 && ended == 3));
}

TEST_CASE("check --deep: what is being written and what went meanwhile is no finding; a reader is needed") {
    Recorded appliance;
    store::RecordingRow open;
    open.camera = "porch";
    open.path = "porch/2026-09-21/open.mp4";
    open.started_at = shelf::kStart + 1h;
    open.video = Codec::H264;
    appliance.site.store->recordings.insert(open);
    const auto gone = appliance.keep(shelf::kStart + 10s, {1, 2, 3});
    fs::remove(gone);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
    disk::CheckControl control;
    control.on_progress = [&](const std::string& step, std::uint64_t done, std::uint64_t total) {
        CHECK(step == "playback");
        progress.emplace_back(done, total);
    };
    const fs::path daemon = fs::read_symlink("/proc/self/exe").parent_path() / "porchlightd";
    const auto look = [&](const fs::path& program) {
        return app::checkDeep(*appliance.site.store, appliance.site.config.recordingsDir(), program, control);
    };
    CHECK(look(daemon).empty());
    REQUIRE_FALSE(progress.empty());
    for (const auto& [done, total] : progress) CHECK(done < total);
    CHECK_THROWS_AS(look("/nowhere/porchlightd"), Error);
    std::atomic<bool> is_over{true};
    control.cancel = base::Cancel(is_over);
    CHECK_THROWS_AS(look(daemon), base::Cancelled);
}

}  // namespace footage_commands_test
