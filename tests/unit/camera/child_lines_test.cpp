/// What children print, and children that nobody asks for.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "camera/process/child_lines.h"
#include "camera/process/reaper.h"
#include "support/catch.h"
#include "support/logged.h"

namespace child_lines_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

#ifndef PORCHLIGHT_SANITIZED
TEST_CASE("what workers print is logged under their name, a few lines a minute, and never holds them up") {
    test::Logged log;
    ChildLines lines;
    const auto start = Monotonic::now();
    const auto print = [&](const std::string& text) {
        return ::write(lines.writeEnd().get(), text.data(), text.size());
    };
    print("<3>forged: a priority of systemd's\nhalf a ");
    lines.tick(start);
    print("line\n" + std::string(3000, 'x') + "\n");
    lines.tick(start);
    for (int i = 0; i < 100; ++i) {
        print("again\n");
        lines.tick(start);
    }
    CHECK(print(std::string(1U << 20U, '\n')) < 1 << 20);  // the pipe is full: nobody waits
    lines.tick(start + 61s);
    print("next minute\n");
    lines.tick(start + 62s);
    const auto logged = log.take();
    REQUIRE(logged.size() == ChildLines::kLinesPerMinute + 2);
    CHECK(logged[0] == "workers printed: <3>forged: a priority of systemd's");
    CHECK(logged[1] == "workers printed: half a line");
    CHECK(logged[2].size() == 17 + ChildLines::kLongest);
    CHECK(logged[59] == "workers printed: again");
    CHECK(logged[60].find("further lines, which are left out") != std::string::npos);
    CHECK(logged.back() == "workers printed: next minute");
}
#endif

TEST_CASE("children of children that come to us are reaped, ours only by whoever started them") {
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        const pid_t orphan = ::fork();
        if (orphan == 0) ::_exit(0);
        ::_exit(::write(told[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
    }
    pid_t orphan = 0;
    REQUIRE(::read(told[0], &orphan, sizeof orphan) == sizeof orphan);
    REQUIRE(::waitpid(parent, nullptr, 0) == parent);
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(orphan), &ended, WEXITED | WNOWAIT) == 0);
    Reaper reaper;
    const auto now = Monotonic::now();
    const auto isThere = [&] { return ::kill(orphan, 0) == 0; };
    reaper.reapStrangers(now);
    reaper.reapStrangers(now + 20s);
    CHECK(isThere());  // somebody of ours may still ask
    for (int i = 0; i < 100 && isThere(); ++i) reaper.reapStrangers(now + 31s * (i + 1));
    CHECK_FALSE(isThere());
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

}  // namespace child_lines_test
