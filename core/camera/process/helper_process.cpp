#include "camera/process/helper_process.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>

#include "base/secret/secrets.h"
#include "camera/process/fork_server.h"
#include "camera/process/spawn.h"

namespace porchlight::camera {
namespace {

constexpr seconds kKillPatience{1};
constexpr std::size_t kMaxOutputBytes = 1024;

}  // namespace

HelperProcess::HelperProcess(std::vector<std::string> command, Monotonic::time_point deadline, Reaper& reaper,
                             const base::Fd& input)
    : reaper_(reaper), deadline_(deadline) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw base::errnoError("make a pipe", errno);
    output_.reset(ends[0]);
    const base::Fd theirs(ends[1]);
    pid_ = spawnWithOutput(std::move(command), input, theirs);
}

HelperProcess::~HelperProcess() {
    // Whatever has the number of one that was reaped is not ours.
    if (pid_ < 0 || ::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    ::kill(pid_, SIGKILL);
    reaper_.add(pid_);
}

void HelperProcess::readOutput() {
    char block[512];
    for (;;) {
        const ssize_t n = ::read(output_.get(), block, sizeof block);
        if (n <= 0) return;
        for (ssize_t i = 0; i < n && text_.size() < kMaxOutputBytes; ++i) {
            const auto c = static_cast<unsigned char>(block[i]);
            text_ += c < 0x20 || c == 0x7f ? ' ' : static_cast<char>(c);
        }
    }
}

std::optional<HelperProcess::End> HelperProcess::ended(Monotonic::time_point now) {
    readOutput();
    int status = 0;
    const std::string late = is_killed_ ? ": not done in time" : "";
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped < 0) {  // somebody else's reaping: whatever has this number now is not ours
        pid_ = -1;
        return End{-1, false, "ended unheard", base::hideSecrets(text_)};
    }
    if (reaped == pid_) {
        readOutput();
        pid_ = -1;
        while (!text_.empty() && text_.back() == ' ') text_.pop_back();
        return End{WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                   WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL, describeWaitStatus(status) + late,
                   base::hideSecrets(text_)};
    }
    if (now >= deadline_ && !is_killed_) {
        ::kill(pid_, SIGKILL);
        is_killed_ = true;
    }
    if (now < deadline_ + kKillPatience) return std::nullopt;
    return End{-1, false, "cannot be killed: left behind", base::hideSecrets(text_)};
}

}  // namespace porchlight::camera
