/// Database connections on loan.
#include "web/store_pool.h"

#include <thread>

#include "support/catch.h"
#include "support/folder.h"
#include "support/logged.h"

namespace store_pool_test {

using namespace porchlight;

TEST_CASE("a connection that is on loan for more than a second is told in the log") {
    const test::Folder folder;
    web::StorePool pool(folder / "a.db");
    test::Logged log;
    {
        const web::StorePool::Lease lease = pool.lease();
        std::this_thread::sleep_for(milliseconds{1050});
    }
    const std::string logged = log.takeText();
    CHECK(logged.starts_with("web lease of a database connection: held for 1"));
}

}  // namespace store_pool_test
