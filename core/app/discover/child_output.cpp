#include "app/discover/child_output.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/fd.h"

extern char** environ;

namespace porchlight::app {
namespace {

/// Signals as a new program expects them: ours block several.
class SpawnAttributes {
  public:
    SpawnAttributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t none{};
        sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

pid_t spawn(const std::string& program, std::vector<std::string> arguments, int input, int output) {
    arguments.insert(arguments.begin(), "porchlightd");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const SpawnAttributes attributes;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    pid_t pid = -1;
    const int failure =
        ::posix_spawn(&pid, program.c_str(), &actions, attributes.get(), argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw base::errnoError("start " + program, failure);
    return pid;
}

/// Collects the child; false when it is still there at the deadline.
bool reap(pid_t pid, int& status, Deadline deadline) {
    for (;;) {
        const pid_t gone = ::waitpid(pid, &status, WNOHANG);
        if (gone == pid || (gone < 0 && errno == ECHILD)) return true;
        if (deadline.isPast()) return false;
        std::this_thread::sleep_for(milliseconds(10));
    }
}

struct Pipe {
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw base::errnoError("make a pipe", errno);
        reading.reset(ends[0]);
        writing.reset(ends[1]);
    }
    base::Fd reading;
    base::Fd writing;
};

/// Holds all of `input`, and then its end.
base::Fd holding(const std::string& input) {
    if (input.size() > kChildInputBytes)
        throw Error(ErrorKind::Misconfigured, "too much for a child to read");
    Pipe pipe;
    if (!input.empty() &&
        ::write(pipe.writing.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        throw base::errnoError("write to a pipe", errno);
    return std::move(pipe.reading);
}

}  // namespace

ChildOutput outputOfChild(const std::string& program, const std::vector<std::string>& arguments,
                          Deadline deadline, const std::string& input, std::size_t max_bytes) {
    const base::Fd stdin_of_child = holding(input);
    Pipe pipe;
    const pid_t pid = spawn(program, arguments, stdin_of_child.get(), pipe.writing.get());
    pipe.writing.reset();
    ChildOutput out;
    bool is_closed = false;
    char buffer[4096];
    while (!is_closed && out.text.size() < max_bytes &&
           base::waitFor(pipe.reading.get(), POLLIN, deadline) != 0) {
        const ssize_t size = ::read(pipe.reading.get(), buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0)
            is_closed = true;
        else
            out.text.append(buffer, static_cast<std::size_t>(size));
    }
    int status = -1;
    if (is_closed && reap(pid, status, Deadline::in(milliseconds(500)))) {
        out.is_complete = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        return out;
    }
    ::kill(pid, SIGKILL);
    out.is_left_behind = !reap(pid, status, Deadline::in(milliseconds(500)));
    return out;
}

}  // namespace porchlight::app
