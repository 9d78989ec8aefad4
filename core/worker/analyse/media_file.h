/// Reads the video packets of a recording, for offline use.
#pragma once

#include <filesystem>
#include <memory>

#include "porchlight/media.h"

extern "C" {
struct AVFormatContext;
}

namespace porchlight::worker {

/// An open MP4, AVI, Matroska ... file. **Owns** its descriptor. **Thread**: thread-bound; blocks on the disk
/// only.
class MediaFile {
  public:
    /// Throws Error: Unavailable (missing, unreadable), BadData (no video in it), NotSupported (codec).
    explicit MediaFile(const std::filesystem::path& file);
    ~MediaFile();
    MediaFile(const MediaFile&) = delete;
    MediaFile& operator=(const MediaFile&) = delete;

    const StreamFormat& format() const noexcept { return format_; }

    /// The next video packet; false at the end of the file. A broken tail counts as the end.
    bool read(Packet& packet);

  private:
    void chooseStream(const std::filesystem::path& file);

    AVFormatContext* context_ = nullptr;
    int stream_ = -1;
    std::int64_t next_dts_us_ = 0;  ///< for containers without time stamps
    std::int64_t frame_us_ = 100'000;
    StreamFormat format_;
};

}  // namespace porchlight::worker
