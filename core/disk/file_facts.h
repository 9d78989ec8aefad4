/// What is in the file of a recording.
#pragma once

#include <filesystem>
#include <optional>

#include "base/fd.h"
#include "media/recording_scanner.h"
#include "porchlight/media.h"

namespace porchlight::disk {

struct FileFacts {
    microseconds duration{0};      ///< a week at most: more is a lie of its time stamps
    std::uint64_t size_bytes = 0;  ///< of the file, now
    std::uint64_t torn_bytes = 0;  ///< what a power cut left of a fragment at its end; cut off, or to be
    Codec video = Codec::None;
    int width_px = 0;
    int height_px = 0;
    bool has_audio = false;
};

/// Reads the boxes of one file, some fragments at a time. **Owns** the descriptor. **Thread**: thread-bound.
/// Throws Error: Unavailable (cannot be read or cut); a file that holds no footage is no error.
class FileInspection {
  public:
    /// `may_cut`: a torn end is cut off when all is read.
    FileInspection(const std::filesystem::path& file, bool may_cut);

    /// Reads a fragment. False when there is nothing more to read: facts() is final.
    bool step();

    /// Nothing when the file is gone or holds no footage.
    std::optional<FileFacts> facts() const;

  private:
    void finish();

    const std::filesystem::path file_;
    const bool may_cut_;
    base::Fd fd_;
    std::optional<media::RecordingScanner> scanner_;
    media::RecordingSummary summary_;
    std::optional<FileFacts> facts_;
};

/// All of it at once.
std::optional<FileFacts> inspectFile(const std::filesystem::path& file, bool may_cut);

}  // namespace porchlight::disk
