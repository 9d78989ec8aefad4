#include "worker/encode/m2m_port.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "porchlight/error.h"

namespace porchlight::worker {
namespace fs = std::filesystem;

M2mNode::M2mNode(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    if (!fd_) throw Error(ErrorKind::Unavailable, std::string("cannot be opened: ") + std::strerror(errno));
}

int M2mNode::call(unsigned long request, void* argument) noexcept {
    for (;;) {
        if (::ioctl(fd_.get(), request, argument) == 0) return 0;
        if (errno != EINTR) return errno;
    }
}

void* M2mNode::map(std::size_t size_bytes, std::int64_t offset) noexcept {
    void* const address = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                                 static_cast<off_t>(offset));
    return address == MAP_FAILED ? nullptr : address;
}

void M2mNode::unmap(void* address, std::size_t size_bytes) noexcept {
    ::munmap(address, size_bytes);
}

short M2mNode::wait(short events, Deadline deadline) noexcept {
    for (;;) {
        pollfd waiting{fd_.get(), events, 0};
        const auto left = std::chrono::ceil<milliseconds>(deadline.at() - Monotonic::now()).count();
        const int result = ::poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 10'000)));
        if (result > 0) return waiting.revents;
        if (result == 0 || errno != EINTR) return 0;
    }
}

std::vector<std::string> nodesThatMayEncode(const std::string& sysfs_folder) {
    constexpr const char* kOfSensors[] = {"uvcvideo", "unicam", "rp1-cfe", "bcm2835-isp", "pispbe"};
    std::vector<std::pair<std::size_t, std::string>> nodes;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(sysfs_folder, none)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("video")) continue;
        const fs::path device = fs::weakly_canonical(entry.path() / "device", none);
        const std::string driver =
            fs::weakly_canonical(entry.path() / "device" / "driver", none).filename().string();
        if (device.string().find("/usb") != std::string::npos) continue;
        if (std::find(std::begin(kOfSensors), std::end(kOfSensors), driver) != std::end(kOfSensors)) continue;
        nodes.emplace_back(name.size(), "/dev/" + name);
    }
    std::sort(nodes.begin(), nodes.end());  // video2 before video10
    std::vector<std::string> out;
    for (auto& [length, path] : nodes) out.push_back(std::move(path));
    return out;
}

}  // namespace porchlight::worker
