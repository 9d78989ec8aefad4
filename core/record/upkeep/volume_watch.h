/// The volume, and who goes by which of its states.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "disk/volume.h"
#include "record/upkeep/storage_news.h"
#include "record/upkeep/volume_news.h"
#include "store/store.h"

namespace porchlight::record {

/// Invariant: each change of state is answered once, and the owner is told of it by VolumeNews. Remembers in
/// the database that a disk was marked. **Owns** the Volume, which was looked at. **Thread**: thread-bound
/// (recorder).
class VolumeWatch {
  public:
    enum class Change : std::uint8_t {
        None = 1,
        Back,  ///< recordings go there again
        Away,  ///< they do not, or for another reason than before
    };

    /// Throws Error of the database.
    VolumeWatch(store::Store& store, disk::Volume::Options options, const base::Clock& clock);

    disk::Volume& volume() noexcept { return volume_; }
    const disk::Volume& volume() const noexcept { return volume_; }
    const VolumeNews& told() const noexcept { return told_; }

    /// Looks when it is time, or at once -> what changed since the last call, for the cameras to go by.
    /// `durable_bytes`: footage synced to it since the start.
    Change look(bool at_once, std::uint64_t durable_bytes, StorageNews& news);

  private:
    void rememberMark() noexcept;

    store::Store& store_;
    disk::Volume volume_;
    VolumeNews told_;
    disk::VolumeState seen_ = disk::VolumeState::Ok;  ///< by the last call
    bool is_mark_known_ = false;
};

}  // namespace porchlight::record
