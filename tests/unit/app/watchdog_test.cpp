#include "app/watchdog.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "app/notify.h"
#include "base/fd.h"
#include "support/catch.h"
#include "support/environment.h"
#include "support/folder.h"

namespace watchdog_test {

using namespace porchlight;
using namespace porchlight::app;
using namespace std::chrono_literals;

namespace {

/// What systemd is to a service: a datagram socket named by NOTIFY_SOCKET. Abstract, so that nothing is left
/// behind.
class Systemd {
  public:
    Systemd() : name_("porchlight-test-" + std::to_string(::getpid())) {
        socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path + 1, name_.c_str(), sizeof address.sun_path - 2);
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
        ::setenv("NOTIFY_SOCKET", ("@" + name_).c_str(), 1);
    }
    ~Systemd() { ::unsetenv("NOTIFY_SOCKET"); }

    /// The next message within `span`; empty: none came.
    std::string next(milliseconds span) {
        char text[128] = {};
        if (base::waitFor(socket_.get(), POLLIN, Deadline::in(span)) == 0) return "";
        return ::recv(socket_.get(), text, sizeof text - 1, 0) > 0 ? text : "";
    }
    void drain() {
        while (!next(0ms).empty()) {
        }
    }

  private:
    const std::string name_;
    base::Fd socket_;
};

}  // namespace

TEST_CASE("the gate opens only when all three have moved since the last time") {
    ProgressGate gate;
    Progress now;
    CHECK(!gate.haveAllMoved(now));  // the first look is only a look
    now = {1, 1, 1};
    CHECK(gate.haveAllMoved(now));
    CHECK(!gate.haveAllMoved(now));
    now.supervisor = now.recorder = 2;
    CHECK(!gate.haveAllMoved(now));
    now.supervisor = 3;
    CHECK(!gate.haveAllMoved(now));
    now.store = 2;
    CHECK(gate.haveAllMoved(now));
    now.recorder = now.store = 9;
    CHECK(!gate.haveAllMoved(now));
}

TEST_CASE("systemd is fed while all work, and starves when any of them stops") {
    Systemd systemd;
    std::optional<test::EnvironmentValue> usec(std::in_place, "WATCHDOG_USEC", "300000");
    std::atomic<int> stuck{-1};
    std::array<std::atomic<std::uint64_t>, 3> counters{};
    {
        Watchdog watchdog([&] {
            for (int i = 0; i < 3; ++i)
                if (stuck != i) ++counters[static_cast<std::size_t>(i)];
            return Progress{counters[0], counters[1], counters[2]};
        });
        CHECK(systemd.next(3s) == "WATCHDOG=1");
        CHECK(systemd.next(3s) == "WATCHDOG=1");
        for (int part = 0; part < 3; ++part) {
            stuck = part;
            std::this_thread::sleep_for(250ms);
            systemd.drain();
            CHECK(systemd.next(400ms).empty());
            stuck = -1;
            CHECK(systemd.next(3s) == "WATCHDOG=1");
        }
    }
    usec.reset();
    systemd.drain();
    notifySystemd("READY=1");
    CHECK(systemd.next(1s) == "READY=1");
}

TEST_CASE("while a start takes long systemd is told so at once, and no more when it is over") {
    Systemd systemd;
    {
        const StartExtension extension;
        CHECK(systemd.next(3s) == "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=starting");
        CHECK(systemd.next(100ms).empty());  // every few seconds is enough
    }
    systemd.drain();
    notifySystemd("READY=1");
    CHECK(systemd.next(1s) == "READY=1");
}

TEST_CASE(
    "a service that systemd did not ask, or asked at a place that cannot be, tells nobody and goes on") {
    for (const std::string& place : {std::string(), std::string("@"), std::string("/"),
                                     std::string("/nowhere/notify"), "/" + std::string(200, 'n')}) {
        INFO(place);
        const test::EnvironmentValue value("NOTIFY_SOCKET", place);
        CHECK_NOTHROW(notifySystemd("READY=1"));
    }
}

TEST_CASE("systemd's socket may lie in the file system as well") {
    const test::Folder folder;
    const std::string path = (folder / "notify").string();
    const base::Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const test::EnvironmentValue value("NOTIFY_SOCKET", path);
    notifySystemd("STOPPING=1");
    char text[64] = {};
    REQUIRE(base::waitFor(socket.get(), POLLIN, Deadline::in(1s)) != 0);
    CHECK(::recv(socket.get(), text, sizeof text - 1, 0) == 10);
    CHECK(std::string(text) == "STOPPING=1");
}

}  // namespace watchdog_test
