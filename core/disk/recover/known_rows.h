/// Rows looked up by the paths of files, in the order of those.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "store/store.h"

namespace porchlight::disk {

/// Files and rows are both in order: rows are read in pages, each once. **Thread**: thread-bound (that of the
/// Store).
class KnownRows {
  public:
    /// `folder`: all paths begin with it.
    KnownRows(store::Store& store, const std::string& folder)
        : store_(store), end_(folder + "\xff") {}  // no name is greater

    /// `path` is greater, byte by byte, than the one before. Throws Error of the database.
    std::optional<store::KnownPath> find(const std::string& path);

  private:
    store::Store& store_;
    const std::string end_;
    std::deque<store::KnownPath> page_;  ///< from the path that was asked for on
    bool has_more_ = true;
};

}  // namespace porchlight::disk
