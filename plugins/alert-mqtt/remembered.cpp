#include "remembered.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "porchlight/error.h"
#include "porchlight/utf8.h"

namespace porchlight::mqtt {

namespace {

constexpr char kHead[] = "porchlight retained 1";
constexpr std::size_t kMaxLines = 8192;
constexpr std::size_t kMaxLineBytes = 1024;

/// A descriptor that is closed.
struct File {
    explicit File(int descriptor) : fd(descriptor) {}
    ~File() {
        if (fd >= 0) ::close(fd);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd;
};

void writeAll(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto done = ::write(fd, text.data(), text.size());
        if (done < 0 && errno != EINTR) throw Error(ErrorKind::Unavailable, std::strerror(errno));
        if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
    }
}

void sync(int fd) {
    if (::fsync(fd) != 0) throw Error(ErrorKind::Unavailable, std::strerror(errno));
}

}  // namespace

Remembered::Remembered(std::filesystem::path file, std::string broker)
    : file_(std::move(file)), broker_(std::move(broker)) {
    std::ifstream in(file_);
    std::string line;
    if (!std::getline(in, line) || line != kHead) return;
    const std::string mine = broker_ + "\t";
    while (std::getline(in, line) && topics_.size() + other_lines_.size() < kMaxLines) {
        const auto tab = line.find('\t');
        const bool is_topic = tab != std::string::npos && tab + 1 < line.size() &&
                              line.size() <= kMaxLineBytes &&
                              line.find_first_of("+#", tab) == std::string::npos && asUtf8(line) == line;
        if (!is_topic) continue;
        if (line.compare(0, mine.size(), mine) == 0)
            topics_.insert(line.substr(mine.size()));
        else
            other_lines_.insert(line);
    }
}

void Remembered::replace(TopicSet topics) {
    if (topics == topics_ && is_saved_) return;
    topics_.swap(topics);
    if (file_.empty()) return;
    is_saved_ = false;
    try {
        write();
        is_saved_ = true;
    } catch (const Error& error) {
        throw Error(ErrorKind::Unavailable,
                    "what was announced cannot be remembered: write " + file_.string() + ": " + error.what());
    }
}

void Remembered::write() const {
    std::string text = std::string(kHead) + "\n";
    for (const std::string& line : other_lines_) text += line + "\n";
    for (const std::string& topic : topics_) text += broker_ + "\t" + topic + "\n";
    const std::string next = file_.string() + ".new";
    {
        ::unlink(next.c_str());  // of a run that died, or a link that somebody laid there
        const File out(::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (out.fd < 0) throw Error(ErrorKind::Unavailable, std::strerror(errno));
        writeAll(out.fd, text);
        sync(out.fd);
    }
    if (::rename(next.c_str(), file_.c_str()) != 0) throw Error(ErrorKind::Unavailable, std::strerror(errno));
    const File folder(::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd >= 0) sync(folder.fd);
}

}  // namespace porchlight::mqtt
