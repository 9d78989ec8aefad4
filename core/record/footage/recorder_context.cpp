#include "record/footage/recorder_context.h"

#include "disk/places.h"

namespace porchlight::record {

std::optional<disk::Place> RecorderContext::place(bool avoids_volume) {
    volume.look(true);  // a disk may have been taken away since the last look: never to the wrong one
    const bool has_spool = spool.isUsable();
    if (volume.isOk() && !(avoids_volume && has_spool)) return disk::Place{options.recordings_dir, ""};
    if (has_spool) return disk::Place{spool.folder(), std::string(disk::kSpoolPrefix)};
    return std::nullopt;
}

}  // namespace porchlight::record
