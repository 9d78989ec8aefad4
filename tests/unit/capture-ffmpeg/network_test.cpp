/// Addresses, lookups, and the watch over a camera that refused us: against real sockets of loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "capture-ffmpeg/reach/failure.h"
#include "capture-ffmpeg/reach/own_host.h"
#include "capture-ffmpeg/reach/vigil.h"
#include "porchlight/host_lookup.h"
#include "porchlight/source_error.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace network_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

namespace {

/// The address of a camera there, which accepts one client when told.
struct Port : test::LoopbackPort {
    Address address() const {
        return parseAddress("rtsp://viewer:secret@127.0.0.1:" + std::to_string(number()) + "/main");
    }
};

int connectedTo(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

std::string received(int client) {
    char text[1024];
    const ssize_t size = ::recv(client, text, sizeof text, 0);
    return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

}  // namespace

TEST_CASE("the port of an address is the one written, or the scheme's own") {
    CHECK(parseAddress("rtsp://camera/main").port == 554);
    CHECK(parseAddress("rtsp://a:b@camera:8554/main").port == 8554);
    CHECK(parseAddress("http://[::1]/x").port == 80);
    CHECK(parseAddress("http://[::1]:81/x").port == 81);
    CHECK(parseAddress("RTSP://camera/Main").url == "rtsp://camera/Main");  // libav knows small letters only
    CHECK(parseAddress("FILE:///srv/Film.mp4").url == "/srv/Film.mp4");
    CHECK(parseAddress("rtsp://camera:x/main").port == 0);
    CHECK(parseAddress("rtsp://camera:99999/main").port == 0);
    CHECK(parseAddress("srt://camera/main").port == 0);
}

TEST_CASE(
    "an address is shown by scheme, host and port: credentials in path and query stood in every message") {
    struct Row {
        const char* url;
        const char* shown;
    };
    for (const Row& row :
         {Row{"rtsp://a:b@192.0.2.1:554/main", "rtsp://192.0.2.1:554"},
          Row{"rtsp://h/user=admin&password=SEC6&channel=1", "rtsp://h"},
          Row{"http://h/v.cgi?usr=a&pwd=b", "http://h"},
          Row{"rtsp://[::1]:81/aB3dE6gH9jK2", "rtsp://[::1]:81"}, Row{"rtsp://admin:geheim", "rtsp://***"}})
        CHECK(parseAddress(row.url).shown == row.shown);
    for (const char* url :
         {"rtsp://admin:geheim/Wort7@192.0.2.1/main", "rtsp://admin:geheim#Wort7@192.0.2.1/main",
          "rtsp://admin:geheim?Wort7@192.0.2.1/main"}) {
        try {
            (void)parseAddress(url);
            FAIL(url);
        } catch (const Error& error) {
            const std::string text = error.what();
            CHECK(text.find("%2F") != std::string::npos);
            CHECK(text.find("geheim") == std::string::npos);
            CHECK(text.find("Wort7") == std::string::npos);
        }
    }
}

TEST_CASE("a camera that hangs up behind its own 401 was asked whether its port is right") {
    CHECK(describeAnswer("RTSP/1.0 401 Unauthorized\r\n", true).find("(401)") != std::string::npos);
    CHECK(describeAnswer("HTTP/1.1 400 Bad Request\r\n", true).find("is the port right?") !=
          std::string::npos);
    CHECK(describeAnswer("SSH-2.0-x\r\n", false).find("no RTSP server") != std::string::npos);
    CHECK(describeAnswer("", true).find("without a word") != std::string::npos);
    CHECK(describeAnswer("", false).find("says nothing") != std::string::npos);
    CHECK(describeAnswer("RTSP/1.0 454 Session\r\n", true).find("454") != std::string::npos);
    Port port;
    const std::atomic<bool> stop{false};
    std::string asked;
    std::thread camera([&] {
        const int client = port.accept();
        asked = received(client);
        constexpr std::string_view kAnswer = "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n";
        (void)::send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
        ::close(client);
    });
    const std::string told = lookAtWire(port.address(), Deadline::in(5s), stop);
    camera.join();
    CHECK(told.find("(401)") != std::string::npos);
    CHECK(asked.starts_with("DESCRIBE rtsp://127.0.0.1:"));
    CHECK(asked.find("secret") == std::string::npos);
}

TEST_CASE(
    "a connection to another machine ends what libav does before a byte was sent; to the own host, and older "
    "ones, go on") {
    const std::atomic<bool> stop{false};
    const Port own;
    const int old_one = connectedTo(own.address().port);
    {
        HostGuard guard(stop);
        CHECK(HostGuard::interrupt(&guard) == 0);
        const int other = connectedTo(own.address().port);
        CHECK(HostGuard::interrupt(&guard) == 1);
        CHECK(guard.refused() == "127.0.0.1:" + std::to_string(own.address().port));
        ::close(other);
        CHECK(HostGuard::interrupt(&guard) == 1);
    }
    const HostPermit permit(lookUpHost(own.address().host, "open: ", stop));
    HostGuard guard(stop);
    const int allowed = connectedTo(own.address().port);
    CHECK(HostGuard::interrupt(&guard) == 0);
    CHECK(guard.refused().empty());
    ::close(allowed);
    ::close(old_one);
}

TEST_CASE("a camera that hangs up and is gone has restarted; it was asked nothing that needs a password") {
    Port port;
    const std::atomic<bool> stop{false};
    std::string asked;
    std::thread camera([&] {
        const int client = port.accept();
        asked = received(client);
        std::this_thread::sleep_for(200ms);
        port.close();
        ::close(client);
    });
    CHECK(awaitRestart(port.address(), Deadline::in(10s), stop));
    camera.join();
    CHECK(asked.starts_with("OPTIONS "));
    CHECK(asked.find("secret") == std::string::npos);
    CHECK(asked.find("viewer") == std::string::npos);
}

TEST_CASE("a camera that hangs up at once on everybody has not restarted") {
    Port port;
    const std::atomic<bool> stop{false};
    std::thread camera([&] { ::close(port.accept()); });
    CHECK_FALSE(awaitRestart(port.address(), Deadline::in(10s), stop));
    camera.join();
}

TEST_CASE("a stream that a relay has not yet is waited for, and asked for without a password") {
    forgetRestarts();
    Port port;
    const std::atomic<bool> stop{false};
    std::vector<std::string> asked;
    std::thread relay([&] {
        const int client = port.accept();
        for (const std::string_view answer : {"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n",
                                              "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 0\r\n\r\n"}) {
            asked.push_back(received(client));
            (void)::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
        (void)received(client);
        ::close(client);
    });
    const auto before = Monotonic::now();
    CHECK(awaitStream(port.address(), Deadline::in(20s), stop));
    CHECK(Monotonic::now() - before < 5s);
    relay.join();
    REQUIRE(asked.size() == 2);
    for (const std::string& question : asked) {
        CHECK(question.starts_with("DESCRIBE rtsp://127.0.0.1:"));
        CHECK(question.find("secret") == std::string::npos);
    }
}

TEST_CASE("a relay that hangs up behind each answer is asked again, until it answers otherwise") {
    Port port;
    const std::atomic<bool> stop{false};
    int asked = 0;
    std::thread relay([&] {
        for (const std::string_view answer :
             {"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 404 Not Found\r\nCSeq: 2\r\n\r\n",
              "RTSP/1.0 503 Service Unavailable\r\nCSeq: 3\r\n\r\n"}) {
            const int client = port.accept();
            asked += received(client).starts_with("DESCRIBE ") ? 1 : 0;
            (void)::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
            ::close(client);
        }
    });
    const auto before = Monotonic::now();
    CHECK(awaitStream(port.address(), Deadline::in(20s), stop));
    CHECK(Monotonic::now() - before >= 3900ms);  // every 2 s
    relay.join();
    CHECK(asked == 3);
}

TEST_CASE("a camera that tells nothing of its stream without a password is not asked for it again") {
    Port port;
    std::atomic<bool> stop{false};
    std::vector<std::string> asked;
    std::thread camera([&] {
        const int client = port.accept();
        for (int i = 0; i < 2; ++i) {
            asked.push_back(received(client));
            constexpr std::string_view kAnswer = "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n";
            (void)::send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
        }
        std::this_thread::sleep_for(2500ms);
        char more[512];
        if (::recv(client, more, sizeof more, MSG_DONTWAIT) > 0) asked.emplace_back("too soon");
        stop = true;
        ::close(client);
    });
    CHECK_FALSE(awaitStream(port.address(), Deadline::in(20s), stop));
    camera.join();
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].starts_with("DESCRIBE "));
    CHECK(asked[1].starts_with("OPTIONS "));
}

TEST_CASE("a camera that asks for what is answered over TCP only, and refuses that, is told as such") {
    const Address address = parseAddress("rtsp://viewer:secret@camera/main");
    for (const char* asked : {"SHA-256", ""}) {
        try {
            throwTransportRefused(address, asked);
        } catch (const SourceError& error) {
            const std::string text = error.what();
            CHECK(error.fault() == SourceFault::AuthRefused);
            CHECK(text.find("asks for " + std::string(*asked ? asked : "a password")) != std::string::npos);
            CHECK(text.find("(461)") != std::string::npos);
            CHECK(text.find("secret") == std::string::npos);
        }
    }
}

TEST_CASE("a stream that is said to be there, and is refused to us all the same, is believed three times") {
    forgetRestarts();
    const std::atomic<bool> stop{false};
    int believed = 0;
    for (int i = 0; i < 5; ++i) {
        Port port;
        std::thread camera([&] {
            const int client = port.accept();
            (void)received(client);
            constexpr std::string_view kAnswer = "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n";
            (void)::send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
            (void)received(client);
            ::close(client);
        });
        believed += awaitStream(port.address(), Deadline::in(5s), stop) ? 1 : 0;
        camera.join();
    }
    CHECK(believed == 3);
    forgetRestarts();
}

TEST_CASE("a camera that stays as it is is watched until the deadline, or until stopped") {
    Port port;
    std::atomic<bool> stop{false};
    const auto before = Monotonic::now();
    CHECK_FALSE(awaitRestart(port.address(), Deadline::in(400ms), stop));
    CHECK(Monotonic::now() - before >= 400ms);
    std::thread other([&] {
        std::this_thread::sleep_for(200ms);
        stop = true;
    });
    const auto again = Monotonic::now();
    CHECK_FALSE(awaitRestart(port.address(), Deadline::in(20s), stop));
    CHECK(Monotonic::now() - again < 5s);
    other.join();
}

TEST_CASE("a number needs no lookup, an unknown name is told") {
    const std::atomic<bool> stop{false};
    const auto before = Monotonic::now();
    CHECK(lookUpHost("127.0.0.1", "open: ", stop) == std::vector<std::string>{"127.0.0.1"});
    CHECK(lookUpHost("::1", "open: ", stop) == std::vector<std::string>{"::1"});
    CHECK(Monotonic::now() - before < 1s);
    const Address address = parseAddress("rtsp://viewer:secret@no-such-camera.invalid/main");
    try {
        lookUpHost(address.host, "open " + address.shown + ": ", stop);
        FAIL("it was found");
    } catch (const Error& error) {
        const std::string text = error.what();
        CHECK(text.find("no-such-camera.invalid") != std::string::npos);
        CHECK(text.find("secret") == std::string::npos);
    }
}

TEST_CASE("a lookup ends with stop") {
    const std::atomic<bool> stop{true};
    const auto before = Monotonic::now();
    CHECK_THROWS_AS(lookUpHost("no-such-camera.invalid", "open: ", stop), Error);
    CHECK(Monotonic::now() - before < 3s);
}

}  // namespace network_test
