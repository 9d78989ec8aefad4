#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "place.h"
#include "porchlight/source_error.h"

namespace porchlight::still {
namespace {

/// Tells one state of a file from the next.
struct Mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size_bytes = 0;
    std::int64_t written_ns = 0;
    bool operator==(const Mark&) const = default;
};

class OpenFile {
  public:
    /// O_NONBLOCK: a pipe without a writer must not hold anybody up.
    explicit OpenFile(const std::string& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const noexcept { return fd_; }

  private:
    const int fd_;
};

class FilePlace final : public Place {
  public:
    explicit FilePlace(std::string path) : path_(std::move(path)) {}

    std::optional<Answer> ask(Deadline) override {
        const OpenFile file(path_);
        if (file.fd() < 0) fail(errno);
        const Mark before = markOf(file.fd());
        if (before == mark_) return Answer{Answer::News::None, {}};
        mark_ = {};
        read(file.fd(), static_cast<std::size_t>(before.size_bytes));
        if (markOf(file.fd()) != before)
            throw Error(ErrorKind::BadData, "read " + path_ + ": it is being written");
        mark_ = before;
        return Answer{Answer::News::Picture, bytes_};
    }

    void reject() noexcept override { mark_ = {}; }

    const std::string& shown() const noexcept override { return path_; }

  private:
    [[noreturn]] void fail(int error) const {
        const std::string what = "open " + path_ + ": ";
        if (error == ENOENT || error == ENOTDIR)
            throw SourceError(SourceFault::NotFound, what + "no such file");
        const bool is_owners = error == EACCES || error == ELOOP;
        throw Error(is_owners ? ErrorKind::Misconfigured : ErrorKind::Unavailable,
                    what + std::strerror(error));
    }

    Mark markOf(int fd) const {
        struct stat about {};
        if (::fstat(fd, &about) != 0) fail(errno);
        if (!S_ISREG(about.st_mode))
            throw Error(ErrorKind::Misconfigured, "open " + path_ + ": is no file with a picture");
        if (about.st_size > static_cast<off_t>(kMaxBytes))
            throw Error(ErrorKind::Misconfigured, "open " + path_ + ": has more than 8 MiB");
        return {about.st_dev, about.st_ino, about.st_size,
                about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec};
    }

    void read(int fd, std::size_t size) {
        bytes_.resize(size);
        std::size_t got = 0;
        while (got < size) {
            const ssize_t more = ::read(fd, bytes_.data() + got, size - got);
            if (more < 0 && errno == EINTR) continue;
            if (more < 0) fail(errno);
            if (more == 0) throw Error(ErrorKind::BadData, "read " + path_ + ": is cut off");
            got += static_cast<std::size_t>(more);
        }
    }

    const std::string path_;
    Mark mark_;  ///< of what was read last; nothing: it was none
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<Place> filePlace(const std::string& path) {
    return std::make_unique<FilePlace>(path);
}

}  // namespace porchlight::still
