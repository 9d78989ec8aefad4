#include "device.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace porchlight::v4l2 {
namespace {

constexpr unsigned kVideoMajor = 81;

template <std::size_t N>
std::string textOf(const __u8 (&bytes)[N]) {
    const auto* text = reinterpret_cast<const char*>(bytes);
    return std::string(text, ::strnlen(text, N));
}

std::vector<std::string> entriesOf(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
    if (!open) return names;
    while (const dirent* entry = ::readdir(open.get()))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    return names;
}

std::string firstLineOf(const std::string& path) {
    char text[64] = {};
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t size = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    std::string line(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    return line.substr(0, line.find('\n'));
}

Error openFailure(const std::string& path, int error_number) {
    const std::string opening = "open " + path + ": ";
    if (error_number == EACCES || error_number == EPERM)
        return Error(
            ErrorKind::Misconfigured,
            opening + "permission denied: add the user of this program to the group of that device (video)");
    if (error_number == ENOENT || error_number == ENODEV || error_number == ENXIO ||
        error_number == ENOTDIR) {
        const std::string others = camerasHere();
        return Error(ErrorKind::Unavailable,
                     opening + "not there: is the camera plugged in? " +
                         (others.empty() ? "No camera is here now" : "Here now: " + others));
    }
    if (error_number == EBUSY) {
        const std::string holder = holderOf(path);
        return Error(ErrorKind::Unavailable,
                     opening + "busy" + (holder.empty() ? "" : " (held by " + holder + ")"));
    }
    return Error(ErrorKind::Unavailable, opening + std::strerror(error_number));
}

}  // namespace

Device::Device(const std::string& path) : path_(path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) throw openFailure(path, errno);
    if (!S_ISCHR(about.st_mode) || major(about.st_rdev) != kVideoMajor)
        throw Error(ErrorKind::Misconfigured, "open " + path + ": this is no V4L2 device");
    fd_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) throw openFailure(path, errno);
    const int failed = tryCall(VIDIOC_QUERYCAP, &capability_);
    if (failed == 0) return;
    ::close(std::exchange(fd_, -1));
    if (failed == ENOTTY) throw Error(ErrorKind::Misconfigured, "open " + path + ": this is no V4L2 device");
    throw openFailure(path, failed);
}

Device::Device(Device&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), capability_(other.capability_) {}

Device& Device::operator=(Device&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(capability_, other.capability_);
    return *this;
}

Device::~Device() {
    if (fd_ >= 0) ::close(fd_);
}

int Device::tryCall(unsigned long request, void* argument) const noexcept {
    for (;;) {
        if (::ioctl(fd_, request, argument) == 0) return 0;
        if (errno != EINTR) return errno;
    }
}

void Device::call(unsigned long request, void* argument, const char* doing) const {
    if (const int failed = tryCall(request, argument); failed != 0) throw failure(doing, failed);
}

Error Device::failure(const char* doing, int error_number) const {
    const std::string text = std::string(doing) + " of " + path_ + ": ";
    switch (error_number) {
        case ENODEV:
        case ENXIO:
        case ESHUTDOWN:
            return Error(ErrorKind::Unavailable, text + "unplugged");
        case EBUSY: {
            const std::string holder = holderOf(path_);
            return Error(ErrorKind::Unavailable,
                         text + "busy" + (holder.empty() ? "" : " (held by " + holder + ")"));
        }
        case ENOMEM:
            return Error(ErrorKind::Exhausted,
                         text + "the driver has no memory for that: choose a smaller size");
        case ENOSPC:
            return Error(
                ErrorKind::Unavailable,
                text + "not enough USB bandwidth: choose MJPEG, a smaller size or rate, or another port");
        case EACCES:
        case EPERM:
            return Error(ErrorKind::Misconfigured, text + std::strerror(error_number));
        case ENOTTY:
            return Error(ErrorKind::NotSupported, text + "the driver cannot do that");
        default:
            return Error(ErrorKind::Unavailable, text + std::strerror(error_number));
    }
}

std::string Device::card() const {
    const std::string text = textOf(capability_.card);
    const std::size_t colon = text.find(": ");  // uvcvideo writes "Name: Name"
    return colon != std::string::npos && text.compare(colon + 2, std::string::npos, text, 0, colon) == 0
               ? text.substr(0, colon)
               : text;
}

std::string Device::driver() const {
    return textOf(capability_.driver);
}

bool Device::canCapture() const noexcept {
    const __u32 caps = (capability_.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability_.device_caps
                                                                              : capability_.capabilities;
    return (caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)) != 0 &&
           (caps & V4L2_CAP_STREAMING) != 0;
}

bool Device::isPartOfPipeline() const {
    const __u32 caps = (capability_.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability_.device_caps
                                                                              : capability_.capabilities;
    if ((caps & V4L2_CAP_IO_MC) != 0) return true;
    const std::string name = driver();
    return name == "unicam" || name == "rp1-cfe" || name == "bcm2835-isp" || name == "pispbe";
}

bool Device::isMultiPlanar() const noexcept {
    const __u32 caps = (capability_.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability_.device_caps
                                                                              : capability_.capabilities;
    return (caps & V4L2_CAP_VIDEO_CAPTURE) == 0;
}

v4l2_buf_type Device::bufferType() const noexcept {
    return isMultiPlanar() ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

std::string holderOf(const std::string& path) {
    struct stat wanted {};
    if (::stat(path.c_str(), &wanted) != 0) return {};
    for (const std::string& pid : entriesOf("/proc")) {
        if (!std::isdigit(static_cast<unsigned char>(pid[0])) || pid == std::to_string(::getpid())) continue;
        const std::string process = "/proc/" + pid;
        for (const std::string& fd : entriesOf(process + "/fd")) {
            struct stat open {};
            if (::stat((process + "/fd/" + fd).c_str(), &open) != 0 || !S_ISCHR(open.st_mode) ||
                open.st_rdev != wanted.st_rdev)
                continue;
            return "pid " + pid + ", " + firstLineOf(process + "/comm");
        }
    }
    return {};
}

std::string camerasHere() {
    std::string out;
    for (const char* folder : {"/dev/v4l/by-id", "/dev/v4l/by-path"}) {
        for (const std::string& name : entriesOf(folder))
            if (name.ends_with("-video-index0"))
                out += (out.empty() ? "" : ", ") + std::string(folder) + "/" + name;
        if (!out.empty()) break;
    }
    return out;
}

}  // namespace porchlight::v4l2
