/// Keeps the recordings within age, bytes and free space.
#pragma once

#include <string>

#include "base/clock.h"
#include "record/recorder.h"
#include "store/store.h"

namespace porchlight::record {

/// What the disk and the limits say now; pure input of planRetention.
struct StorageState {
    std::uint64_t recorded_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t total_bytes = 0;
    WallTime now{};
};

/// Why the oldest recording has to go now ("age", "bytes", "free_space"); empty when it may stay. Pure.
std::string planRetention(const config::StorageConfig& limits, const StorageState& state, const store::RecordingRow& oldest);

/// **Thread**: thread-bound (recorder).
class Retention {
  public:
    Retention(store::Store& store, const RecorderOptions& options, const base::Clock& clock)
        : store_(store), options_(options), clock_(clock) {}

    /// Deletes the oldest finished recordings that hold no kept event, one at a time and looking again after each, at
    /// most 64 a run. `open_bytes` are in files being written. Throws Error(Unavailable).
    void run(std::uint64_t open_bytes);

  private:
    StorageState look(std::uint64_t open_bytes);
    void remove(const store::RecordingRow& recording, const std::string& reason);

    store::Store& store_;
    const RecorderOptions& options_;
    const base::Clock& clock_;
    bool did_report_full_ = false;
};

}  // namespace porchlight::record
