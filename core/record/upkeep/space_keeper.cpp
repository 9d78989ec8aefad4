#include "record/upkeep/space_keeper.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kLimitsInterval{10'000'000};
constexpr microseconds kHistoryInterval = std::chrono::hours(6);
constexpr std::uint64_t kLookBytes = 32ULL << 20U;

}  // namespace

SpaceKeeper::SpaceKeeper(const Storage& storage, const disk::RetentionOptions& options,
                         microseconds history_max_age, Asks asks)
    : at_(storage),
      volume_(storage.volume.volume()),
      options_(options),
      history_max_age_(history_max_age),
      asks_(std::move(asks)),
      retention_(storage.store, options_, volume_, storage.clock),
      forgetting_(storage.store, options_.thumbnails_dir, options_.storage.max_event_age, storage.clock,
                  storage.leftovers) {}

void SpaceKeeper::tick() {
    if (at_.use.wasMetFull() || at_.clock.now() >= next_look_ || at_.use.uncheckedBytes() >= kLookBytes)
        keepWithinLimits();
    forgetDeletedEvents();
}

void SpaceKeeper::keepWithinLimits() noexcept {
    at_.use.noteChecked();
    next_look_ = at_.clock.now() + kLimitsInterval;
    try {
        // What cannot be deleted now is not judged either; a full disk can.
        if (volume_.isOk() || volume_.state() == disk::VolumeState::Full) judge();
        forgetHistory();  // after the files: it needs space itself
    } catch (const std::exception& error) {
        base::logError("recorder", std::string("retention: ") + error.what());
    }
}

void SpaceKeeper::judge() {
    retention_.setKnownUntil(at_.housekeeping.knownUntil());
    retention_.setWritten(at_.use.volumeWritten() + at_.spool.copiedBytes());
    const bool has_more =
        retention_.step(asks_.limits(), asks_.open_bytes(), at_.clock_trust.isTrusted()) || forgetOldEvents();
    // Making room has its own judgement; of a full disk that has none nothing is said.
    const bool has_room_to_make = has_more || makeRoomOnFullVolume();
    const bool is_judged =
        at_.volume.told().state() != disk::VolumeState::Full || !retention_.problem().empty();
    if (has_room_to_make)
        lookSoon();
    else if (is_judged && at_.housekeeping.areFilesKnown())
        at_.news.note("retention", retention_.stateOfProblem(), retention_.problem());
}

bool SpaceKeeper::forgetOldEvents() {
    return at_.clock_trust.isTrusted() && forgetting_.forgetOld();
}

/// Whatever the volume is like: thumbnails are not there.
void SpaceKeeper::forgetDeletedEvents() noexcept {
    try {
        forgetting_.forgetDeleted();
    } catch (const std::exception& error) {
        base::logWarning("recorder", std::string("remove deleted events: ") + error.what());
    }
}

/// Health, incidents and the like.
void SpaceKeeper::forgetHistory() {
    const auto now = at_.clock.now();
    if (now < next_history_ || !at_.clock_trust.isTrusted()) return;
    next_history_ = now + kHistoryInterval;
    const WallTime oldest = at_.clock.wallNow() - history_max_age_;
    if (oldest > WallTime{}) at_.store.forgetBefore(oldest);
}

bool SpaceKeeper::makeRoom(const std::string& camera) noexcept {
    try {
        const std::uint64_t disk = volume_.otherDisk(camera);
        const std::uint64_t taken = disk == 0 ? at_.use.volumeWritten() : at_.use.durable(disk);
        // The disk has taken nothing since room was made last: it did not help.
        const auto [made_at, is_first] = taken_at_room_.try_emplace(disk, taken);
        if (!is_first && std::exchange(made_at->second, taken) == taken) return false;
        retention_.setKnownUntil(at_.housekeeping.knownUntil());
        const bool is_made = retention_.makeRoom(camera);
        if (retention_.isSearching()) taken_at_room_.erase(disk);
        return is_made;
    } catch (const std::exception& error) {
        base::logError("recorder", std::string("make room: ") + error.what());
        return false;
    }
}

/// Full although the limits are kept: a quota, no inodes left, or min_free_bytes 0. True when more is to be
/// done at once.
bool SpaceKeeper::makeRoomOnFullVolume() {
    const auto isFull = [&] { return volume_.state() == disk::VolumeState::Full; };
    if (!isFull()) return false;
    volume_.tryAgain();
    if (!isFull()) return asks_.on_volume_tried(), false;
    if (durable_at_room_ == at_.use.durable()) return retention_.noteUseless(), false;
    if (!retention_.makeRoom()) return retention_.isSearching();
    durable_at_room_ = at_.use.durable();
    volume_.tryAgain();
    asks_.on_volume_tried();
    return isFull();
}

}  // namespace porchlight::record
