/// Whether a database that was not closed properly is sound: looked at beside everything else.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "base/thread.h"

namespace porchlight::store {

/// SQLite's quick_check on a connection of its own. **Owns** a thread ("db-check") that ends when all is
/// read, or within milliseconds at the end of its life. Meanwhile others read and write; only the write-ahead
/// log cannot shrink.
/// **Thread**: thread-bound but for the work itself.
class SoundnessCheck {
  public:
    explicit SoundnessCheck(const std::filesystem::path& file);
    ~SoundnessCheck();
    SoundnessCheck(const SoundnessCheck&) = delete;
    SoundnessCheck& operator=(const SoundnessCheck&) = delete;

    /// What is wrong, empty when sound; nothing while it is being looked at.
    std::optional<std::string> verdict() const;

  private:
    void run() noexcept;

    const std::filesystem::path file_;
    std::string problem_;  ///< set before is_done_
    std::atomic<bool> is_done_{false};
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::store
