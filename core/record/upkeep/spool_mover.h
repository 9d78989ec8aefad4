/// When footage goes home from the spool, and what is done where its disk does not take it.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "base/clock.h"
#include "disk/spool.h"
#include "disk/volume.h"
#include "porchlight/error.h"
#include "record/footage/space_use.h"

namespace porchlight::record {

/// A failure rests the moving for a while, said once for as long as it is the same. **Thread**: thread-bound
/// (recorder). Throws nothing but bad_alloc.
class SpoolMover {
  public:
    using PathsInUse = std::function<std::set<std::string>()>;
    using MakeRoom = std::function<bool(const std::string& camera)>;

    /// All outlive it. `make_room`: on the disk of that camera's folder.
    SpoolMover(disk::Spool& spool, disk::Volume& volume, SpaceUse& use, const base::Clock& clock,
               PathsInUse paths_in_use, MakeRoom make_room);

    /// Keeps the spool within its limit, and moves a slice. `open_bytes`: of files there that are being
    /// written.
    void tick(std::uint64_t open_bytes);

    /// The volume is back: no failure of the time before counts.
    void tryNow() noexcept { next_move_ = {}; }

  private:
    void moveSlice();
    void noteRefused(const Error& error);
    void say(const std::string& what, const Error& error);

    disk::Spool& spool_;
    disk::Volume& volume_;
    SpaceUse& use_;
    const base::Clock& clock_;
    const PathsInUse paths_in_use_;
    const MakeRoom make_room_;
    Monotonic::time_point next_look_{};
    Monotonic::time_point next_move_{};
    std::string error_;  ///< as told last
};

}  // namespace porchlight::record
