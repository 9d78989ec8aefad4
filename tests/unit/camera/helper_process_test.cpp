// Helpers that end, that are let go of, and whose number is somebody else's by then.
#include "camera/process/helper_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "support/catch.h"
#include "support/eventually.h"
#include "support/folder.h"
#include "support/skip.h"

namespace helper_process_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

namespace {

/// A process that is no child of ours and has a number that we choose, where the kernel lets us. **Owns** it.
class Stranger {
  public:
    explicit Stranger(pid_t number) {
        int asks[2];
        int answers[2];
        REQUIRE(::pipe2(asks, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(answers, O_CLOEXEC) == 0);
        keeper_ = ::fork();
        if (keeper_ == 0) {
            ::close(asks[1]);
            keep(number, asks[0], answers[1]);
        }
        ::close(asks[0]);
        ::close(answers[1]);
        asks_.reset(asks[1]);
        answers_.reset(answers[0]);
        is_there_ = isToldAlive();
    }
    ~Stranger() {
        asks_.reset();
        ::waitpid(keeper_, nullptr, 0);
    }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    /// False: it could not be made.
    bool isThere() const { return is_there_; }

    bool isAlive() const {
        std::this_thread::sleep_for(50ms);  // a signal takes a moment
        return ::write(asks_.get(), "?", 1) == 1 && isToldAlive();
    }

  private:
    struct CloneArguments {  // clone_args of linux/sched.h
        std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
        std::uint64_t set_tid, set_tid_size;
    };

    bool isToldAlive() const {
        char answer = 'n';
        return ::read(answers_.get(), &answer, 1) == 1 && answer == 'y';
    }

    /// Its parent, which ends with it when nobody asks any more.
    [[noreturn]] static void keep(pid_t number, int asks, int answers) {
        CloneArguments arguments{};
        arguments.exit_signal = SIGCHLD;
        arguments.set_tid = reinterpret_cast<std::uint64_t>(&number);
        arguments.set_tid_size = 1;
        const auto made = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
        if (made == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) ::pause();
        }
        bool is_alive = made > 0;
        char ask = 0;
        do {
            if (is_alive) is_alive = ::waitpid(made, nullptr, WNOHANG) == 0;
            if (::write(answers, is_alive ? "y" : "n", 1) != 1) break;
        } while (::read(asks, &ask, 1) == 1);
        if (is_alive) {
            ::kill(made, SIGKILL);
            ::waitpid(made, nullptr, 0);
        }
        ::_exit(0);
    }

    pid_t keeper_ = -1;
    base::Fd asks_;
    base::Fd answers_;
    bool is_there_ = false;
};

/// A helper that says its number, and then does `more`.
struct Started {
    explicit Started(const std::string& more = "") {
        helper.emplace(std::vector<std::string>{"/bin/sh", "-c", "echo $$ >" + file.string() + more},
                       Monotonic::now() + 60s, reaper);
        REQUIRE(test::eventually([this] { return std::ifstream(file) >> number && number > 0; }));
    }
    const test::Folder folder;
    const std::filesystem::path file = folder / "number";
    Reaper reaper;
    std::optional<HelperProcess> helper;
    pid_t number = 0;
};

}  // namespace

TEST_CASE("a helper that nobody wants any more is killed, and reaped") {
    Started started("; exec sleep 60");
    CHECK(::kill(started.number, 0) == 0);
    started.helper.reset();
    CHECK(test::eventually([&started] {
        started.reaper.reap();
        return ::kill(started.number, 0) != 0;
    }));
}

TEST_CASE("a helper that somebody else reaped is not killed: its number may be a stranger's by then") {
    Started started;
    REQUIRE(::waitpid(started.number, nullptr, 0) == started.number);
    const Stranger stranger(started.number);
    if (!stranger.isThere()) {
        test::tellSkipped("needs the right to choose the number of a process");
        return;
    }
    const bool is_asked = GENERATE(false, true);
    if (is_asked) {
        const auto end = started.helper->ended(Monotonic::now() + 120s);  // long after its deadline
        REQUIRE(end);
        CHECK(end->code == -1);
        CHECK(end->how == "ended unheard");
    }
    started.helper.reset();
    started.reaper.reap();
    CHECK(stranger.isAlive());
}

}  // namespace helper_process_test
