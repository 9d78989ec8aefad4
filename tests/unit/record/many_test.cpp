// Much to compare: in slices, until it is told to end, beside recording.
#include <ctime>

#include "rig.h"
#include "store/soundness.h"
#include "store/sql/database.h"

namespace many_test {

using namespace rig;

TEST_CASE("files that somebody deleted are called gone in the problems, also after another start") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 1s; };
    rig.start(config::RecordMode::Continuous);
    rig.feed(footage::split(footage::make(rig.folder, "s.mp4"), kStart), 0, 12);
    rig.recorder->stop();
    const auto files = listRecordings(rig.options().recordings_dir);
    REQUIRE(files.size() >= 3);
    fs::remove(rig.options().recordings_dir / files[0]);
    fs::remove(rig.options().recordings_dir / files[1]);
    for (int start = 0; start < 2; ++start) {
        rig.issues.clear();
        rig.start(config::RecordMode::Continuous);
        rig.pass(1ms);
        CHECK(contains(rig.recorder->storage().problems, "2 recordings of porch are gone"));
        rig.recorder->stop();
        REQUIRE(!rig.issues.empty());
        CHECK(rig.issues.front().kind == "files");
        CHECK(rig.issues.front().state == "gone");
        CHECK(contains(rig.issues.front().problems, "2 recordings of porch are gone"));
    }
    CHECK(rig.store().recordings.at(files[0].string())->gone_reason == "lost");
    rig.clock.advance(25h);
    rig.start(config::RecordMode::Continuous);
    rig.pass(1ms);
    CHECK(rig.recorder->storage().problems.empty());
}

TEST_CASE("footage that is found after a start is recorded in the ledger") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 2s; };
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    rig.start(config::RecordMode::Continuous);
    for (int i = 0; i < 50 && !rig.store().coverage.start("porch"); ++i)
        rig.pass(1ms);  // the ledger begins with a tick
    for (const auto& fragment : stream.fragments) {
        rig.recorder->onFragment("porch", fragment);
        rig.settle();
        rig.clock.advance(fragment->duration);
    }
    rig.pass(1s);
    rig.recorder->stop();
    {
        store::Database database(rig.options().database_file);
        database.run("DELETE FROM recording WHERE started_at_us > ?",
                     kStart + 3s);  // as in a backup that is older
        database.run("UPDATE coverage SET kind = 'gap', cause = 'no_frames' WHERE kind = 'recorded'");
    }
    rig.start(config::RecordMode::Continuous);
    rig.pass(1s);
    rig.recorder->stop();
    auto store = rig.store();
    CHECK(store.coverage.sums("porch", kStart, kStart + 6s)[""] >= 1500ms);
    CHECK(store.check().empty());
}

TEST_CASE(
    "a database that was left open is looked through beside recording; damage is told and stops nothing") {
    Rig rig;
    rig.start(config::RecordMode::Continuous);
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    rig.feed(stream, 0, 4);
    {
        auto store = rig.store();
        for (int i = 0; i < 300; ++i)
            store.audit.insert({kStart, "somebody", "", "tried", std::string(400, 'x')});
    }
    rig.recorder->stop();
    const auto file = rig.options().database_file;
    bool is_damaged = GENERATE(false, true);
    {
        store::Database database(file);
        database.run(
            "INSERT INTO meta (key, value) VALUES ('in_use', '1 2 3')");  // a process that is no more
        const auto page = database.single("SELECT rootpage FROM sqlite_schema WHERE name = 'audit'").value();
        const auto size = database.single("PRAGMA page_size").value();
        database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        if (is_damaged) {
            std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
            out.seekp((page - 1) * size + 8);
            out.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
        }
    }
    rig.start(config::RecordMode::Continuous);
    rig.feed(stream, 4, 8);
    for (int i = 0;
         i < 50 && rig.store().isUnproven() && !contains(rig.recorder->storage().problems, "damaged"); ++i)
        rig.pass(1ms);
    CHECK(contains(rig.recorder->storage().problems, "damaged") == is_damaged);
    CHECK(rig.store().isUnproven() == is_damaged);
    rig.pass(1ms);
    CHECK(rig.recorder->status()["porch"].is_recording);
}

TEST_CASE("looking through a large database ends at once when it is told to") {
    const footage::Folder folder;
    const fs::path file = folder / "porchlight.db";
    {
        store::Store store(file);
        store::Database database(file);
        database.run(
            "INSERT INTO audit (at_us, user, address, action, detail) WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i, 'u', '', 'a', "
            "printf('%0800d', i) FROM n");
    }
    const auto timed = [&](const base::Cancel& cancel, bool ends) {
        store::Database database(file);
        const store::Interruptible interruptible(database, cancel);
        const auto began_at = Monotonic::now();
        const auto look = [&] {
            database.query("PRAGMA quick_check(5)").step();
            cancel.check();
        };
        if (ends)
            CHECK_THROWS_AS(look(), base::Cancelled);
        else
            look();
        return Monotonic::now() - began_at;
    };
    // The best of three: other programs may take the processor in between.
    auto ended_after = timed(base::Cancel(Deadline::in(1ms)), true);
    for (int i = 0; i < 2; ++i)
        ended_after = std::min(ended_after, timed(base::Cancel(Deadline::in(1ms)), true));
    CHECK(ended_after < timed({}, false) / 2 + 20ms);
}

