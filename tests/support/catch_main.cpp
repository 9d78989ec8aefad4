#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "support/catch.h"

#if defined(__SANITIZE_ADDRESS__)
#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

namespace {

/// LeakSanitizer of GCC 12 crashes where a thread ends while it looks: detached ones (a host that is looked
/// up) get a moment to end before.
void awaitThreads() {
    namespace fs = std::filesystem;
    for (int i = 0; i < 100; ++i) {
        std::error_code ignored;
        const auto tasks = fs::directory_iterator("/proc/self/task", ignored);
        if (std::distance(begin(tasks), end(tasks)) <= 1) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace

/// x265 keeps a little of each encoder; it only makes what the tests read.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
    return "leak:libx265\n";
}
#else
static void awaitThreads() {}
#endif

int main(int argc, char** argv) {
    const int result = Catch::Session().run(argc, argv);
    awaitThreads();
    return result;
}
