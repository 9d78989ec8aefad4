/// The search for the oldest recording that may go.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "disk/volume.h"
#include "store/store.h"

namespace porchlight::disk {

/// However many recordings may not go, each is looked at once until forget(): a search goes on where the last
/// one ended. What lies in the spool has a limit of its own and is never found. **Thread**: thread-bound
/// (recorder). Throws Error of the database.
class OldestFirst {
  public:
    /// Of one camera or all (""), on one disk (Volume::otherDisk) or all.
    struct Where {
        std::string camera;
        std::optional<std::uint64_t> disk;
        auto operator<=>(const Where&) const = default;
    };
    using MayGo = std::function<bool(const store::RetentionCandidate&)>;

    /// All outlive it. `may_go`: whether one that was found may be deleted.
    OldestFirst(store::Store& store, const Volume& volume, MayGo may_go)
        : store_(store), volume_(volume), may_go_(std::move(may_go)) {}

    /// Where folders lie is asked once a step.
    void beginStep() noexcept;

    /// What may not go may have become what may.
    void forget() noexcept { cursors_.clear(); }

    /// Recordings from there on are not found: older ones may be about to be.
    void setKnownUntil(WallTime at) noexcept { known_until_ = at; }

    /// At least a page is looked at. Nothing when there is none - or, if isSearching(), none until `until`.
    std::optional<store::RecordingRow> find(const Where& where, Deadline until);
    bool isSearching() const noexcept { return is_searching_; }

    /// As Volume::otherDisk().
    std::uint64_t diskOf(const std::string& camera);

  private:
    struct Cursor {
        WallTime start = WallTime::min();
        std::int64_t id = 0;
    };
    store::Store& store_;
    const Volume& volume_;
    const MayGo may_go_;
    std::map<Where, Cursor> cursors_;             ///< what is before it may not go
    std::map<std::string, std::uint64_t> disks_;  ///< of cameras' folders, in this step
    WallTime known_until_ = WallTime::max();
    bool is_searching_ = false;  ///< the last search ended with its time
};

}  // namespace porchlight::disk
