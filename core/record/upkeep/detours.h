/// Where footage goes while its disk does not take it, as the owner is told.
#pragma once

#include <cstdint>
#include <string>

#include "disk/spool.h"
#include "disk/volume.h"
#include "record/footage/held_memory.h"
#include "record/upkeep/storage_news.h"

namespace porchlight::record {

/// **Thread**: thread-bound (recorder).
class Detours {
  public:
    struct Limits {
        std::uint64_t spool_max_bytes = 0;
        std::uint64_t held_max_bytes = 0;
    };
    /// What one look found.
    struct Facts {
        bool is_spooling = false;  ///< a file in the spool is being written
        bool is_volume_ok = true;
        std::string why_elsewhere;  ///< the disk is well, and yet does not take what a camera records
    };
    explicit Detours(const Limits& limits) : limits_(limits) {}

    void look(const disk::Spool& spool, const HeldMemory& held, const Facts& facts, StorageNews& news);

  private:
    void lookAtSpool(const disk::Spool& spool, const Facts& facts, StorageNews& news);
    void lookAtMemory(const HeldMemory& held, const Facts& facts, StorageNews& news);

    const Limits limits_;
    std::uint64_t spool_dropped_files_ = 0;  ///< when the spool was taken into use
    std::uint64_t held_dropped_bytes_ = 0;   ///< when memory was
};

}  // namespace porchlight::record
