/// Connecting to hosts: who answers, who refuses, who is silent.
#include "base/dial.h"

#include <netinet/in.h>
#include <poll.h>

#include <cerrno>
#include <vector>

#include "porchlight/error.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace dial_test {

using namespace porchlight;
using namespace porchlight::base;
using namespace std::chrono_literals;

namespace {

std::uint16_t portOf(const SocketAddress& address) {
    REQUIRE(address.family() == AF_INET);
    return ntohs(reinterpret_cast<const sockaddr_in*>(address.get())->sin_port);
}

}  // namespace

TEST_CASE("dialling gives the connection to who listens, and says who does not") {
    const test::LoopbackPort open;
    const Dialled good = dial("127.0.0.1", open.number(), 3s);
    REQUIRE(good.socket);
    CHECK(good.error == 0);
    const Fd other(open.accept());
    REQUIRE(::send(other.get(), "x", 1, MSG_NOSIGNAL) == 1);
    char byte = 0;
    REQUIRE(waitFor(good.socket.get(), POLLIN, Deadline::in(3s)) != 0);
    CHECK(::recv(good.socket.get(), &byte, 1, 0) == 1);
    const ssize_t more = ::recv(good.socket.get(), &byte, 1, 0);
    const int why = errno;
    CHECK(more == -1);
    CHECK(why == EAGAIN);  // it never blocks

    const test::LoopbackPort closed(false);
    const Dialled refused = dial("127.0.0.1", closed.number(), 3s);
    CHECK_FALSE(refused.socket);
    CHECK(refused.error == ECONNREFUSED);
    CHECK_THROWS_AS(dial("no such host", 80, 3s), Error);
}

TEST_CASE("dialling somebody who is silent ends when its patience does") {
    // A full backlog answers nobody.
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&own), size) == 0);
    REQUIRE(::listen(listener.get(), 0) == 0);
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0);
    std::vector<Dialled> held;
    const auto begun = Monotonic::now();
    do {
        REQUIRE(held.size() < 8);
        held.push_back(dial("127.0.0.1", ntohs(own.sin_port), 200ms));
    } while (held.back().socket);
    CHECK(held.back().error == ETIMEDOUT);
    CHECK(Monotonic::now() - begun >= 200ms);
    CHECK(Monotonic::now() - begun < 3s);
}

TEST_CASE("addresses of sockets are numbers, never names") {
    const auto four = socketAddress("127.0.0.1", 8443);
    REQUIRE(four.has_value());
    CHECK(portOf(*four) == 8443);
    const auto six = socketAddress("::1", 80);
    REQUIRE(six.has_value());
    CHECK(six->family() == AF_INET6);
    CHECK(six->size == sizeof(sockaddr_in6));
    for (const char* none : {"localhost", "", "127.0.0.1:80", "[::1]"}) {
        INFO(none);
        CHECK_FALSE(socketAddress(none, 80).has_value());
    }
}

}  // namespace dial_test
