#include <set>
#include <string>

#include "fixture.h"
#include "support/catch.h"

namespace history_test {

using namespace porchlight;
using namespace porchlight::store;
using namespace porchlight::test;

/// The oldest that holds no kept event.
std::optional<RecordingRow> oldestOf(Store& store) {
    for (auto& candidate : store.recordings.oldest("", WallTime::min(), 0, 64))
        if (!candidate.is_held) return candidate.row;
    return std::nullopt;
}

TEST_CASE("an event keeps every field through its life, and the owner's marks survive the engine") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    EventRow row = openEvent(1);
    row.zone = "path";
    row.score = 0.5;
    store.events.insert(row);
    REQUIRE(store.events.unfinished().size() == 1);
    store.events.setMarks(row.id, true, std::nullopt, std::string("the cat"));
    row.state = EventState::Closed;
    row.ended_at = at(70);
    row.clip_ended_at = at(80);
    row.score = 0.9;
    row.area_percent = 3.5;
    row.has_thumbnail = true;
    row.close_reason = "quiet";
    store.events.update(row);
    const EventRow read = store.events.byId(row.id).value();
    CHECK(read.camera == "porch");
    CHECK(read.state == EventState::Closed);
    CHECK(read.started_at == at(60));
    CHECK(read.ended_at == at(70));
    CHECK(read.clip_started_at == at(55));
    CHECK(read.clip_ended_at == at(80));
    CHECK(read.score == 0.9);
    CHECK(read.area_percent == 3.5);
    CHECK(read.zone == "path");
    CHECK(read.label == "motion");
    CHECK(read.has_thumbnail);
    CHECK(read.is_kept);
    CHECK_FALSE(read.is_reviewed);
    CHECK(read.note == "the cat");
    CHECK(read.close_reason == "quiet");
    CHECK(store.events.unfinished().empty());
    store.events.markFootageGone("porch", at(79), at(200), "age");
    CHECK(store.events.byId(row.id)->footage_gone_reason == "age");
}

TEST_CASE("invalid events are refused by the schema") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    EventRow row = openEvent(1);
    row.id = "not hexadecimal!";
    CHECK_THROWS_AS(store.events.insert(row), Error);
    row = openEvent(1);
    row.state = EventState::Closed;  // without an end
    CHECK_THROWS_AS(store.events.insert(row), Error);
    CHECK(store.check().empty());
}

TEST_CASE("pages of events join without a hole or a double, also among equal start times") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    for (int i = 1; i <= 23; ++i) store.events.insert(openEvent(i, i % 2 ? "porch" : "gate", 100 + i / 5));
    EventFilter filter;
    filter.limit = 5;
    const auto ids = walk(store, filter);
    REQUIRE(ids.size() == 23);
    for (int i = 0; i < 23; ++i) CHECK(ids[static_cast<std::size_t>(i)] == eventId(23 - i));
    filter = {};
    filter.cameras = {"gate"};
    CHECK(store.event_pages.page(filter).events.size() == 11);
    filter.cameras = {"nowhere"};
    CHECK(store.event_pages.page(filter).events.empty());
    filter = {};
    filter.from = at(101);
    filter.to = at(102);
    CHECK(store.event_pages.page(filter).events.size() == 5);
    filter.cursor = "1; DROP TABLE event";
    CHECK_THROWS_AS(store.event_pages.page(filter), Error);
}

TEST_CASE("recordings: open, finished, overlapping, gone; kept events protect them") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto first = store.recordings.insert(recording("porch/a.mp4", 0));
    CHECK(store.recordings.unfinished().size() == 1);
    CHECK_FALSE(oldestOf(store).has_value());
    store.recordings.finish(first, at(60), 1000);
    const auto second = store.recordings.insert(recording("porch/b.mp4", 60));
    store.recordings.finish(second, at(120), 2000);
    CHECK(store.recordings.bytes() == 3000);
    CHECK(store.recordings.knows("porch/a.mp4"));
    CHECK_FALSE(store.recordings.knows("porch/c.mp4"));
    CHECK(store.recordings.overlapping("porch", at(10), at(60)).size() == 1);
    CHECK(store.recordings.overlapping("porch", at(10), at(61)).size() == 2);
    CHECK(store.recordings.overlapping("gate", at(0), at(100)).empty());
    EventRow kept = closedEvent(0);
    kept.started_at = at(30);
    kept.clip_started_at = at(25);
    kept.ended_at = at(35);
    kept.clip_ended_at = at(40);
    store.events.insert(kept);
    CHECK(oldestOf(store)->id == first);
    store.events.setMarks(kept.id, true, std::nullopt, std::nullopt);
    CHECK(oldestOf(store)->id == second);
    store.recordings.markGone(second, "bytes");
    CHECK_FALSE(oldestOf(store).has_value());
    CHECK(store.recordings.bytes() == 1000);
    CHECK(store.recordings.knows("porch/b.mp4"));
    CHECK_THROWS_AS(store.recordings.insert(recording("porch/a.mp4", 5)), Error);
}

