// porchlight-device-reset DEVICE: resets the USB device behind a device node such as /dev/video0 (rung 4 of
// the recovery ladder).
//
// A program of its own, small and without libraries, because it is the only one that needs the right to write
// to /dev/bus/usb (a udev rule gives it, see installer/60-porchlight.rules; no root, no setuid). First
// USBDEVFS_RESET, which is what unplugging does to the driver; where the kernel refuses that, the device is
// taken away and given back through its "authorized" file (root only). Deadlines are the caller's: it is
// killed when it takes too long.
//
// Exit code 0: reset; 2: refused, nothing was done, the line on standard output says why; 1: tried and
// failed.
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kRefused = 2;

int say(int code, const std::string& text) {
    std::printf("%s\n", text.c_str());
    return code;
}

std::string realPath(const std::string& path) {
    char text[PATH_MAX];
    return ::realpath(path.c_str(), text) == nullptr ? "" : text;
}

/// The number in a small file of sysfs; -1 when there is none.
long readNumber(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    char text[32] = {};
    const ssize_t n = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    return n > 0 ? std::strtol(text, nullptr, 10) : -1;
}

bool writeText(const std::string& file, const char* text) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool is_written = ::write(fd, text, 1) == 1;
    ::close(fd);
    return is_written;
}

/// The USB device above a node's folder in sysfs: the first one upwards with a bus and a device number;
/// empty: none.
std::string usbDeviceAbove(std::string folder) {
    while (folder.rfind("/sys/", 0) == 0 && folder.size() > 5) {
        if (readNumber(folder + "/busnum") > 0 && readNumber(folder + "/devnum") > 0) return folder;
        folder.erase(folder.rfind('/'));
    }
    return "";
}

int reset(const std::string& device) {
    struct stat node {};
    if (::stat(device.c_str(), &node) != 0) return say(kRefused, device + ": " + std::strerror(errno));
    if (!S_ISCHR(node.st_mode)) return say(kRefused, device + ": not a device node");
    const std::string number =
        std::to_string(major(node.st_rdev)) + ":" + std::to_string(minor(node.st_rdev));
    const std::string usb = usbDeviceAbove(realPath("/sys/dev/char/" + number + "/device"));
    if (usb.empty()) return say(kRefused, device + ": not a USB device");
    char bus[64];
    std::snprintf(bus, sizeof bus, "/dev/bus/usb/%03ld/%03ld", readNumber(usb + "/busnum"),
                  readNumber(usb + "/devnum"));
    const int fd = ::open(bus, O_WRONLY | O_CLOEXEC);
    int why = errno;
    if (fd >= 0) {
        const int result = ::ioctl(fd, USBDEVFS_RESET, 0);
        why = errno;
        ::close(fd);
        if (result == 0) return say(kDone, device + ": reset " + bus);
    }
    if (writeText(usb + "/authorized", "0")) {
        ::usleep(500'000);
        if (writeText(usb + "/authorized", "1"))
            return say(kDone, device + ": taken away and given back through " + usb);
        return say(kFailed, usb + "/authorized: " + std::strerror(errno));
    }
    const bool is_right = why == EACCES || why == EPERM;
    return say(is_right ? kRefused : kFailed,
               std::string(bus) + ": " + std::strerror(why) +
                   (is_right ? " (installer/60-porchlight.rules gives the right)" : ""));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || argv[1][0] != '/') {
        std::fprintf(stderr, "usage: porchlight-device-reset /dev/NODE\n");
        return 64;
    }
    return reset(argv[1]);
}
