#include "harm.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include "ipc/message.h"

namespace porchlight::faulty {
namespace {

constexpr std::size_t kMostMemoryBytes = 1U << 30U;
constexpr int kMostDescriptor = 4096;
constexpr int kBurners = 1;

}  // namespace

void hangForEver() noexcept {
    for (;;) ::pause();
}

void spinForEver() noexcept {
    for (std::atomic<unsigned> n{0};; ++n) {
    }
}

void crash() noexcept {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
    ::raise(SIGSEGV);
    ::_exit(127);
}

void babbleOnSockets(std::size_t bytes) noexcept {
    std::minstd_rand random(7);
    std::vector<std::uint8_t> noise(bytes);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    for (int fd = 3; fd < 1024; ++fd) ::send(fd, noise.data(), noise.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void lieOnSockets() {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    constexpr auto kEndless = std::numeric_limits<std::int64_t>::max();
    const auto wall =
        std::chrono::duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch());
    ipc::Heartbeat beat;
    beat.phase = ipc::CapturePhase::Reading;
    beat.rate_hz = beat.cpu_percent = kNone;
    beat.rss_bytes = beat.packets = std::numeric_limits<std::uint64_t>::max();
    beat.distinct_seen_age_us = beat.black_age_us = kEndless;
    ipc::DetectionReady detection;
    detection.at_us = wall.count() + 4'000'000'000'000;
    detection.detection.is_motion = true;
    detection.detection.score = detection.detection.area_percent = std::numeric_limits<float>::infinity();
    detection.detection.zone = std::string(50'000, '\x1b');
    detection.detection.regions.resize(2'000);
    detection.thumbnail.assign(50'000, 0x3c);
    std::vector<ipc::Message> lies{beat, detection, ipc::LivePicture{wall.count(), base::Bytes(9'000, 0x3c)}};
    for (int i = 0; i < 40; ++i)
        lies.push_back(
            ipc::LogLine{4, std::string(300, 'c'),
                         std::string(1 + static_cast<std::size_t>(i), 'l') + std::string(1500, 'x')});
    for (const auto& lie : lies) {
        const auto bytes = ipc::encode(lie, 1);
        for (int fd = 3; fd < 32; ++fd) ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
}

void Leaks::growMemory(std::size_t bytes) {
    if (grown_bytes_ >= kMostMemoryBytes) return;
    auto block = std::make_unique<std::uint8_t[]>(bytes);
    std::memset(block.get(), 0x5a, bytes);
    blocks_.push_back(std::move(block));
    grown_bytes_ += bytes;
}

void Leaks::leakDescriptors(int count) noexcept {
    // dup, not open: this must work in a worker that may open nothing any more.
    for (int i = 0; i < count; ++i)
        if (const int fd = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0); fd < 0 || fd >= kMostDescriptor)
            return;
}

struct Burning::Impl {
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;
};

Burning::Burning() : impl_(std::make_unique<Impl>()) {
    for (int i = 0; i < kBurners; ++i)
        impl_->threads.emplace_back([impl = impl_.get()] {
            while (!impl->is_over.load(std::memory_order_relaxed)) {
            }
        });
}

Burning::~Burning() {
    impl_->is_over = true;
    for (auto& thread : impl_->threads) thread.join();
}

}  // namespace porchlight::faulty
