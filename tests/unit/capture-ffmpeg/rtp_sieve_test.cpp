/// Packets that the network brings twice, and sources that begin anew, before libav reads them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <vector>

#include "capture-ffmpeg/reach/rtp_sieve.h"
#include "capture-ffmpeg/reach/socket.h"
#include "support/catch.h"

namespace rtp_sieve_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using Verdict = RtpNumbers::Verdict;

namespace {

/// Bound on loopback to a port that is even, or odd.
Socket bound(bool is_even, sockaddr_in& address) {
    while (true) {
        Socket socket(::socket(AF_INET, SOCK_DGRAM, 0));
        address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        if ((ntohs(address.sin_port) % 2 == 0) == is_even) return socket;
    }
}

/// A socket as libav opens it for RTP, and one that sends there.
struct Pair {
    sockaddr_in to{};
    sockaddr_in from{};
    Socket receiver = bound(true, to);
    Socket sender = bound(false, from);

    Pair() { REQUIRE(::connect(sender.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0); }
    void send(std::uint16_t number, std::uint8_t source = 7) const {
        const std::array<std::uint8_t, 13> packet{0x80,
                                                  96,
                                                  static_cast<std::uint8_t>(number >> 8U),
                                                  static_cast<std::uint8_t>(number),
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  source,
                                                  42};
        REQUIRE(::send(sender.fd(), packet.data(), packet.size(), 0) == 13);
    }
    /// -> the number of the next packet, -1: there is none
    int read() const {
        std::array<std::uint8_t, 64> packet{};
        const ssize_t size = ::recv(receiver.fd(), packet.data(), packet.size(), MSG_DONTWAIT);
        return size < 0 ? -1 : packet[2] << 8 | packet[3];
    }
};

}  // namespace

TEST_CASE("numbers tell what came twice, late, or from another source") {
    RtpNumbers numbers;
    CHECK(numbers.note(1, 65'534) == Verdict::Fresh);
    CHECK(numbers.note(1, 65'534) == Verdict::Twice);
    CHECK(numbers.note(1, 1) == Verdict::Fresh);  // wraps
    CHECK(numbers.note(1, 65'535) == Verdict::Fresh);
    CHECK(numbers.note(1, 65'535) == Verdict::Twice);
    CHECK(numbers.note(1, 0) == Verdict::Fresh);
    CHECK(numbers.note(1, 1) == Verdict::Twice);
    CHECK(numbers.note(1, 200) == Verdict::Fresh);
    CHECK(numbers.note(1, 100) == Verdict::Fresh);  // too long ago to be known
    CHECK(numbers.note(2, 300) == Verdict::Fresh);  // another one, which goes on
    CHECK(numbers.note(3, 299) == Verdict::NewSource);
    CHECK(numbers.note(3, 300) == Verdict::Fresh);
    CHECK(numbers.note(3, 300) == Verdict::Twice);
    CHECK(numbers.note(3, 60'000) == Verdict::NewSource);  // the same one, which counts anew
}

TEST_CASE("a packet that comes twice is read once") {
    RtpSieve sieve;
    sieve.begin();
    const Pair pair;
    sieve.attach(1);
    std::vector<int> read;
    for (std::uint16_t number = 100; number < 120; ++number) {
        pair.send(number);
        if (number % 3 == 0) pair.send(number);
        CHECK_FALSE(sieve.sift());
        CHECK_FALSE(sieve.sift());  // libav asks twice before it reads
        read.push_back(pair.read());
        if (number % 2 == 0) {
            pair.send(number);  // comes later
            CHECK(sieve.sift());
            CHECK(pair.read() == -1);
        }
    }
    REQUIRE(read.size() == 20);
    for (int i = 0; i < 20; ++i) CHECK(read[static_cast<std::size_t>(i)] == 100 + i);
}

TEST_CASE("of a source that begins anew nothing is read before it is told") {
    RtpSieve sieve;
    sieve.begin();
    const Pair pair;
    sieve.attach(1);
    pair.send(5000);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 5000);
    pair.send(4000, 8);
    CHECK(sieve.sift());
    CHECK(sieve.hasNewSource());
    CHECK(sieve.takeNewSource());
    CHECK_FALSE(sieve.takeNewSource());
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 4000);
}

TEST_CASE("sockets that somebody else opened meanwhile are left alone") {
    RtpSieve sieve;
    sieve.begin();
    const Pair pair;
    const Pair other;
    sieve.attach(1);
    pair.send(1);
    pair.send(1);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 1);
    CHECK(pair.read() == 1);
}

}  // namespace rtp_sieve_test
