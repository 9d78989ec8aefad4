/// The control socket: whose word counts there as an administrator's.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "http/local_client.h"
#include "support/catch.h"

namespace control_socket_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

TEST_CASE("the control socket is the administrator, named local") {
    Site site;
    http::LocalClient local(site.config.controlSocket());
    CHECK(local.get("/api/v1/me").body == R"({"name":"local","role":"admin"})");
    CHECK(local.post("/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status == 201);
    CHECK(site.store->audit.newest(1).at(0).user == "local");
    CHECK(local.get("/api/v1/nothing").status == 404);
    const auto mode = std::filesystem::status(site.config.controlSocket()).permissions();
    CHECK(static_cast<unsigned>(mode) == 0660U);
    site.server->stop();
    try {
        local.get("/api/v1/me");
        FAIL("nobody should answer");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Unavailable);
        CHECK(std::string(error.what()).starts_with("the daemon is not running ("));
    }
}

TEST_CASE("a process that the appliance itself started was an administrator at the control socket") {
    Site site;
    const std::string path = site.config.controlSocket();
    const auto statusFor = [&] {
        try {
            return http::LocalClient(path).get("/api/v1/users").status;
        } catch (const Error&) {
            return 0;  // the connection was closed
        }
    };
    CHECK(statusFor() == 200);
    for (const bool is_grandchild : {false, true}) {
        const pid_t child = ::fork();
        if (child == 0) {
            if (is_grandchild && ::fork() != 0) {
                int status = 0;
                ::wait(&status);
                ::_exit(WEXITSTATUS(status));
            }
            ::_exit(statusFor() == 0 ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
}

TEST_CASE(
    "whoever lost its parent, or lent out its socket and died, was an administrator at the control socket") {
    Site site;
    const std::string path = site.config.controlSocket();
    // As the daemon is: what loses its parent below it comes to it.
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    const pid_t own = ::getpid();
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        if (::fork() != 0) ::_exit(0);
        while (::getppid() != own) ::usleep(1000);
        char was_let_in = '1';
        try {
            (void)http::LocalClient(path).get("/api/v1/users");
        } catch (const Error&) {
            was_let_in = '0';
        }
        ::_exit(::write(told[1], &was_let_in, 1) == 1 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(parent, &status, 0) == parent);
    char was_let_in = '?';
    REQUIRE(::read(told[0], &was_let_in, 1) == 1);
    CHECK(was_let_in == '0');
    ::waitpid(-1, &status, 0);

    // Connected by a child that has ended, used by its parent.
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WEXITSTATUS(status) == 0);
    const std::string request = "GET /api/v1/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    REQUIRE(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != 0);
    char answer[64] = {};
    const auto got = ::recv(socket.get(), answer, sizeof answer - 1, 0);
    CHECK(std::string(answer, got > 0 ? static_cast<std::size_t>(got) : 0) == "");
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

}  // namespace control_socket_test
