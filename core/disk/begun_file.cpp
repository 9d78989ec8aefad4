#include "disk/begun_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/fd.h"
#include "base/limits.h"
#include "disk/places.h"
#include "media/box.h"
#include "media/recording_scanner.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxInitBytes = 4096;

/// What stands in a file that is no recording. All else but a beginning that was cut short is somebody's, or
/// damaged.
struct Content {
    media::ReadAt read;
    std::uint64_t size = 0;

    std::optional<media::BoxHeader> headerAt(std::uint64_t offset) const {
        std::uint8_t raw[media::kBoxHeaderMaxBytes];
        return media::readBoxHeader(std::span(raw, read(offset, raw)));
    }

    /// Some file systems make a file long before its bytes are there.
    bool isZeroFrom(std::uint64_t offset) const {
        std::vector<std::uint8_t> buffer(64 * 1024);
        while (const std::size_t n = read(offset, buffer)) {
            if (std::any_of(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n),
                            [](std::uint8_t byte) { return byte != 0; }))
                return false;
            offset += n;
        }
        return true;
    }

    /// Boxes up to a moov whose end is missing. Throws Error(BadData).
    bool isInitTorn() const {
        if (size >= kMaxInitBytes) return false;
        for (std::uint64_t at = 0;;) {
            if (isZeroFrom(at)) return true;  // nothing more, too
            const auto header = headerAt(at);
            if (!header) return true;
            if (header->type != media::fourCc("ftyp") && header->type != media::fourCc("moov")) return false;
            at += header->size_bytes;
            if (at > size) return true;
            if (header->type == media::fourCc("moov")) return false;
        }
    }

    /// At `offset`, where whole fragments end: at most the beginning of moof and mdat. Throws Error(BadData).
    bool isTornFrom(std::uint64_t offset) const {
        if (size - offset > limit::kMessageBytes) return false;
        if (isZeroFrom(offset)) return true;
        const auto moof = headerAt(offset);
        if (!moof) return true;
        if (moof->type != media::fourCc("moof")) return false;
        const std::uint64_t moof_end = offset + moof->size_bytes;
        if (isZeroFrom(moof_end)) return true;
        const auto mdat = headerAt(moof_end);
        return !mdat || (mdat->type == media::fourCc("mdat") && moof_end + mdat->size_bytes > size);
    }

    /// A whole initialisation segment and a torn fragment behind it. Throws Error(BadData).
    bool isFirstFragmentTorn() const {
        media::RecordingScanner scanner(read);
        const media::RecordingSummary summary = media::summarize(scanner);
        return summary.fragments == 0 && isTornFrom(summary.whole_bytes);
    }
};

}  // namespace

bool isOursByName(const fs::path& relative) {
    const auto started_at = startOf(relative);
    return started_at && relative == recordingPath(relative.begin()->string(), *started_at);
}

bool isTornTail(int fd, std::uint64_t offset, std::uint64_t size) {
    try {
        return Content{media::readerOf(fd), size}.isTornFrom(offset);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        return false;
    }
}

bool holdsNothing(const fs::path& recordings_dir, const std::string& row_path) {
    if (!isOursByName(relativeOf(row_path))) return false;
    const base::Fd fd(::open(fileOf(recordings_dir, row_path).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return false;
    try {
        const Content content{media::readerOf(fd.get()), static_cast<std::uint64_t>(status.st_size)};
        return content.isInitTorn() || content.isFirstFragmentTorn();
    } catch (const Error&) {
        return false;  // damaged, or it cannot be read: somebody may want to look at it
    }
}

}  // namespace porchlight::disk
