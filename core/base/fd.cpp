#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

namespace porchlight::base {

Waker::Waker() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw errnoError("create an eventfd", errno);
}

void Waker::notify() noexcept {
    const std::uint64_t one = 1;
    // A full counter means a wake-up is pending already: nothing is lost.
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
}

void Waker::drain() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &count, sizeof count);
}

short waitFor(int fd, short events, Deadline deadline) {
    pollfd entry{fd, events, 0};
    for (;;) {
        const auto left = std::min<std::int64_t>(deadline.remaining().count(), INT_MAX);
        const int ready = ::poll(&entry, 1, static_cast<int>(left));
        if (ready > 0) return entry.revents;
        if (ready == 0) return 0;
        if (errno != EINTR) throw errnoError("poll", errno);
    }
}

Error errnoError(const std::string& text, int error_number) {
    ErrorKind kind = ErrorKind::Unavailable;
    switch (error_number) {
        case EACCES:
        case EPERM:
        case EROFS:
            kind = ErrorKind::Misconfigured;
            break;
        case ENOSPC:
        case EDQUOT:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
            kind = ErrorKind::Exhausted;
            break;
        default:
            break;
    }
    return Error(kind, text + ": " + std::strerror(error_number));
}

void syncFolder(const std::string& path) {
    const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) throw errnoError("open folder " + path, errno);
    if (::fsync(folder.get()) != 0) throw errnoError("sync folder " + path, errno);
}

namespace {

/// A file that is removed again unless it got another name.
struct Temporary {
    const std::string& path;
    bool is_renamed = false;
    ~Temporary() {
        if (!is_renamed) ::unlink(path.c_str());
    }
};

void writeWhole(int file, const std::string& path, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = ::write(file, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) throw errnoError("write " + path, n < 0 ? errno : ENOSPC);
        done += static_cast<std::size_t>(n);
    }
}

}  // namespace

void writeFileDurably(const std::string& path, const std::string& text, unsigned mode) {
    const std::string temporary = path + ".new";
    ::unlink(temporary.c_str());  // of a power cut, or a link that somebody laid there: never written through
    Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   static_cast<mode_t>(mode)));
    if (!file) throw errnoError("create " + temporary, errno);
    Temporary begun{temporary};
    writeWhole(file.get(), temporary, text);
    if (::fsync(file.get()) != 0) throw errnoError("sync " + temporary, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw errnoError("rename to " + path, errno);
    begun.is_renamed = true;
    const auto folder = std::filesystem::path(path).parent_path();
    syncFolder(folder.empty() ? "." : folder.string());
}

}  // namespace porchlight::base
