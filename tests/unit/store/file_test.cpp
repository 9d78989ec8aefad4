/// The database as a file: upgrades, other writers, crashes, sizes.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <regex>
#include <thread>

#include "fixture.h"
#include "store/schema.h"
#include "store/soundness.h"
#include "support/catch.h"

namespace file_test {

using namespace porchlight;
using namespace porchlight::store;
using namespace porchlight::test;

namespace {

/// The schema as SQLite knows it, without comments and layout.
std::vector<std::string> schemaOf(Database& database) {
    std::vector<std::string> out;
    Statement rows =
        database.query("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
    while (rows.step()) {
        const std::string bare = std::regex_replace(rows.text(0), std::regex("--[^\n]*"), "");
        const std::string lean = std::regex_replace(bare, std::regex("\\s+"), " ");
        out.push_back(std::regex_replace(lean, std::regex(" ?([(),]) ?"),
                                         "$1"));  // ALTER TABLE lays out in its own way
    }
    return out;
}

ErrorKind kindOfOpening(const std::filesystem::path& file, std::string& text) {
    try {
        const Store store(file);
    } catch (const Error& error) {
        text = error.what();
        return error.kind();
    }
    return {};
}

}  // namespace

TEST_CASE("schema.sql is what all upgrades together make") {
    const Folder folder;
    Database fresh(folder / "fresh.db");
    prepareSchema(fresh, folder / "fresh.db");
    Database upgraded(folder / "upgraded.db");
    for (const Upgrade& step : kUpgrades) upgraded.execute(step.sql);
    CHECK(schemaOf(fresh) == schemaOf(upgraded));
    CHECK(schemaOf(fresh).size() > 10);
    CHECK(fresh.single("PRAGMA user_version") == kUpgrades.back().version);
}

TEST_CASE("an older database is backed up and upgraded; a failing step changes nothing") {
    const Folder folder;
    const auto file = folder / "a.db";
    const Upgrade steps[] = {{1, "0001-one", "CREATE TABLE t (a INTEGER)"},
                             {2, "0002-two", "ALTER TABLE t ADD COLUMN b TEXT"},
                             {3, "0003-three", "CREATE TABLE u (c INTEGER); INSERT INTO missing VALUES (1)"}};
    Database database(file);
    prepareSchema(database, file, steps[0].sql, std::span(steps, 1));
    database.run("INSERT INTO t (a) VALUES (7)");
    prepareSchema(database, file, "unused", std::span(steps, 2));
    CHECK(database.single("PRAGMA user_version") == 2);
    CHECK(database.single("SELECT a FROM t WHERE b IS NULL") == 7);
    REQUIRE(std::filesystem::exists(file.string() + ".v1.backup"));
    {
        Database backup(file.string() + ".v1.backup");
        CHECK(backup.single("PRAGMA user_version") == 1);
        CHECK(backup.single("SELECT a FROM t") == 7);
    }
    CHECK_THROWS_AS(prepareSchema(database, file, "unused", std::span(steps, 3)), Error);
    CHECK(database.single("PRAGMA user_version") == 2);
    CHECK(database.single("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == 0);
}

TEST_CASE("tokens get their owners at the upgrade, and failed logins lose what was typed as names") {
    const Folder folder;
    const auto file = folder / "a.db";
    {
        Database database(file);
        database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
        for (const Upgrade& step : kUpgrades.first(5)) database.execute(step.sql);
        database.execute(
            "PRAGMA user_version = 5;"
            "INSERT INTO user (name, password_hash, role, created_at_us) VALUES ('ada', 'h', 'admin', 10), "
            "('eve', 'h', 'admin', 900);"
            "INSERT INTO api_token VALUES (printf('%064d', 1), 'of-ada', 'viewer', 100), (printf('%064d', "
            "2), 'of-eve', 'admin', 100),"
            " (printf('%064d', 3), 'of-bob', 'admin', 100), (printf('%064d', 4), 'machine', 'admin', 100), "
            "(printf('%064d', 5), 'old', 'admin', 5);"
            "INSERT INTO audit (at_us, user, address, action, detail) VALUES (100, 'ada', '', 'token_add', "
            "'of-ada as viewer'),"
            " (100, 'eve', '', 'token_add', 'of-eve as admin'), (100, 'bob', '', 'token_add', 'of-bob as "
            "admin'),"
            " (100, 'local', '', 'token_add', 'machine as admin'), (300, 'ada', '192.0.2.1', 'login_failed', "
            "''),"
            " (200, 'ada', '192.0.2.1', 'login_failed', ''), (400, 'AdminPassw0rd!', '192.0.2.1', "
            "'login_failed', '')");
    }
    Store store(file);
    std::map<std::string, std::string> makers;
    for (const auto& token : store.accounts.tokens())
        makers[token.name] = token.maker + (token.user_id ? "'s" : "");
    // Bob is gone; the eve of today is another one than she who made the token. What is not known stays, and
    // is shown as that.
    CHECK(makers ==
          std::map<std::string, std::string>{{"machine", "local"}, {"of-ada", "ada's"}, {"old", ""}});
    AuditFilter removals;
    removals.action = "token_remove";
    CHECK(store.audit.newest(10, removals).size() == 2);
    const auto failed = store.audit.failedLogins(10);
    REQUIRE(failed.size() == 2);
    CHECK(failed[0].user == "unknown");
    CHECK(failed[1].tries == 2);
    CHECK(failed[1].first_at == WallTime(microseconds{200}));
    CHECK(store.check().empty());
    store.forgetBefore(WallTime(microseconds{350}));
    CHECK(store.audit.failedLogins(10).size() == 1);
}

TEST_CASE("a newer schema, another program's database and a file of noise are refused with what to do") {
    const Folder folder;
    { const Store store(folder / "porchlight.db"); }
    {
        Database database(folder / "porchlight.db");
        database.execute("PRAGMA user_version = 99");
    }
    std::string text;
    CHECK(kindOfOpening(folder / "porchlight.db", text) == ErrorKind::Misconfigured);
    CHECK(text.find("newer Porchlight (schema version 99") != std::string::npos);
    {
        Database other(folder / "other.db");
        other.execute("CREATE TABLE recipes (name TEXT)");
    }
    CHECK(kindOfOpening(folder / "other.db", text) == ErrorKind::Misconfigured);
    CHECK(text.find("another program") != std::string::npos);
    std::ofstream(folder / "noise.db") << std::string(5000, 'x');
    CHECK(kindOfOpening(folder / "noise.db", text) == ErrorKind::Misconfigured);
    CHECK(text.find("restore") != std::string::npos);
    CHECK(kindOfOpening(folder / "no" / "such" / "folder.db", text) == ErrorKind::Misconfigured);
}

TEST_CASE("a process killed while writing leaves a clean database with everything it had confirmed") {
    const Folder folder;
    { const Store store(folder / "porchlight.db"); }
    for (int round = 0; round < 3; ++round) {
        int confirmed[2];
        REQUIRE(::pipe(confirmed) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            Store store(folder / "porchlight.db");
            for (std::int64_t i = round * 100'000;; ++i) {
                store.events.insert(openEvent(i));
                store.health.insert({"porch", at(i), "running", 100, "", ""});
                if (::write(confirmed[1], &i, sizeof i) != sizeof i) ::_exit(1);
            }
        }
        ::close(confirmed[1]);
        std::int64_t last = -1;
        for (int i = 0; i < 50; ++i) REQUIRE(::read(confirmed[0], &last, sizeof last) == sizeof last);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        for (std::int64_t more = 0; ::read(confirmed[0], &more, sizeof more) == sizeof more;) last = more;
        ::close(confirmed[0]);
        Store store(folder / "porchlight.db");
        CHECK(store.check().empty());
        CHECK(store.events.byId(eventId(last)).has_value());
        CHECK(store.meta.get("in_use").has_value());
    }
    Database database(folder / "porchlight.db");
    CHECK_FALSE(database.single("SELECT 1 FROM meta WHERE key = 'in_use'").has_value());  // closed properly
}

TEST_CASE("damage is found beside the work after a crash, and keeps nobody from opening") {
    const Folder folder;
    {
        Store store(folder / "porchlight.db");
        for (int i = 0; i < 500; ++i)
            store.health.insert({"porch", at(i), "running", 100, "", std::string(100, 'd')});
        store.tidy();
    }
    {
        Database database(folder / "porchlight.db");  // what a power cut leaves behind
        database.run(
            "INSERT INTO meta (key, value) VALUES ('in_use', '1 0 another-boot') ON CONFLICT DO NOTHING");
    }
    {
        std::fstream file(folder / "porchlight.db", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(40 * 4096);
        file << std::string(3 * 4096, '\xee');
    }
    Store store(folder / "porchlight.db");
    CHECK(store.isUnproven());
    const SoundnessCheck check(folder / "porchlight.db");
    const auto until = Deadline::in(std::chrono::seconds(20));
    while (!check.verdict() && !until.isPast()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    REQUIRE(check.verdict());
    INFO(*check.verdict());
    CHECK(check.verdict()->find("Page") != std::string::npos);
}

TEST_CASE("two connections write at once and wait for each other") {
    const Folder folder;
    Store first(folder / "porchlight.db");
    const auto write = [](Store& store, std::int64_t from) {
        for (std::int64_t i = from; i < from + 100; ++i)
            store.events.insert(openEvent(i, i % 2 ? "porch" : "gate"));
    };
    std::thread other([&] {
        Store second(folder / "porchlight.db");
        write(second, 1000);
    });
    write(first, 0);
    other.join();
    EventFilter filter;
    filter.limit = 500;
    CHECK(first.event_pages.page(filter).events.size() == 200);
    CHECK(first.meta.get("in_use").has_value());  // the second one leaves the mark of the first
    CHECK(first.check().empty());
}

TEST_CASE("a page of 100 000 events is read from an index, at the end as fast as at the start") {
    const Folder folder;
    Store store(folder / "porchlight.db");
    store.ensureCamera("porch", "Porch");
    store.ensureCamera("gate", "Gate");
    Database database(folder / "porchlight.db");
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        "INSERT INTO event SELECT printf('%016x', i), 1 + (i % 2), 'closed', i * 1000000, i * 1000000 + 5, i "
        "* 1000000 - 5,"
        " i * 1000000 + 9, 0.5, 1.0, CASE i % 10 WHEN 0 THEN 'path' ELSE '' END, 'motion', 0, i % 1000 = 0, "
        "i % 3 > 0, '', 'quiet', '', NULL"
        " FROM n");
#ifdef PORCHLIGHT_SANITIZED
    constexpr milliseconds kLongest{1'000};
#else
    constexpr milliseconds kLongest{50};
#endif
    // The best of three: other programs may take the processor in between.
    const auto timed = [&](const EventFilter& filter) {
        Monotonic::duration best = seconds{9};
        for (int i = 0; i < 3; ++i) {
            const auto before = Monotonic::now();
            CHECK(store.event_pages.page(filter).events.size() == 50);
            best = std::min(best, Monotonic::now() - before);
        }
        return best;
    };
    EventFilter all;
    EventFilter deep;
    deep.cursor = "100000000-" + eventId(100);
    EventFilter porch;
    porch.cameras = {"porch"};
    EventFilter zone;
    zone.zone = "path";
    EventFilter kept;
    kept.is_kept = true;
    EventFilter unseen;
    unseen.is_reviewed = false;
    for (const EventFilter& filter : {all, deep, porch, zone, kept, unseen}) {
        INFO("cameras " << filter.cameras.size() << " zone " << filter.zone << " cursor " << filter.cursor);
        CHECK(timed(filter) < kLongest);
        const auto plans = store.event_pages.explain(filter);
        CHECK(!plans.empty());
        for (const std::string& plan : plans) {
            INFO(plan);
            CHECK(plan.find("SEARCH event USING COVERING INDEX") != std::string::npos);
            CHECK(plan.find("SCAN") == std::string::npos);
            CHECK(plan.find("TEMP B-TREE") == std::string::npos);
        }
    }
}

}  // namespace file_test
