/// How the volume is, as the owner was told: trouble at once, its end when it stays so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "disk/volume.h"
#include "record/upkeep/storage_news.h"

namespace porchlight::record {

/// A disk that was full or failing takes a probe again. It is told as well when it has taken footage, too, or
/// when nobody has tried for a while; and stayed so, for three seconds, after each relapse within ten minutes
/// twice as long. **Thread**: thread-bound (recorder).
class VolumeNews {
  public:
    /// `since`: what is told before the first trouble.
    VolumeNews(const base::Clock& clock, WallTime since) : clock_(clock), since_(since) {}

    /// `durable_bytes`: footage synced to it since the start.
    void look(const disk::Volume& volume, std::uint64_t durable_bytes, StorageNews& news);

    disk::VolumeState state() const noexcept { return state_; }  ///< as told
    WallTime since() const noexcept { return since_; }

  private:
    bool isCalm(std::uint64_t durable_bytes);
    void tellNotice(const disk::Volume& volume, StorageNews& news);

    const base::Clock& clock_;
    disk::VolumeState state_ = disk::VolumeState::Ok;
    WallTime since_;
    std::string notice_;
    std::optional<Monotonic::time_point> calm_since_;  ///< well, but not told yet
    std::uint64_t durable_at_calm_ = 0;
    microseconds calm_span_{0};  ///< doubled by each relapse
    Monotonic::time_point told_well_at_{};
};

}  // namespace porchlight::record