TEST_CASE(
    "a recording to be read back is finished, long enough, of its camera and time, on the volume and not "
    "gone") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto add = [&store](const std::string& path, std::int64_t from, std::int64_t span,
                              const std::string& camera = "porch", std::uint64_t bytes = 1000) {
        const auto id = store.recordings.insert(recording(path, from, camera));
        if (span > 0) store.recordings.finish(id, at(from + span), bytes);
        return id;
    };
    const auto any = [&store](bool wants_newest, const std::string& camera = "porch") {
        const auto row = store.recordings.anyFinished(camera, at(50), at(1000), seconds(2), wants_newest);
        return row ? row->path : "none";
    };
    add("porch/older.mp4", 50, 60);
    add("porch/short.mp4", 100, 1);
    add("porch/being-written.mp4", 200, 0);
    add(".spool/porch/spooled.mp4", 300, 60);
    store.recordings.markGone(add("porch/gone.mp4", 400, 60), "age");
    add("porch/empty.mp4", 500, 60, "porch", 0);
    add("gate/other.mp4", 600, 60, "gate");
    add("porch/newer.mp4", 1000, 60);
    CHECK(any(false) == "none");
    CHECK(any(true) == "none");
    CHECK(any(true, "nowhere") == "none");
    add("porch/later.mp4", 800, 60);
    add("porch/sooner.mp4", 700, 2);
    add("porch/begun-last.mp4", 900, 30);
    CHECK(any(true) == "porch/begun-last.mp4");
    CHECK(any(false, "gate") == "gate/other.mp4");
    std::set<std::string> drawn;
    for (int i = 0; i < 200; ++i) drawn.insert(any(false));
    CHECK(drawn == std::set<std::string>{"porch/begun-last.mp4", "porch/later.mp4", "porch/sooner.mp4"});
}

TEST_CASE("a clock that steps back while recording cannot end a recording before its start") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto id = store.recordings.insert(recording("porch/a.mp4", 100));
    store.recordings.finish(id, at(40), 5);
    CHECK(store.recordings.unfinished().empty());
    CHECK(oldestOf(store)->ended_at == at(100));
}

TEST_CASE("the coverage ledger is contiguous whatever is appended") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    store.coverage.append("porch", at(0), true, "");
    store.coverage.append("porch", at(10), true, "");  // the same again
    store.coverage.append("porch", at(20), false, "unplugged");
    store.coverage.append("porch", at(15), false, "no_frames");  // a clock step: the gap's cause becomes this
    store.coverage.append("porch", at(50), true, "");
    CHECK_THROWS_AS(store.coverage.append("porch", at(60), false, ""), Error);  // a gap without cause
    const auto rows = store.coverage.between("porch", at(5), at(100));
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].started_at == at(0));
    CHECK(rows[0].is_recorded);
    CHECK(rows[1].cause == "no_frames");
    CHECK_FALSE(rows[2].ended_at.has_value());
    for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i].started_at == rows[i - 1].ended_at);
    CHECK(store.coverage.between("porch", at(25), at(30)).size() == 1);
    CHECK(store.coverage.between("porch", at(-50), at(1)).size() == 1);
    CHECK(store.check().empty());
}

TEST_CASE("health and recovery history read newest first and can be shortened") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    store.health.insert({"porch", at(1), "offline", 60, "connection_error", "refused"});
    store.health.insert({"porch", at(2), "running", 100, "", ""});
    store.health.insertRecovery({"porch", at(1), 3, "killed the worker\nstarted it again", seconds{2},
                                 "recovered", "manual", "hung"});
    const auto rows = store.health.between("porch", at(0), at(10), 10);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].state == "running");
    CHECK(rows[1].issue == "connection_error");
    CHECK(store.health.between("porch", at(0), at(10), 1).size() == 1);
    REQUIRE(store.health.recoveries("porch", at(0), at(10), 10).size() == 1);
    CHECK(store.health.recoveries("porch", at(0), at(10), 10)[0].duration == seconds{2});
    store.forgetBefore(at(2));
    CHECK(store.health.between("porch", at(0), at(10), 10).size() == 1);
    CHECK(store.health.recoveries("porch", at(0), at(10), 10).empty());
}

