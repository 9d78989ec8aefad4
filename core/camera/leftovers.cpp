#include "camera/leftovers.h"

#include <sys/wait.h>

namespace porchlight::camera {

void Leftovers::add(pid_t pid) {
    pids_.push_back(pid);
    reap();
}

void Leftovers::reap() noexcept {
    std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

}  // namespace porchlight::camera
