/// Ports that cannot be had: why, by whom, and what to do.
#include <sys/socket.h>

#include <fstream>

#include "fixture.h"
#include "http/door/port_holder.h"
#include "support/catch.h"

namespace port_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::http;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

TEST_CASE("a port that is refused to this user is explained with what to do") {
    CHECK(explainRefusedPort(443).find("8443") != std::string::npos);
    CHECK(explainRefusedPort(443).find("AmbientCapabilities=CAP_NET_BIND_SERVICE") != std::string::npos);
    CHECK(explainRefusedPort(8443).find("web.port") != std::string::npos);
}

TEST_CASE("a port in use is refused with the name of who holds it") {
    Site site;
    config::Config config = site.config;
    config.data_dir = site.folder / "other";
    std::filesystem::create_directories(config.data_dir);
    config.web.port = site.server->port();
    const Services services{config,
                            site.cameras,
                            site.changes,
                            site.clock,
                            [] { return std::vector<plugin::Listing>{}; },
                            [] { return SystemInfo{}; },
                            site.folder / "webroot",
                            "1",
                            {}};
    try {
        Server second(services);
        FAIL("the port is taken");
    } catch (const Error& error) {
        INFO(error.what());
        CHECK(error.kind() == ErrorKind::Misconfigured);
        CHECK(std::string(error.what()).find("in use by pid " + std::to_string(::getpid()) + " (") !=
              std::string::npos);
    }
    CHECK(http::portHolder(1).empty());
}

TEST_CASE("plain HTTP is refused on anything but loopback; a second daemon on the same data too") {
    Site site;
    config::Config config = site.config;
    config.web.bind = "0.0.0.0";
    const Services open{config, site.cameras, site.changes, site.clock, {}, {}, site.folder.path(), "1", {}};
    CHECK_THROWS_AS(Server(open), Error);
    config.web.bind = "127.0.0.1";
    const Services twice{config, site.cameras, site.changes, site.clock, {}, {}, site.folder.path(), "1", {}};
    try {
        Server second(twice);
        FAIL("the data folder is taken");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("another porchlightd runs") != std::string::npos);
    }
}

}  // namespace port_test
