/// The deletion of recordings: announced, done, entered.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// The deletion of recordings: announced, done, entered. **Thread** and errors: as Store.
class Removals {
  public:
    explicit Removals(Connection& connection) : connection_(connection) {}

    /// `remove_file`, and then row, its events' reason and byte ledger in one transaction; when that throws,
    /// again with a `remove_file` that finds nothing to do. That the file is being deleted is durable before
    /// it is (not in a database without space): a process that ends in between lost nothing. When
    /// `remove_file` throws all is as it was.
    void remove(const RecordingRow& row, const std::string& reason, const std::function<void()>& remove_file);
    /// Their files are not there any more: "lost", or why they were being deleted when the process ended;
    /// also on their events. One transaction; those that are gone already stay. -> those that are lost.
    std::vector<RecordingRow> lose(const std::vector<RecordingRow>& rows);
    std::vector<std::int64_t> begun();  ///< rows whose files were being deleted, and nobody has looked yet
    void forget(std::int64_t id);       ///< its file is there
    std::size_t forgetGone(WallTime before, std::size_t limit);  ///< rows of deleted files; how many went

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
