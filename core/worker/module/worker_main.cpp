// The first door of libporchlight-worker.so: `porchlightd worker` calls it with the core's socket.
#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <exception>

#include "base/log.h"
#include "worker/confine/sandbox.h"
#include "worker/stream/libav_log.h"
#include "worker/worker.h"

namespace {

using namespace porchlight;

/// Two arenas and fixed thresholds: packet-sized blocks go back to the system instead of fragmenting the
/// heap. (With 1 MiB passing a 1080p stream through costs a tenth less, and 5 MB more a camera.)
void tameAllocator() noexcept {
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

void prepareProcess() noexcept {
    ::prctl(PR_SET_NAME, "porchlight-wrk");
    std::signal(SIGPIPE, SIG_IGN);
    // When memory is short, a camera goes before the recorder of all cameras does.
    const base::Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (file && ::write(file.get(), "500", 3) != 3)
        base::logDebug("worker", "oom_score_adj was not accepted");
    worker::limitProcess();
}

}  // namespace

extern "C" PORCHLIGHT_EXPORT int porchlight_worker_main(int socket_fd, std::atomic<int>* violation) noexcept {
    int code = 1;
    try {
        tameAllocator();
        prepareProcess();
        worker::reportViolationsTo(violation);
        base::Fd socket(socket_fd);
        ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
        const base::SystemClock clock;
        worker::ModulePlugins plugins;
        worker::Worker worker(std::move(socket), plugins, clock, worker::confine);
        base::setLogSink([&worker](base::LogLevel level, std::string_view component, std::string_view text) {
            worker.log(static_cast<std::uint8_t>(level), component, text);
        });
        worker::redirectLibavLog();
        code = worker.run();
        // A plugin that never returns would block every orderly way out.
        if (worker.hasStuckThread()) ::_exit(code);
        base::setLogSink({});
    } catch (const std::exception& error) {
        base::logError("worker", error.what());
    }
    return code;
}
