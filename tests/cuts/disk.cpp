#include "disk.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace cuts {
namespace {

constexpr unsigned kShutdownNoLogFlush = 2;  // EXT4_GOING_FLAGS_NOLOGFLUSH

void run(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0)
        throw std::runtime_error("failed: " + command);
}

}  // namespace

Disk::Disk(const std::filesystem::path& folder, std::uint64_t size_bytes)
    : image_(folder / "disk.img"), mount_(folder / "disk") {
    std::filesystem::create_directories(mount_);
    run("truncate -s " + std::to_string(size_bytes) + " " + image_.string());
    run("PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 " +
        image_.string());
    restore();
}

Disk::~Disk() {
    if (is_mounted_) ::umount2(mount_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove(image_, ignored);
}

void Disk::cut() {
    const int fd = ::open(mount_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned flags = kShutdownNoLogFlush;
    const int result = fd < 0 ? -1 : ::ioctl(fd, _IOR('X', 125, unsigned), &flags);
    const int error_number = errno;
    if (fd >= 0) ::close(fd);
    if (result != 0) throw std::runtime_error(std::string("shut ext4 down: ") + std::strerror(error_number));
}

void Disk::restore() {
    for (int attempt = 0; is_mounted_ && attempt < 100; ++attempt) {
        if (::umount(mount_.c_str()) == 0)
            is_mounted_ = false;
        else
            ::usleep(20'000);
    }
    if (is_mounted_) throw std::runtime_error("umount " + mount_.string() + ": " + std::strerror(errno));
    run("mount -o loop " + image_.string() + " " + mount_.string());
    is_mounted_ = true;
}

}  // namespace cuts
