/// A file system of its own whose power can be cut.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cuts {

/// ext4 in an image file, mounted through a loop device. **Owns** the image and the mount.
///
/// cut() is what a power cut is for a file system (EXT4_IOC_SHUTDOWN without flushing the log, as xfstests
/// does it): from that moment nothing reaches the image any more; what was in memory only - data, metadata,
/// the open transaction of the journal - is lost. restore() mounts again, which replays the journal.
class Disk {
  public:
    /// Throws std::runtime_error (with the reason) where mounting is not permitted or a tool is missing.
    Disk(const std::filesystem::path& folder, std::uint64_t size_bytes);
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    const std::filesystem::path& path() const noexcept { return mount_; }
    void cut();
    void restore();

  private:
    std::filesystem::path image_;
    std::filesystem::path mount_;
    bool is_mounted_ = false;
};

}  // namespace cuts
