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

TEST_CASE("who has a /64 of IPv6 counts as one, as does whoever has one address of IPv4") {
    CHECK(throttleKey("203.0.113.9") == "203.0.113.9");
    CHECK(throttleKey("2001:db8:1:2::7") == "2001:db8:1:2::/64");
    CHECK(throttleKey("2001:db8:1:2:ffff::1") == throttleKey("2001:db8:1:2::7"));
    CHECK(throttleKey("2001:db8:1:3::7") != throttleKey("2001:db8:1:2::7"));
    CHECK(throttleKey("::ffff:203.0.113.9") == "::ffff:203.0.113.9");  // or all of IPv4 would be one
    CHECK(throttleKey("nobody") == "nobody");
}

TEST_CASE("strangers are grouped by what one of them easily has, neighbours at home are not") {
    const std::pair<const char*, const char*> rows[] = {{"203.0.113.9", "203.0.113.0/24"},
                                                        {"::ffff:203.0.113.9", "203.0.113.0/24"},
                                                        {"192.168.1.7", "192.168.1.7"},
                                                        {"10.1.2.3", "10.1.2.3"},
                                                        {"172.31.0.1", "172.31.0.1"},
                                                        {"172.32.0.1", "172.32.0.0/24"},
                                                        {"169.254.3.4", "169.254.3.4"},
                                                        {"127.0.0.1", "127.0.0.1"},
                                                        {"2001:db8:1:2::7", "2001:db8:1::/48"},
                                                        {"fd12:3:4:5::6", "fd12:3:4:5::/64"},
                                                        {"fe80::1", "fe80::/64"},
                                                        {"::1", "::/64"},
                                                        {"nobody", "nobody"}};
    for (const auto& [address, group] : rows) {
        INFO(address);
        CHECK(addressGroup(address) == group);
    }
}

}  // namespace network_test
