#include "camera/process/reaper.h"

#include <sys/wait.h>

#include <utility>

namespace porchlight::camera {
namespace {

constexpr seconds kUnclaimed{30};  // owners look many times a second, unless a disk keeps them

}  // namespace

void Reaper::add(pid_t pid) {
    pids_.push_back(pid);
    reap();
}

void Reaper::reap() noexcept {
    std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

void Reaper::reapStrangers(Monotonic::time_point now) noexcept {
    siginfo_t ended{};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) {
        unclaimed_ = 0;
    } else if (ended.si_pid != unclaimed_) {
        unclaimed_ = ended.si_pid;
        unclaimed_since_ = now;
    } else if (now - unclaimed_since_ >= kUnclaimed) {
        ::waitpid(std::exchange(unclaimed_, 0), nullptr, WNOHANG);
    }
}

}  // namespace porchlight::camera
