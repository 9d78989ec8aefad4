/// What the command line makes of a daemon that answers, and of one that ends while it does.
#include "http/local_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <thread>

#include "base/fd.h"
#include "porchlight/error.h"
#include "support/catch.h"
#include "support/folder.h"

namespace local_client_test {

using namespace porchlight;
using namespace std::chrono_literals;

namespace {

/// Answers one client with bytes that are given, and closes. **Owns** a socket and a thread.
class Daemon {
  public:
    explicit Daemon(std::string answer)
        : answer_(std::move(answer)), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(socket_.get(), 1) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~Daemon() {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    std::string path() const { return (folder_ / "control.sock").string(); }

  private:
    void serve() {
        const base::Fd client(::accept(socket_.get(), nullptr, nullptr));
        char piece[4096];
        std::string asked;
        while (client && asked.find("\r\n\r\n") == std::string::npos) {
            const ssize_t n = ::recv(client.get(), piece, sizeof piece, 0);
            if (n <= 0) return;
            asked.append(piece, static_cast<std::size_t>(n));
        }
        if (client) (void)!::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }

    const test::Folder folder_;
    const std::string answer_;
    const base::Fd socket_;
    std::thread thread_;
};

/// "status body", or why not.
std::string asked(const std::string& answer) {
    const Daemon daemon(answer);
    try {
        const auto got = http::LocalClient(daemon.path(), 10s).get("/x");
        return std::to_string(got.status) + " " + got.body;
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::Unavailable);
        return error.what();
    }
}

/// The same, with what the sink was given behind it.
std::string downloaded(const std::string& answer) {
    const Daemon daemon(answer);
    std::string pieces;
    try {
        const auto got = http::LocalClient(daemon.path(), 10s)
                             .download("/x", [&](std::string_view bytes, std::uint64_t total) {
                                 CHECK(total == 4);
                                 pieces += bytes;
                             });
        return std::to_string(got.status) + " " + got.body + "|" + pieces;
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::Unavailable);
        return error.what() + ("|" + pieces);
    }
}

const std::string kOk = "HTTP/1.0 200 OK\r\n";
const std::string kNone = "the daemon ended before it answered";

}  // namespace

TEST_CASE("an answer of the daemon that was cut short was taken for a whole one") {
    CHECK(asked(kOk + "Content-Length: 4\r\n\r\nbody") == "200 body");
    CHECK(asked(kOk + "Content-Length: 4\r\n\r\nbo") == "the daemon's answer ended early: 2 of 4 bytes");
    CHECK(asked(kOk + "Content-Length: 4\r\n\r\n") == "the daemon's answer ended early: 0 of 4 bytes");
    CHECK(asked("HTTP/1.0 404 No\r\nContent-Length: 2\r\n\r\n{}") == "404 {}");
    CHECK(asked("HTTP/1.0 204 No Content\r\n\r\n") == "204 ");
    CHECK(asked(kOk) == kNone);
    CHECK(asked("") == kNone);
    CHECK(asked("220 mail\r\n\r\n").starts_with("the daemon's answer is no HTTP that can be read: "));
    CHECK(asked(kOk + "Content-Length: 67108865\r\n\r\n").find("longer than 64") != std::string::npos);
}

TEST_CASE("a download hands on what comes, and tells when the end is missing") {
    CHECK(downloaded(kOk + "Content-Length: 4\r\n\r\nbody") == "200 |body");
    CHECK(downloaded(kOk + "Content-Length: 4\r\n\r\nbo") ==
          "the daemon's answer ended early: 2 of 4 bytes|bo");
    CHECK(downloaded(kOk + "\r\nbody") == "the daemon's answer does not tell its length|");
    CHECK(downloaded("HTTP/1.0 404 No\r\nContent-Length: 2\r\n\r\n{}") == "404 {}|");
    CHECK(downloaded("") == kNone + "|");
}

}  // namespace local_client_test