TEST_CASE(
    "history of the time when all that only the owner can put right was called auth_refused is told by its "
    "true names") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    struct Row {
        const char* issue;
        const char* detail;
        const char* shown;
    };
    const Row rows[] = {
        {"auth_refused", "open rtsp://192.0.2.1: auth refused (401): check user and password",
         "auth_refused"},
        {"auth_refused", "open http://192.0.2.1: not found (404): check the path of the URL", "not_found"},
        {"auth_refused", "open /srv/a.mp4: no such file", "not_found"},
        {"auth_refused", "open /srv/a.webm: its video is vp9; set the camera to H.264, H.265 or MJPEG",
         "not_supported"},
        {"auth_refused", "open /srv/a.txt: not a video (no known container in it)", "misconfigured"},
        {"connection_error", "no such file", "connection_error"}};
    for (const Row& row : rows) {
        INFO(row.detail);
        const std::string camera = "cam-" + std::to_string(&row - rows);
        store.health.insert({camera, at(1), "offline", 90, row.issue, row.detail});
        IncidentRow incident;
        incident.camera = camera;
        incident.started_at = at(1);
        incident.kind = "critical";
        incident.issue = row.issue;
        incident.detail = row.detail;
        store.incidents.note(incident);
        store.health.insertRecovery(
            {camera, at(1), 2, row.detail, microseconds(1), "failed", "manual", row.issue});
        CHECK(store.health.between(camera, at(0), at(9), 9).at(0).issue == row.shown);
        CHECK(store.incidents.between(camera, at(0), at(9), 9).at(0).issue == row.shown);
        CHECK(store.health.recoveries(camera, at(0), at(9), 9).at(0).kind == row.shown);
    }
}

TEST_CASE("accounts: names are unique, a new password and a removal end sessions") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto id = store.accounts.insert({0, "ada", "hash", Role::Admin, at(0)});
    try {
        store.accounts.insert({0, "ada", "other", Role::Viewer, at(0)});
        FAIL("the name was taken twice");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Misconfigured);
    }
    CHECK(store.accounts.byName("ada")->role == Role::Admin);
    CHECK(store.accounts.byId(id)->name == "ada");
    const SessionRow session{std::string(64, 'a'), id, at(0), at(100), "192.0.2.7", "browser"};
    store.accounts.insertSession(session);
    CHECK(store.accounts.session(session.token_hash)->user_id == id);
    store.accounts.removeExpiredSessions(at(99));
    CHECK(store.accounts.session(session.token_hash).has_value());
    CHECK(store.accounts.setPassword("ada", "new"));
    CHECK_FALSE(store.accounts.session(session.token_hash).has_value());
    store.accounts.insertSession(session);
    CHECK(store.accounts.remove("ada") == UserRemoval::LastAdmin);
    store.accounts.insert({0, "eve", "hash", Role::Admin, at(0)});
    CHECK(store.accounts.remove("ada") == UserRemoval::Done);
    CHECK(store.accounts.remove("ada") == UserRemoval::NoSuchUser);
    CHECK_FALSE(store.accounts.session(session.token_hash).has_value());
    CHECK_FALSE(store.accounts.setPassword("ada", "x"));
    store.accounts.insertToken({std::string(64, 'b'), "backup", Role::Viewer, at(0), {}, "", {}});
    CHECK_THROWS_AS(
        store.accounts.insertToken({std::string(64, 'c'), "backup", Role::Viewer, at(0), {}, "", {}}), Error);
    CHECK(store.accounts.token(std::string(64, 'b'))->name == "backup");
    CHECK(store.accounts.tokens().size() == 1);
    CHECK(store.accounts.removeToken("backup"));
    store.audit.insert({at(1), "ada", "192.0.2.7", "login", ""});
    store.audit.insert({at(2), "local", "", "user_remove", "ada"});
    CHECK(store.audit.newest(1).at(0).action == "user_remove");
    CHECK(store.audit.hasLoggedInFrom("ada", "192.0.2.7"));
    CHECK_FALSE(store.audit.hasLoggedInFrom("ada", "192.0.2.8"));
    CHECK_FALSE(store.audit.hasLoggedInFrom("eve", "192.0.2.7"));
}

TEST_CASE(
    "regression: a session is renewed in place; a login replaces the browser's earlier one in one step") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    const auto id = store.accounts.insert({0, "ada", "hash", Role::Admin, at(0)});
    const SessionRow first{std::string(64, 'a'), id, at(0), at(100), "192.0.2.7", "browser"};
    const SessionRow second{std::string(64, 'b'), id, at(50), at(200), "192.0.2.7", "browser"};
    store.accounts.insertSession(first);
    CHECK(store.accounts.renewSession(first.token_hash, at(150)));
    CHECK_FALSE(store.accounts.renewSession(first.token_hash, at(150)));
    CHECK_FALSE(store.accounts.renewSession(second.token_hash, at(150)));
    CHECK(store.accounts.session(first.token_hash)->expires_at == at(150));
    CHECK_THROWS_AS(store.accounts.openSession({std::string(64, 'c'), id + 1, at(50), at(200), "", ""},
                                               first.token_hash, {at(50), "ada", "", "login", ""}),
                    Error);
    CHECK(store.accounts.session(first.token_hash).has_value());
    CHECK(store.audit.newest(10).empty());
    store.accounts.openSession(second, first.token_hash, {at(50), "ada", "192.0.2.7", "login", ""});
    CHECK_FALSE(store.accounts.session(first.token_hash).has_value());
    CHECK(store.accounts.session(second.token_hash).has_value());
    CHECK(store.audit.newest(10).size() == 1);
}

}  // namespace history_test
