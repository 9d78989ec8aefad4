/// What is said of everything that recordings are kept on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "disk/recover/progress.h"
#include "porchlight/time.h"
#include "store/store.h"

namespace porchlight::record {

/// The state of everything that recordings are kept on.
struct StorageStatus {
    std::string state = "ok";  ///< of the volume: ok missing foreign read_only full failing
    std::string detail;        ///< why it is not ok, and a notice; empty when well
    WallTime since{};
    std::uint64_t total_bytes = 0;  ///< of the volume, as last seen
    std::uint64_t free_bytes = 0;
    std::uint64_t spool_bytes = 0;  ///< waits beside the database for the volume
    std::uint64_t spool_files = 0;
    std::uint64_t spool_dropped_files = 0;
    std::uint64_t held_bytes = 0;   ///< waits in memory
    std::uint64_t late_rows = 0;    ///< recordings whose row the database did not take yet
    std::string retention_problem;  ///< why a limit is passed and nothing more is deleted; empty when well
    std::vector<std::string> problems;  ///< what the owner was told and is not over, in words
    bool is_clock_trusted = true;
    std::optional<disk::ComparisonProgress> housekeeping;  ///< while it goes on
    std::vector<store::WrittenRow> written;  ///< bytes and syncs by purpose, of the last seven days and today
    std::optional<double> flash_life_years;  ///< at that rate, see flashLifeYears
};

/// Something about the storage that the owner is told, and its end.
struct StorageIssue {
    WallTime at{};
    std::string kind;    ///< volume, retention, spool, memory, database, files, soundness, playback
    std::string state;   ///< ok, or as StorageStatus::state, or kept_only, useless, undeletable, in_use,
                         ///< dropping, refusing, damaged, gone, out_of_reach, unplayable
    std::string detail;  ///< empty when it is over
    std::vector<std::string> problems;  ///< all that is wrong now, in words
};

}  // namespace porchlight::record
