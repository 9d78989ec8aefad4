/// Threads: named, joined by their owner, undisturbed by signals.
#include "base/thread.h"

#include <pthread.h>

#include <atomic>
#include <csignal>

#include "support/catch.h"

namespace thread_test {

using porchlight::base::Thread;

TEST_CASE("a thread bears its name, cut to what the system takes, and the end of its owner waits for it") {
    std::string name;
    std::atomic<bool> has_ended{false};
    {
        const Thread thread("a-name-that-is-too-long", [&] {
            char text[32] = "";
            pthread_getname_np(pthread_self(), text, sizeof text);
            name = text;
            has_ended = true;
        });
    }
    CHECK(has_ended);
    CHECK(name == "a-name-that-is-");
}

TEST_CASE("a thread takes no signal that main waits for, and main's own mask stays") {
    sigset_t in_thread{};
    sigset_t before{};
    sigset_t after{};
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    Thread("signals", [&] { pthread_sigmask(SIG_SETMASK, nullptr, &in_thread); }).join();
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) {
        INFO(number);
        CHECK(sigismember(&in_thread, number) == 1);
        CHECK(sigismember(&after, number) == sigismember(&before, number));
    }
    // A fault of the thread itself must end the process, not wait for ever.
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS})
        CHECK(sigismember(&in_thread, number) == 0);
}

TEST_CASE("an owner that takes another thread waits for its first") {
    std::atomic<int> ended{0};
    Thread thread("first", [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ++ended;
    });
    thread = Thread("second", [] {});
    CHECK(ended == 1);
    thread.join();
    thread.join();  // a second time is nothing
}

}  // namespace thread_test
