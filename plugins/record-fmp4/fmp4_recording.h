/// Recordings as plain files of fragmented MP4: the initialisation segment, then fragments as they come.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "porchlight/record.h"

namespace porchlight::fmp4 {

/// One file being written. Whatever was appended plays, whether or not this was destroyed in order.
/// **Owns** the descriptor. **Thread**: thread-bound (recorder).
class Fmp4Recording final : public Recording {
  public:
    /// Takes a new, empty file and writes the initialisation segment, synced. Throws Error.
    Fmp4Recording(int fd, std::string path, const StreamInit& init, microseconds sync_interval);
    ~Fmp4Recording() override;

    void append(const Fragment& fragment) override;
    void sync() override;
    std::uint64_t sizeBytes() const noexcept override { return size_bytes_; }

  private:
    void writeWhole(const std::vector<std::uint8_t>& bytes);

    const int fd_;
    const std::string path_;
    const std::uint64_t epoch_;
    const microseconds sync_interval_;
    std::uint64_t size_bytes_ = 0;  ///< of whole fragments
    Monotonic::time_point synced_at_{};
    bool is_dirty_ = false;
    /// A sync failed: the kernel forgets what it could not write, and the next sync would lie.
    bool has_lost_ = false;
};

/// Makes recordings below existing or new folders.
class Fmp4Sink final : public RecordSink {
  public:
    void configure(const Settings& settings) override;
    std::unique_ptr<Recording> begin(const std::filesystem::path& file, const StreamInit& init) override;

  private:
    microseconds sync_interval_{60'000'000};
};

}  // namespace porchlight::fmp4
