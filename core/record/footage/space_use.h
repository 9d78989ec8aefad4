/// What footage has taken of which disk, and whether one was met full.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

namespace porchlight::record {

/// Counts bytes since the start. Disks are numbered as by Volume::otherDisk: 0 is the volume.
/// **Thread**: thread-bound (recorder).
class SpaceUse {
  public:
    /// Footage that goes to the spool counts as written to no disk.
    void noteSpooled(std::uint64_t bytes) noexcept { unchecked_bytes_ += bytes; }
    void noteWritten(std::uint64_t disk, std::uint64_t bytes) noexcept {
        unchecked_bytes_ += bytes;
        if (disk == 0) volume_written_bytes_ += bytes;
    }
    void noteDurable(std::uint64_t disk, std::uint64_t bytes) { durable_bytes_[disk] += bytes; }

    std::uint64_t volumeWritten() const noexcept { return volume_written_bytes_; }
    std::uint64_t durable(std::uint64_t disk = 0) const noexcept {
        const auto found = durable_bytes_.find(disk);
        return found == durable_bytes_.end() ? 0 : found->second;
    }

    /// A write met a full disk: the limits are looked at at once.
    void noteFull() noexcept { was_met_full_ = true; }
    bool wasMetFull() const noexcept { return was_met_full_; }
    std::uint64_t uncheckedBytes() const noexcept { return unchecked_bytes_; }

    /// The limits are being looked at.
    void noteChecked() noexcept {
        was_met_full_ = false;
        unchecked_bytes_ = 0;
    }

  private:
    std::uint64_t volume_written_bytes_ = 0;
    std::map<std::uint64_t, std::uint64_t> durable_bytes_;
    std::uint64_t unchecked_bytes_ = 0;  ///< written since the limits were looked at last
    bool was_met_full_ = false;
};

}  // namespace porchlight::record
