/// Rows that the database did not take: put in as soon as it does.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>

#include "store/store.h"

namespace porchlight::record {

/// Finished recordings whose row could not be inserted or ended. Capped; what is dropped here is told in the
/// log, has its file and is adopted at the next start. **Thread**: thread-bound (recorder). Throws nothing.
class LateRows {
  public:
    /// `row.id` 0: to be inserted, else to be ended.
    void add(store::RecordingRow row, std::optional<store::ClockDoubtRow> doubt);

    /// Tries the oldest ones. True when none is left.
    bool retry(store::Store& store) noexcept;

    std::size_t size() const noexcept { return rows_.size(); }
    void collectPaths(std::set<std::string>& paths) const;

  private:
    struct Late {
        store::RecordingRow row;
        std::optional<store::ClockDoubtRow> doubt;
    };
    std::deque<Late> rows_;
};

}  // namespace porchlight::record
