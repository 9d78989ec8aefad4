/// A connection that one thing holds for long is told in the log, with the statement.
#include <thread>

#include "fixture.h"
#include "store/sql/database.h"
#include "support/catch.h"
#include "support/logged.h"

namespace held_test {

using namespace porchlight;

TEST_CASE("a statement that holds its connection for more than a second is named in the log") {
    const test::Folder folder;
    store::Database database(folder / "a.db");
    database.execute("CREATE TABLE a (b INTEGER)");
    test::Logged log;
    database.run("INSERT INTO a VALUES (?)", std::int64_t{7});
    {
        store::Statement held = database.query("SELECT b FROM a WHERE b = ?", std::int64_t{7});
        CHECK(held.step());
        std::this_thread::sleep_for(milliseconds{1050});
    }
    const std::string logged = log.takeText();
    CHECK(logged.starts_with("store SELECT b FROM a WHERE b = ?: held for 1"));
}

TEST_CASE("a transaction that holds the database is named in the log; who waits for it is not") {
    const test::Folder folder;
    store::Database database(folder / "a.db");
    store::Database other(folder / "a.db");
    test::Logged log;
    std::thread waiting;
    {
        const store::Transaction held(database);
        waiting = std::thread([&] { store::Transaction(other).commit(); });
        std::this_thread::sleep_for(milliseconds{1200});
    }
    waiting.join();
    const std::string logged = log.takeText();
    CHECK(logged.starts_with("store transaction: held for 1"));
    CHECK(logged.find("BEGIN") == std::string::npos);
}

}  // namespace held_test