// PORCHLIGHT_MANY=200000 measures what docs/storage.md tells; a few are enough to see that nobody waits.

TEST_CASE("however many recordings there are, a start does not wait for them") {
    const char* wanted = std::getenv("PORCHLIGHT_MANY");
    const int count = wanted ? std::atoi(wanted) : 4000;
    Rig rig;
    rig.adjust = [](RecorderOptions& options) {
        options.storage.max_bytes = 0, options.storage.max_age = microseconds{0};
    };
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4"), kStart);
    const auto dir = rig.options().recordings_dir;
    const fs::path small = rig.folder / "small.mp4";
    for (int i = 0; i < count; ++i) {
        const auto path = dir / recordingPath("old", kStart - 24h * (1 + i / 2000) + 1s * (i % 2000));
        if (i % 2000 == 0) fs::create_directories(path.parent_path());
        if (i % 50'000 == 0) {  // ext4 takes 65,000 names of one file
            auto bytes = stream.init->bytes;
            bytes.insert(bytes.end(), stream.fragments[0]->bytes.begin(), stream.fragments[0]->bytes.end());
            fs::remove(small);
            footage::writeAll(small, bytes);
        }
        fs::create_hard_link(small, path);
    }
    const auto size = fs::file_size(small);
    const auto measured = [&](const char* what) {
        const auto began_at = Monotonic::now();
        const auto passed = [&] {
            return std::chrono::duration_cast<milliseconds>(Monotonic::now() - began_at);
        };
        rig.start(config::RecordMode::Continuous);
        const auto started = passed();
        rig.feed(stream, 0, 6);
        microseconds longest{0};
        const auto wait = [&] {
            const auto asked_at = Monotonic::now();
            rig.settle();
            longest =
                std::max(longest, std::chrono::duration_cast<microseconds>(Monotonic::now() - asked_at));
            std::this_thread::sleep_for(5ms);
        };
        while (!rig.recorder->status()["porch"].is_recording) wait();
        const auto recording = passed();
        CHECK(started < 20s);
        std::size_t told = 0;
        while (const auto work = rig.recorder->storage().housekeeping) {
            told += work->files_done > 0 ? 1 : 0;
            wait();
        }
        WARN(count << " recordings " << what << ": started after " << started.count()
                   << " ms, recording after " << recording.count() << " ms, compared after "
                   << passed().count() << " ms (progress seen " << told << " times); others waited "
                   << longest.count() / 1000 << " ms at most");
        CHECK(rig.recorder->storage().problems.empty());
        rig.recorder->stop();
        CHECK(rig.store().recordings.totals()["old"].files == static_cast<std::uint64_t>(count));
        CHECK(rig.store().recordings.totals()["old"].bytes == size * static_cast<std::uint64_t>(count));
        CHECK(rig.store().recordings.checkTotals(false).empty());
    };
    measured("without a database");
    store::Database(rig.options().database_file)
        .run("INSERT INTO meta (key, value) VALUES ('in_use', '1 2 3')");
    measured("after a crash");
}

namespace {

microseconds processorTime() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return seconds{now.tv_sec} + microseconds{now.tv_nsec / 1000};
}

/// What it costs to ask for each of `count` cameras by itself, as whoever shows all cameras does: the best
/// of a few.
microseconds costOfAskingEach(int count) {
    Rig rig;
    rig.start(config::RecordMode::Off);
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        CameraRecording camera;
        camera.name = "camera-" + std::to_string(i);
        camera.mode = config::RecordMode::Off;
        rig.recorder->addCamera(camera);
        names.push_back(camera.name);
    }
    for (int i = 0; i < 50 && !rig.recorder->status(names.back()); ++i) rig.pass(1ms);
    microseconds best{microseconds::max()};
    for (int round = 0; round < 10; ++round) {
        const auto began_at = processorTime();
        std::size_t known = 0;
        for (int again = 0; again < 50; ++again)
            for (const std::string& name : names) known += rig.recorder->status(name) ? 1 : 0;
        REQUIRE(known == 50 * names.size());
        best = std::min(best, processorTime() - began_at);
    }
    return best;
}

}  // namespace

TEST_CASE("the state of all cameras cost as much as their number squared") {
    const auto few = costOfAskingEach(16);
    const auto many = costOfAskingEach(128);
    INFO("16 cameras: " << few.count() << " us, 128: " << many.count() << " us");
    CHECK(many < 24 * few);  // eight times as many; 64 if it were their square
}

}  // namespace many_test
