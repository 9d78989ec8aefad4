#include "record/upkeep/spool_mover.h"

#include <utility>

#include "base/log.h"
#include "store/sql/database.h"

namespace porchlight::record {
namespace {

constexpr microseconds kDatabaseRetry{3'000'000};
constexpr microseconds kMoveRetry{30'000'000};

}  // namespace

SpoolMover::SpoolMover(disk::Spool& spool, disk::Volume& volume, SpaceUse& use, const base::Clock& clock,
                       PathsInUse paths_in_use, MakeRoom make_room)
    : spool_(spool),
      volume_(volume),
      use_(use),
      clock_(clock),
      paths_in_use_(std::move(paths_in_use)),
      make_room_(std::move(make_room)) {}

void SpoolMover::tick(std::uint64_t open_bytes) {
    const auto now = clock_.now();
    if (now < next_look_) return;
    try {
        spool_.keepWithin(open_bytes);
    } catch (const Error& error) {  // of the database, or of its disk: the volume is not to blame
        next_look_ = now + kDatabaseRetry;
        return say("the spool", error);
    }
    const bool is_empty = spool_.files() == 0 && !spool_.hasLeftovers();
    if (!is_empty && volume_.isOk() && now >= next_move_) moveSlice();
}

void SpoolMover::moveSlice() {
    const auto now = clock_.now();
    try {
        spool_.moveSome(paths_in_use_(), now);
        error_.clear();
    } catch (const store::DatabaseError& error) {
        next_move_ = now + kDatabaseRetry;
        say("move footage from the spool", error);
    } catch (const Error& error) {
        next_move_ = now + kMoveRetry;
        say("move footage from the spool", error);
        noteRefused(error);
    }
}

void SpoolMover::noteRefused(const Error& error) {
    const bool is_full = error.kind() == ErrorKind::Exhausted;
    if (volume_.otherDisk(spool_.refusedCamera()) != 0) {
        if (is_full) make_room_(spool_.refusedCamera());
        return;
    }
    if (is_full) use_.noteFull();
    volume_.failed(error);
}

void SpoolMover::say(const std::string& what, const Error& error) {
    if (error_ != error.what()) base::logError("storage", what + ": " + error.what() + "; it is tried again");
    error_ = error.what();
}

}  // namespace porchlight::record
