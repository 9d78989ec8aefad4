/// Children that try what the sandbox lets a worker do.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>

#include "support/catch.h"
#include "support/skip.h"
#include "worker/confine/call_filter.h"
#include "worker/confine/sandbox.h"

namespace porchlight::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kHasSanitizer = true;
#else
inline constexpr bool kHasSanitizer = false;
#endif

/// Why a case is skipped then.
inline constexpr const char* kToolsCall = "a sanitizer makes system calls of its own, which are refused";

struct Outcome {
    int status = 0;
    int call = -1;  ///< for which it was ended
};

/// Runs `body` in a child that `limit` confined; its result is the exit code.
inline Outcome tryConfined(const std::function<void()>& limit, const std::function<int()>& body) {
    auto* place = static_cast<std::atomic<int>*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    REQUIRE(place != MAP_FAILED);
    *place = 0;
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGABRT, SIG_DFL);  // not the test framework's report
        worker::limitProcess();
        worker::reportViolationsTo(place);
        limit();
        int code = 99;
        try {
            code = body();
        } catch (...) {
            code = 98;
        }
        ::_exit(code);
    }
    Outcome outcome;
    REQUIRE(::waitpid(pid, &outcome.status, 0) == pid);
    outcome.call = *place - 1;
    ::munmap(place, 4096);
    return outcome;
}

inline Outcome tryUnder(Confinement level, const std::function<int()>& body) {
    return tryConfined([level] { worker::filterCalls(level, false); }, body);
}

inline bool wasKilledFor(const Outcome& outcome, long call) {
    return WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS && outcome.call == call;
}
inline bool wentWell(const Outcome& outcome) {
    return WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 0;
}

/// 0 when the call is refused with that errno.
inline int refusedWith(long result, int error) {
    return result == -1 && errno == error ? 0 : 1;
}

}  // namespace porchlight::test
