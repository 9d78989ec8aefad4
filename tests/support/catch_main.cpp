#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "support/catch.h"

int main(int argc, char** argv) {
    return Catch::Session().run(argc, argv);
}

#if defined(__SANITIZE_ADDRESS__)
/// x265 keeps a little of each encoder; it only makes what the tests read.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
    return "leak:libx265\n";
}
#endif
