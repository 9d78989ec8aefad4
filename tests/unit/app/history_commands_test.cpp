/// events, coverage, logs and check: what scripts and people are told of the past.
#include <sstream>

#include "base/log.h"
#include "base/log/log_file.h"
#include "command_line.h"
#include "store/sql/database.h"

namespace history_commands_test {

using namespace command_line;
using namespace std::chrono_literals;

namespace {

std::string idOf(int number) {
    char text[17];
    std::snprintf(text, sizeof text, "%016x", static_cast<unsigned>(number));
    return text;
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}

/// One with `count` events, a second apart.
struct Eventful : Appliance {
    explicit Eventful(int count) {
        for (int i = 1; i <= count; ++i) {
            site.addEvent(idOf(i));
            site.clock.advance(1s);
        }
    }
};

}  // namespace

TEST_CASE("events: more than one page of the daemon's is still one list, each once, newest first") {
    constexpr int kEvents = 507;  // where the daemon tells 500 at once
    const Eventful appliance(1);
    // At once: each of its own is synced.
    store::Database(appliance.site.config.databaseFile())
        .execute(
            ("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < " +
             std::to_string(kEvents) +
             ") INSERT INTO event (id, camera_id, state, started_at_us, ended_at_us, clip_started_at_us,"
             " score, area_percent, zone, label, has_thumbnail, is_kept, is_reviewed, note, close_reason)"
             " SELECT printf('%016x', i), camera_id, state, started_at_us + i, ended_at_us + i,"
             " clip_started_at_us + i, score, area_percent, zone, label, has_thumbnail, is_kept,"
             " is_reviewed, note, close_reason FROM event, n WHERE id = '" +
             idOf(1) + "'")
                .c_str());
    const auto all = linesOf(appliance.run({"events", "--limit", "1000", "--json"}).out);
    REQUIRE(all.size() == kEvents);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(has(all[i], idOf(kEvents - static_cast<int>(i))));
    CHECK(linesOf(appliance.run({"events", "--limit", "503", "--json"}).out).size() == 503);
    CHECK(linesOf(appliance.run({"events"}).out).size() == 100);
}

TEST_CASE("events: from and to in every notation choose by start, and cameras are told apart") {
    const Eventful appliance(10);  // from 14:13:20 on
    const auto count = [&](app::Words words) {
        words.insert(words.begin(), {"events", "--json"});
        return linesOf(appliance.run(words).out).size();
    };
    CHECK(count({"--from", "2026-09-21T14:13:25Z"}) == 5);
    CHECK(count({"--from=2026-09-21T14:13:22Z", "--to=2026-09-21T14:13:25Z"}) == 3);
    CHECK(count({"--to", "2026-09-21"}) == 0);
    CHECK(count({"--from", "2026-09-21", "--camera", "porch"}) == 10);
    CHECK(count({"--camera", "yard"}) == 0);
}

TEST_CASE("events: a row tells what its owner did with it, and what became of its footage") {
    Eventful appliance(1);
    auto row = *appliance.site.store->events.byId(idOf(1));
    row.footage_gone_reason = "age";
    appliance.site.store->events.update(row);
    appliance.site.store->events.setMarks(idOf(1), true, std::nullopt, std::nullopt);
    appliance.site.addEvent(idOf(2), store::EventState::Active);
    const Said said = appliance.run({"events"});
    const std::string closed = lineWith(said.out, idOf(1));
    CHECK(has(closed, "2026-09-21T14:13:20"));
    INFO(said.out);
    CHECK(has(closed, "motion   score 0.75 zone path kept (footage gone: age)"));
    CHECK(has(lineWith(said.out, idOf(2)), "running"));
}

TEST_CASE("coverage: shares that add up, of all cameras; of one also its intervals with causes") {
    Appliance appliance;
    const WallTime now = appliance.site.clock.wallNow();
    auto& coverage = appliance.site.store->coverage;
    coverage.append("porch", now - 1000s, false, "no_motion");
    coverage.append("porch", now - 400s, true, "");
    coverage.append("porch", now - 100s, false, "disabled", "by ada");
    const app::Words range{"--from", "2026-09-21T13:56:40Z", "--to", "2026-09-21T14:13:20Z"};
    app::Words words{"coverage"};
    words.insert(words.end(), range.begin(), range.end());
    const Said all = appliance.run(words);
    CHECK(all.code == 0);
    CHECK(has(lineWith(all.out, "recorded"), "300.0 s   30.00 %"));
    CHECK(has(lineWith(all.out, "no_motion"), "600.0 s   60.00 %"));
    CHECK(has(lineWith(all.out, "sum"), "1000.0 s  100.00 %  of them faults 0.0 s"));
    CHECK(has(all.out, "yard"));
    CHECK_FALSE(has(all.out, "by ada"));
    words.insert(words.end(), {"--camera", "porch"});
    const Said one = appliance.run(words);
    CHECK_FALSE(has(one.out, "yard"));
    CHECK(has(one.out, "2026-09-21T14:06:40.000  recorded         5 min"));
    CHECK(has(lineWith(one.out, "by ada"), "disabled"));
    CHECK(has(lineWith(one.out, "by ada"), "so far (by ada)"));
    words.emplace_back("--json");
    const auto ledger = appliance.run(words).json()->getArray("cameras")->getObject(0);
    CHECK(ledger->getValue<double>("recorded_s") + ledger->getValue<double>("gap_s") ==
          ledger->getValue<double>("wall_s"));
}

TEST_CASE("logs: the log's lines as they are, only errors where only errors are wanted, newest where few") {
    Appliance appliance;
    const fs::path folder = appliance.site.config.data_dir / "log";
    {
        base::LogFile file(folder, 1U << 20U);
        base::logInfo("camera/porch", "running");
        base::logError("camera/porch", "no route to host");
        base::logWarning("storage", "the disk is full");
        base::logInfo("camera/yard", "running");
    }
    const auto ask = [&](app::Words words) {
        words.insert(words.begin(), {"logs", "--since", "2020-01-01"});
        return linesOf(appliance.run(words).out);
    };
    const auto all = ask({});
    REQUIRE(all.size() >= 4);
    CHECK(has(lineWith(appliance.run({"logs", "--since", "2020-01-01"}).out, "no route"),
              "error   camera/porch: no route to host"));
    const auto errors = ask({"--errors"});
    CHECK(errors.size() == 2);
    CHECK(ask({"--errors", "--camera", "porch"}).size() == 1);
    const auto last = ask({"--limit", "1", "--json"});
    REQUIRE(last.size() == 1);
    CHECK(has(last[0], "camera/yard"));
    CHECK(ask({"--since", "2100-01-01"}) == std::vector<std::string>{"no lines"});
    CHECK(ask({"--since", "2100-01-01", "--json"}).empty());
}

TEST_CASE("check: of an appliance that never ran there is nothing to call clean, and no database is made") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    for (const bool is_there : {false, true}) {
        if (is_there) fs::create_directory(folder / "data");
        const Said said = run({"--config", config, "check"});
        CHECK(said.code == 1);
        CHECK(has(said.err, "there is no database " + (folder / "data/porchlight.db").string()));
        CHECK_FALSE(fs::exists(folder / "data/porchlight.db"));
    }
}

TEST_CASE("check: what others put among the recordings is a note, no finding, and stays as it is") {
    Appliance appliance;
    const fs::path recordings = appliance.site.config.recordingsDir();
    const fs::path film = recordings / "porch/holiday.mp4";
    fs::create_directories(film.parent_path());
    std::ofstream(film) << "no recording of ours";
    fs::last_write_time(film, fs::file_time_type::clock::now() - 1h);
    const Said note = appliance.run({"check"});
    INFO(note.out);
    CHECK(note.code == 0);
    CHECK(has(lineWith(note.out, "holiday.mp4"), "note"));
    CHECK(has(note.out, "clean"));
    CHECK(appliance.run({"check", "--repair"}).code == 0);
    CHECK(readAll(film) == "no recording of ours");
}

}  // namespace history_commands_test
