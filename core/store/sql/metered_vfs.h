/// SQLite's file layer with a meter: how many bytes and syncs the database costs; and a way to end long
/// reads.
#pragma once

#include <cstdint>

#include "base/cancel.h"

namespace porchlight::store {

struct WriteCount {
    std::uint64_t bytes = 0;
    std::uint64_t syncs = 0;
};

/// What all connections of this process have written and synced so far, write-ahead logs included. Any
/// thread.
WriteCount databaseWrites() noexcept;

/// Reads of this thread fail once `cancel` is due; null: never. SQLite asks its progress handler between two
/// steps of its machine, and a whole quick_check is one step.
void setReadsUntil(const base::Cancel* cancel) noexcept;

/// The name of the layer, registered on first use; what sqlite3_open_v2 wants. Any thread.
const char* meteredVfs() noexcept;

}  // namespace porchlight::store
