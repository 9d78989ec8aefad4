#include "record/upkeep/detours.h"

#include "base/text.h"

namespace porchlight::record {

void Detours::look(const disk::Spool& spool, const HeldMemory& held, const Facts& facts, StorageNews& news) {
    lookAtSpool(spool, facts, news);
    lookAtMemory(held, facts, news);
}

void Detours::lookAtSpool(const disk::Spool& spool, const Facts& facts, StorageNews& news) {
    if (spool.files() == 0 && !facts.is_spooling) {
        spool_dropped_files_ = spool.droppedFiles();
        news.note("spool", "ok", "");
    } else if (spool.droppedFiles() > spool_dropped_files_) {
        news.note("spool", "dropping",
                  "the spool is full: the oldest footage in it was deleted to keep the newest");
    } else {
        news.note("spool", "in_use",
                  "footage waits in the spool beside the database, at most " +
                      base::formatSize(limits_.spool_max_bytes) + " of it, until its disk takes it" +
                      facts.why_elsewhere);
    }
}

void Detours::lookAtMemory(const HeldMemory& held, const Facts& facts, StorageNews& news) {
    if (held.bytes() == 0) {
        held_dropped_bytes_ = held.droppedBytes();
        news.note("memory", "ok", "");
    } else if (held.droppedBytes() > held_dropped_bytes_) {
        news.note("memory", "dropping", "footage is lost: no disk takes it, and the memory for it is full");
    } else if (!facts.is_volume_ok || !facts.why_elsewhere.empty()) {
        news.note("memory", "in_use",
                  "footage waits in memory, at most " + base::formatSize(limits_.held_max_bytes) +
                      " of it, until a disk takes it" + facts.why_elsewhere);
    }
}

}  // namespace porchlight::record
