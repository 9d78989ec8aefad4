/// Networks as people write them.
#include "base/network.h"
#include "support/catch.h"

namespace network_test {

using namespace porchlight::base;

TEST_CASE("networks are read, and hold the addresses that belong to them") {
    struct Case {
        const char* network;
        const char* inside;
        const char* outside;
    };
    for (const Case& one :
         {Case{"127.0.0.1", "127.0.0.1", "127.0.0.2"}, Case{"192.168.1.0/24", "192.168.1.77", "192.168.2.1"},
          Case{"10.0.0.0/8", "10.255.0.1", "11.0.0.1"}, Case{"0.0.0.0/0", "203.0.113.1", "2001:db8::1"},
          Case{"::1", "::1", "::2"}, Case{"fd00::/8", "fd12::9", "fe80::1"},
          Case{"::/0", "127.0.0.1", "nobody"}, Case{"127.0.0.1", "::ffff:127.0.0.1", ""},
          Case{"172.16.0.0/12", "172.31.9.9", "172.32.0.1"}}) {
        INFO(one.network);
        const auto network = parseNetwork(one.network);
        REQUIRE(network);
        CHECK(contains(*network, one.inside));
        CHECK_FALSE(contains(*network, one.outside));
    }
    for (const char* wrong : {"", "localhost", "192.168.1.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1",
                              "1.2.3", "10.0.0.0/8/8", "1.2.3.4 "})
        CHECK_FALSE(parseNetwork(wrong));
}

}  // namespace network_test
