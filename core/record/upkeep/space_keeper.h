/// When the limits of the storage are looked at, how room is made on a disk that a write met full, and when
/// events go for good.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "disk/leftovers.h"
#include "disk/retain/event_forgetting.h"
#include "disk/retain/retention.h"
#include "disk/spool.h"
#include "disk/volume.h"
#include "record/footage/space_use.h"
#include "record/upkeep/clock_trust.h"
#include "record/upkeep/housekeeping.h"
#include "record/upkeep/volume_watch.h"

namespace porchlight::record {

/// Looks every ten seconds, after 32 MiB, and at once after a write met a full disk. Invariant: room is made
/// again on a disk only after that has taken footage since - deleting has to help. **Owns** the retention and
/// the forgetting of events.
/// **Thread**: thread-bound (recorder). Throws nothing but bad_alloc: failures are logged, and it looks
/// again.
class SpaceKeeper {
  public:
    /// All outlive it.
    struct Storage {
        store::Store& store;
        const base::Clock& clock;
        VolumeWatch& volume;
        const disk::Spool& spool;
        disk::Leftovers& leftovers;
        SpaceUse& use;
        const ClockTrust& clock_trust;
        const Housekeeping& housekeeping;
        StorageNews& news;
    };
    /// What it has to know of others.
    struct Asks {
        std::function<std::vector<disk::CameraLimits>()> limits;
        std::function<std::map<std::string, std::uint64_t>()> open_bytes;  ///< by camera
        std::function<void()> on_volume_tried;                             ///< it may be another state now
    };
    SpaceKeeper(const Storage& storage, const disk::RetentionOptions& options, microseconds history_max_age,
                Asks asks);

    /// Looks when it is time.
    void tick();
    /// Looks now.
    void keepWithinLimits() noexcept;
    void lookSoon() noexcept { next_look_ = {}; }

    /// Deletes the oldest on the disk of that camera's folder; false: nothing may go, or it did not help.
    bool makeRoom(const std::string& camera) noexcept;

    disk::Retention& retention() noexcept { return retention_; }
    const disk::Retention& retention() const noexcept { return retention_; }

  private:
    void judge();
    bool makeRoomOnFullVolume();
    bool forgetOldEvents();
    void forgetDeletedEvents() noexcept;
    void forgetHistory();

    const Storage at_;
    disk::Volume& volume_;
    const disk::RetentionOptions options_;
    const microseconds history_max_age_;
    const Asks asks_;
    disk::Retention retention_;
    disk::EventForgetting forgetting_;
    /// What a disk (Volume::otherDisk) had taken when room was made last.
    std::map<std::uint64_t, std::uint64_t> taken_at_room_;
    std::optional<std::uint64_t> durable_at_room_;  ///< of the volume, when that was full by itself
    Monotonic::time_point next_look_{};
    Monotonic::time_point next_history_{};
};

}  // namespace porchlight::record
