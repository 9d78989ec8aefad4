/// Footage that was found: its rows, and then the coverage ledger.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "disk/recover/recovery.h"
#include "store/store.h"

namespace porchlight::disk {

/// Invariant: the ledger hears of footage only after its row is in the database, and of each that is. Either
/// may be refused by the database: it is done by the next flush() then. **Thread**: thread-bound (that of the
/// Store). Throws Error of the database where it says so.
class Adoption {
  public:
    /// Footage that was found: the coverage ledger wants to know.
    using Found = std::function<void(const std::string& camera, WallTime from, WallTime to)>;

    /// All outlive it.
    Adoption(store::Store& store, RecoveryReport& report, Found found);

    /// A file without a row. Throws before it takes the row.
    void adopt(store::RecordingRow row);

    /// A row, ended, of whose footage the ledger does not know.
    void tell(store::RecordingRow row) { to_tell_.push_back(std::move(row)); }

    /// Rows first, then the ledger. A row that would be refused for ever costs only itself. Throws.
    void flush();

    bool isEmpty() const noexcept { return adopted_.empty() && to_tell_.empty(); }

  private:
    bool isTaken(const std::vector<store::RecordingRow>& rows);

    store::Store& store_;
    RecoveryReport& report_;
    const Found found_;
    std::vector<store::RecordingRow> adopted_;  ///< not in the database yet
    std::deque<store::RecordingRow> to_tell_;
};

}  // namespace porchlight::disk
