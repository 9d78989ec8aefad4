#include "disk/file_facts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "disk/begun_file.h"

namespace porchlight::disk {
namespace {

constexpr microseconds kLongest = std::chrono::days(7);

/// A track of video may hold anything, sound included; a row knows what cameras send.
Codec videoOf(Codec codec) noexcept {
    const bool is_known = codec == Codec::H264 || codec == Codec::H265 || codec == Codec::Mjpeg;
    return is_known ? codec : Codec::None;
}

FileFacts factsOf(const media::RecordingSummary& summary) {
    const media::Track& video = summary.init.tracks[summary.init.videoIndex()];
    FileFacts facts;
    facts.duration = std::clamp(summary.video_duration, microseconds{0}, kLongest);
    facts.video = videoOf(video.codec);
    facts.width_px = static_cast<int>(video.width_16_16 >> 16U);
    facts.height_px = static_cast<int>(video.height_16_16 >> 16U);
    facts.has_audio =
        std::any_of(summary.init.tracks.begin(), summary.init.tracks.end(),
                    [](const media::Track& track) { return track.kind == media::TrackKind::Audio; });
    return facts;
}

}  // namespace

FileInspection::FileInspection(const std::filesystem::path& file, bool may_cut)
    : file_(file),
      may_cut_(may_cut),
      fd_(::open(file.c_str(), (may_cut ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)) {
    if (!fd_ && errno != ENOENT) throw base::errnoError("open " + file.string(), errno);
    if (fd_) scanner_.emplace(media::readerOf(fd_.get()));
}

bool FileInspection::step() {
    if (!scanner_) return false;
    try {
        if (media::summarizeNext(*scanner_, summary_)) return true;
        if (summary_.fragments > 0) finish();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        facts_.reset();
    }
    scanner_.reset();
    return false;
}

void FileInspection::finish() {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) throw base::errnoError("look at " + file_.string(), errno);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    FileFacts facts = factsOf(summary_);
    if (size > summary_.whole_bytes && isTornTail(fd_.get(), summary_.whole_bytes, size))
        facts.torn_bytes = size - summary_.whole_bytes;
    facts.size_bytes = may_cut_ ? size - facts.torn_bytes : size;
    if (may_cut_ && facts.torn_bytes > 0 &&
        (::ftruncate(fd_.get(), static_cast<off_t>(summary_.whole_bytes)) != 0 ||
         ::fdatasync(fd_.get()) != 0))
        throw base::errnoError("cut the torn end of " + file_.string(), errno);
    facts_ = facts;
}

std::optional<FileFacts> FileInspection::facts() const {
    return facts_;
}

std::optional<FileFacts> inspectFile(const std::filesystem::path& file, bool may_cut) {
    FileInspection inspection(file, may_cut);
    while (inspection.step()) {
    }
    return inspection.facts();
}

}  // namespace porchlight::disk
