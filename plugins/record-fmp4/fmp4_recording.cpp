#include "fmp4_recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "porchlight/plugin.h"

namespace porchlight::fmp4 {
namespace {

constexpr ::porchlight::SettingSpec kSettings[] = {
    {"sync_interval", SettingType::Duration, 0, "s", 0, 600, "60s", "",
     "The plugin syncs by itself when the recorder (storage.sync_interval) has not for this long."},
};

Error failure(const std::string& what, int error_number) {
    ErrorKind kind = ErrorKind::Unavailable;
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE ||
        error_number == ENFILE || error_number == ENOMEM || error_number == EFBIG)
        kind = ErrorKind::Exhausted;
    if (error_number == EACCES || error_number == EPERM || error_number == EROFS)
        kind = ErrorKind::Misconfigured;
    return Error(kind, what + ": " + std::strerror(error_number));
}

void syncFolder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) throw failure("open folder " + folder.string(), errno);
    const int result = ::fsync(fd);
    const int error_number = errno;
    ::close(fd);
    if (result != 0) throw failure("sync folder " + folder.string(), error_number);
}

/// Makes the missing folders; each new name is synced into its parent, so that the file below survives a
/// power cut.
void makeFolders(const std::filesystem::path& folder) {
    std::error_code ignored;  // whatever it is, mkdir meets it again and says it in our words
    if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return;
    makeFolders(folder.parent_path());
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
        throw failure("make folder " + folder.string(), errno);
    syncFolder(folder.has_parent_path() ? folder.parent_path() : std::filesystem::path("."));
}

}  // namespace

Fmp4Recording::Fmp4Recording(int fd, std::string path, const StreamInit& init, microseconds sync_interval)
    : fd_(fd), path_(std::move(path)), epoch_(init.epoch), sync_interval_(sync_interval) {
    try {
        writeWhole(init.bytes);
        sync();
    } catch (...) {
        ::close(fd_);
        throw;
    }
}

Fmp4Recording::~Fmp4Recording() {
    if (is_dirty_)
        ::fdatasync(fd_);  // best effort: the host syncs when it matters and hears of failures there
    ::close(fd_);
}

void Fmp4Recording::append(const Fragment& fragment) {
    if (!fragment.init || fragment.init->epoch != epoch_)
        throw Error(ErrorKind::Internal, "append to " + path_ + ": a fragment of another stream epoch");
    if (has_lost_) throw Error(ErrorKind::Unavailable, "append to " + path_ + ": an earlier sync failed");
    writeWhole(fragment.bytes);
    if (Monotonic::now() - synced_at_ < sync_interval_) return;
    try {
        sync();
    } catch (const Error& error) {
        throw Error(ErrorKind::Unavailable,
                    error.what());  // written: whoever makes room and appends it again writes it twice
    }
}

void Fmp4Recording::sync() {
    if (has_lost_) throw Error(ErrorKind::Unavailable, "sync " + path_ + ": an earlier sync failed");
    if (!is_dirty_) return;
    if (::fdatasync(fd_) != 0) {
        has_lost_ = true;
        throw failure("sync " + path_, errno);
    }
    is_dirty_ = false;
    synced_at_ = Monotonic::now();
}

void Fmp4Recording::writeWhole(const std::vector<std::uint8_t>& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n =
            ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(size_bytes_ + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int error_number = n < 0 ? errno : ENOSPC;
            // Cutting back needs no space; should it fail all the same, readers stop at the last whole
            // fragment.
            if (done > 0 && ::ftruncate(fd_, static_cast<off_t>(size_bytes_)) != 0)
                throw failure("cut back " + path_, errno);
            throw failure("write " + path_, error_number);
        }
        done += static_cast<std::size_t>(n);
        is_dirty_ = true;
    }
    size_bytes_ += bytes.size();
}

void Fmp4Sink::configure(const Settings& settings) {
    sync_interval_ = settings.duration("sync_interval");
}

std::unique_ptr<Recording> Fmp4Sink::begin(const std::filesystem::path& file, const StreamInit& init) {
    if (init.bytes.empty())
        throw Error(ErrorKind::BadData,
                    "begin " + file.string() + ": the stream has no initialisation segment");
    makeFolders(file.parent_path());
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) throw failure("create " + file.string(), errno);
    try {
        auto recording = std::make_unique<Fmp4Recording>(fd, file.string(), init, sync_interval_);
        syncFolder(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
        return recording;
    } catch (const Error&) {
        ::unlink(file.c_str());  // no recording without its initialisation segment
        throw;
    }
}

}  // namespace porchlight::fmp4

PORCHLIGHT_RECORD_PLUGIN("fmp4", "1.0", "Fragmented MP4 files that play after a power cut", "no library",
                         porchlight::fmp4::kSettings, porchlight::fmp4::Fmp4Sink)
