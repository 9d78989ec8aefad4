/// Packets that the network brings twice, and sources that begin anew, before libav reads them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "capture-ffmpeg/reach/rtp_sieve.h"
#include "capture-ffmpeg/reach/socket.h"
#include "support/catch.h"

namespace rtp_sieve_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;
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
    CHECK(numbers.note(2, 300) == Verdict::Doubtful);
    CHECK(numbers.note(2, 300) == Verdict::Doubtful);  // twice, which is no second one
    CHECK(numbers.note(2, 301) == Verdict::Fresh);     // another one, which goes on
    CHECK(numbers.note(3, 299) == Verdict::Doubtful);
    CHECK(numbers.isSecond(3, 300));
    CHECK_FALSE(numbers.isSecond(3, 299));
    CHECK_FALSE(numbers.isSecond(2, 300));
    CHECK(numbers.believe() == Verdict::NewSource);
    CHECK(numbers.note(3, 300) == Verdict::Fresh);
    CHECK(numbers.note(3, 300) == Verdict::Twice);
    CHECK(numbers.note(3, 60'000) == Verdict::Doubtful);  // the same one, which counts anew
    CHECK(numbers.note(3, 60'001) == Verdict::NewSource);
}

TEST_CASE("stray packets of another source change nothing, however many come") {
    RtpNumbers numbers;
    CHECK(numbers.note(1, 5000) == Verdict::Fresh);
    for (std::uint16_t number = 5001; number < 5100; ++number) {
        CHECK(numbers.note(2, static_cast<std::uint16_t>(number - 3000)) == Verdict::Doubtful);
        CHECK(numbers.note(1, number) == Verdict::Fresh);
        CHECK_FALSE(numbers.isSecond(2, static_cast<std::uint16_t>(number - 2999)));
    }
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
    CHECK(sieve.sift());  // it may be a stray one
    CHECK_FALSE(sieve.hasNewSource());
    pair.send(4001, 8);
    CHECK(sieve.sift());
    CHECK(sieve.hasNewSource());
    CHECK(sieve.takeNewSource());
    CHECK_FALSE(sieve.takeNewSource());
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 4000);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 4001);
}

TEST_CASE("a stray packet of another source is taken away, whether something follows it or nothing") {
    RtpSieve sieve;
    sieve.begin();
    const Pair pair;
    sieve.attach(1);
    pair.send(5000);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 5000);
    pair.send(4000, 8);
    pair.send(5001);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 5001);
    CHECK_FALSE(sieve.hasNewSource());

    pair.send(6000, 9);
    CHECK(sieve.sift());
    std::this_thread::sleep_for(550ms);
    CHECK(sieve.sift());
    CHECK(pair.read() == -1);
    pair.send(5002);
    CHECK_FALSE(sieve.sift());
    CHECK(pair.read() == 5002);
    CHECK_FALSE(sieve.hasNewSource());
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
