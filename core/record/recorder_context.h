/// What all cameras of a recorder share.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "disk/leftovers.h"
#include "disk/spool.h"
#include "disk/volume.h"
#include "disk/write_meter.h"
#include "ledger/coverage_ledger.h"
#include "record/clock_trust.h"
#include "record/held_memory.h"
#include "record/late_rows.h"
#include "record/open_recording.h"
#include "record/recorder.h"

namespace porchlight::record {

/// A file that could not be cut to its durable bytes because its disk was gone.
struct UncutFile {
    std::string row_path;
    std::uint64_t bytes = 0;
};

/// References outlive the cameras. **Thread**: thread-bound (recorder).
struct RecorderContext {
    const RecorderOptions& options;
    const RecorderEvents& events;
    const base::Clock& clock;
    store::Store& store;
    RecordSink& sink;
    disk::Volume& volume;
    disk::Spool& spool;
    ClockTrust& clock_trust;
    disk::WriteMeter& meter;
    LateRows& late_rows;
    ledger::CoverageLedger& ledger;
    HeldMemory& held;
    bool needs_space = false;           ///< a write met a full disk: retention runs at once
    std::uint64_t unchecked_bytes = 0;  ///< written since retention looked last
    std::vector<UncutFile> uncut_files;
    std::function<void()> look_at_clock;  ///< notices a step now: before something is stamped

    /// Deletes the oldest on the disk of that camera's folder because a write met it full; false: nothing may
    /// go.
    std::function<bool(const std::string& camera)> make_room;

    std::uint64_t volume_written_bytes = 0;  ///< footage, since the start
    std::uint64_t volume_durable_bytes = 0;  ///< of it, synced
    disk::Leftovers leftovers = {};
    std::map<std::uint64_t, std::uint64_t>
        durable_elsewhere{};  ///< footage synced to other disks, see Volume::otherDisk

    /// Where a new recording goes now; nothing: nowhere, footage waits in memory. `avoids_volume`: the spool,
    /// if that can be.
    std::optional<disk::Place> place(bool avoids_volume);

    /// How a recording or event that begins at `at` is marked.
    Stamp stampAt(WallTime at);
};

}  // namespace porchlight::record
