/// What the owner is told of the storage: each beginning once, and its end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "record/upkeep/storage_status.h"

namespace porchlight::record {

/// Invariant: what was told and is not over is what problems() says. The same state of a kind twice is no
/// news, but its words are kept up to date. **Thread**: thread-bound (recorder).
class StorageNews {
  public:
    explicit StorageNews(const base::Clock& clock) : clock_(clock) {}

    /// How it is with `kind` now; it is well when there is no `detail`.
    void note(const std::string& kind, const std::string& state, const std::string& detail);

    /// All that is wrong now, in words.
    std::vector<std::string> problems() const;
    /// Of one kind; empty when that is well.
    std::string detailOf(const std::string& kind) const;

    /// What is to be told since the last call, in order.
    std::vector<StorageIssue> takeUntold();

  private:
    const base::Clock& clock_;
    std::map<std::string, StorageIssue> told_;  ///< by kind, what is not over
    std::vector<StorageIssue> untold_;
};

}  // namespace porchlight::record
