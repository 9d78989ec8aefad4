/// The footage of a time range, fragment by fragment, out of the recordings of one camera.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "media/recording_scanner.h"
#include "store/store.h"

namespace porchlight::clip {

/// One recording opened for reading. **Owns** the descriptor.
class RecordingReader {
  public:
    /// Throws Error: Unavailable (no such file), BadData.
    RecordingReader(const std::filesystem::path& recordings_dir, store::RecordingRow row);

    struct Entry {
        media::ScannedFragment scanned;
        WallTime start{};
        WallTime end{};
        bool starts_with_key = false;
        std::int64_t start_us = 0;  ///< decode time of the first picture on the stream's own time line
        std::int64_t end_us = 0;
    };

    /// The next whole fragment with pictures; nothing at the (present) end of the file. Throws
    /// Error(BadData).
    std::optional<Entry> next();

    const store::RecordingRow& row() const noexcept { return row_; }
    const media::InitSegment& init() { return scanner_.init(); }
    const base::Bytes& initBytes() { return scanner_.initBytes(); }
    int fd() const noexcept { return fd_.get(); }
    base::Fd takeFd() noexcept { return std::move(fd_); }

  private:
    store::RecordingRow row_;
    base::Fd fd_;
    media::RecordingScanner scanner_;
    std::optional<std::uint64_t> first_decode_time_;
};

/// How far a following recording's time line is moved so that it goes on after what came before. Same stream
/// (its decode times go on): not at all beyond `shift_us`. Otherwise the hole in wall time stays a hole, up
/// to 10 s.
class Timeline {
  public:
    /// The shift for `next`, the first fragment taken of another recording.
    std::int64_t shiftFor(const RecordingReader::Entry& next) noexcept;
    void took(const RecordingReader::Entry& entry) noexcept;

  private:
    std::int64_t shift_us_ = 0;
    std::int64_t last_end_us_ = 0;  ///< unshifted
    WallTime last_end_{};
    bool is_empty_ = true;
};

}  // namespace porchlight::clip
