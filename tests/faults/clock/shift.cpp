/// Moves the wall clock of one program: preloaded, it adds the microseconds that stand in the file
/// PORCHLIGHT_CLOCK_SHIFT (8 bytes, little endian; read at each call) to CLOCK_REALTIME. The monotonic clocks
/// stay as they are, as when an owner or NTP sets the time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

std::int64_t shiftUs() noexcept {
    static const volatile std::int64_t* page = [] {
        static const std::int64_t none = 0;
        const char* path = std::getenv("PORCHLIGHT_CLOCK_SHIFT");
        const int file = path != nullptr ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (file < 0) return &none;
        void* mapped = ::mmap(nullptr, sizeof none, PROT_READ, MAP_SHARED, file, 0);
        ::close(file);
        return mapped == MAP_FAILED ? &none : static_cast<const std::int64_t*>(mapped);
    }();
    return *page;
}

void shift(timespec& time) noexcept {
    const std::int64_t us = shiftUs();
    time.tv_sec += us / 1'000'000;
    time.tv_nsec += us % 1'000'000 * 1'000;
    if (time.tv_nsec >= 1'000'000'000) {
        time.tv_nsec -= 1'000'000'000;
        ++time.tv_sec;
    } else if (time.tv_nsec < 0) {
        time.tv_nsec += 1'000'000'000;
        --time.tv_sec;
    }
}

}  // namespace

// glibc declares these with noexcept and attributes of its own.
extern "C" {
__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const long result = ::syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(*time);
    return static_cast<int>(result);
}

__attribute__((visibility("default"))) int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1'000;
    return 0;
}

__attribute__((visibility("default"))) time_t time(time_t* out) noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}
}
