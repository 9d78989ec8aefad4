/// Where the footage of the last minutes lies, for the starts and ends of clips.
#pragma once

#include <deque>
#include <optional>

#include "record/footage/open_recording.h"

namespace porchlight::record {

/// In order of time, bounded by age and number. **Thread**: thread-bound (recorder).
class FootageMemory {
  public:
    /// The newest. Forgets what ended more than `keep` before it - or all, where the wall clock was set back:
    /// what is remembered lies in the future then and would stretch every clip to there.
    void add(const Footage& footage, microseconds keep);

    /// The wall clock was set: all of it is later by `shift`.
    void shift(microseconds shift) noexcept;

    /// End of the newest; nothing when there is none.
    std::optional<WallTime> end() const noexcept;

    /// The last keyframe not after `wanted` from which footage runs on without a hole, else the first one
    /// after it.
    std::optional<WallTime> startFor(WallTime wanted) const noexcept;

    /// End of the fragment that covers `target`, else of what there is; `at_least` or later.
    WallTime endFor(WallTime target, WallTime at_least) const noexcept;

    std::size_t size() const noexcept { return footage_.size(); }

  private:
    std::deque<Footage> footage_;
};

}  // namespace porchlight::record
