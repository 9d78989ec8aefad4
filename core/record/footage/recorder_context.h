/// What all cameras of a recorder share.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "disk/leftovers.h"
#include "disk/spool.h"
#include "disk/volume.h"
#include "disk/write_meter.h"
#include "ledger/coverage_ledger.h"
#include "record/footage/held_memory.h"
#include "record/footage/late_rows.h"
#include "record/footage/open_recording.h"
#include "record/footage/space_use.h"
#include "record/footage/uncut_files.h"

namespace porchlight::record {

/// How footage is written, see RecorderOptions.
struct WriteOptions {
    std::filesystem::path recordings_dir;
    microseconds sync_interval{0};
    microseconds retry_interval{0};
    microseconds look_interval{0};  ///< of tick()
};

/// References outlive the cameras. **Thread**: thread-bound (recorder).
struct RecorderContext {
    const WriteOptions options;
    const base::Clock& clock;
    store::Store& store;
    RecordSink& sink;
    disk::Volume& volume;
    disk::Spool& spool;
    disk::WriteMeter& meter;
    LateRows& late_rows;
    ledger::CoverageLedger& ledger;
    HeldMemory& held;
    disk::Leftovers& leftovers;

    /// How a recording or event that begins at `at` is marked; notices a step of the clock first.
    std::function<Stamp(WallTime at)> stamp_at;

    /// Deletes the oldest on the disk of that camera's folder because a write met it full; false: nothing may
    /// go.
    std::function<bool(const std::string& camera)> make_room;

    SpaceUse use = {};
    UncutFiles uncut_files = {};

    /// Where a new recording goes now; nothing: nowhere, footage waits in memory. `avoids_volume`: the spool,
    /// if that can be.
    std::optional<disk::Place> place(bool avoids_volume);
};

}  // namespace porchlight::record
