#include "app/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/log.h"
#include "porchlight/error.h"

namespace porchlight::app {
namespace {

constexpr std::uint64_t kReserveBytes = 4U << 20U;

/// A sticky folder that everybody may write (a fresh tmpfs): nobody could change what is in it, and nobody
/// shall add to it.
void closeToOthers(const std::filesystem::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
        (status.st_mode & S_ISVTX) == 0)
        return;
    if (::chmod(folder.c_str(), status.st_mode & 07777U & ~(S_IWGRP | S_IWOTH)) == 0)
        return base::logWarning("porchlightd",
                                folder.string() + " could be written by other users: it no longer can");
    throw Error(
        ErrorKind::Misconfigured,
        "data folder " + folder.string() + " can be written by other users: chmod go-w " + folder.string());
}

/// The control socket lives beside the database: a file system that knows no sockets (exFAT by FUSE, a share)
/// is told as such.
void requireSockets(const std::filesystem::path& folder) {
    const std::string file = (folder / "probe.sock").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.size() >= sizeof address.sun_path) return;  // the control socket tells
    file.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(file.c_str());
    const base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool is_made =
        probe && ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int error_number = errno;
    ::unlink(file.c_str());
    if (is_made || error_number == ENOSPC || error_number == EDQUOT)
        return;  // a full disk is no other kind of disk
    throw Error(ErrorKind::Misconfigured,
                "data folder " + folder.string() + " takes no socket: " + std::strerror(error_number) +
                    ". Leave data_dir on a disk with ext4; this one may be mounted at its folder recordings");
}

}  // namespace

DataFolder::DataFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure)
        throw Error(ErrorKind::Misconfigured, "data folder " + folder_.string() +
                                                  " cannot be made: " + failure.message() +
                                                  ". Set data_dir to a folder this user may write");
    closeToOthers(folder_);
    lock();
    requireSockets(folder_);
}

void DataFolder::lock() {
    const auto file = (folder_ / "lock").string();
    lock_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock_) {
        const int error_number = errno;
        throw Error(ErrorKind::Misconfigured,
                    "data folder " + folder_.string() + " cannot be written: " + std::strerror(error_number) +
                        (error_number == ENOSPC
                             ? ". Free some space on that disk"
                             : ". Give this user the right to write there, or set another data_dir"));
    }
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(ErrorKind::Misconfigured,
                    "another porchlightd uses " + folder_.string() + ": stop it first");
}

void DataFolder::tendReserve() const noexcept {
    const std::filesystem::path file = folder_ / "reserve";
    struct statvfs disk {};
    if (::statvfs(file.parent_path().c_str(), &disk) != 0) return;
    const std::uint64_t free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free_bytes < kReserveBytes) {
        if (::unlink(file.c_str()) == 0)
            base::logWarning("porchlightd",
                             "the disk of " + file.parent_path().string() + " is full: using the reserve");
        return;
    }
    if (free_bytes < 16 * kReserveBytes) return;
    const base::Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd && ::posix_fallocate(fd.get(), 0, static_cast<off_t>(kReserveBytes)) != 0) ::unlink(file.c_str());
}

}  // namespace porchlight::app
