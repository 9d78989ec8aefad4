#include "base/thread.h"

#include <pthread.h>

#include <csignal>
#include <cstdlib>
#include <exception>

#include "base/log.h"

namespace porchlight::base {

void nameThisThread(const std::string& name) noexcept {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

Thread::Thread(std::string name, std::function<void()> body) {
    sigset_t all{};
    sigset_t old{};
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    thread_ = std::thread([name = std::move(name), body = std::move(body)] {
        nameThisThread(name);
        try {
            body();
        } catch (const std::exception& error) {
            logError(name, std::string("ends the process: ") + error.what());
            drainLog();
            std::abort();
        }
    });
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

}  // namespace porchlight::base
