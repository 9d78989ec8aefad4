/// Who may export: each export reads much and holds the tables of its clip, so there are few at once.
#pragma once

#include <map>
#include <string>

#include "base/cancel.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::evidence {

/// Two places: one for an account, one of the two for administrators only. Any thread.
class ExportPlaces {
  public:
    static constexpr std::size_t kMax = 2;
    static constexpr std::size_t kMaxViewers = kMax - 1;

    /// False: this account exports already, or there is no place for its like.
    bool take(const std::string& account, bool is_admin);
    void leave(const std::string& account);
    /// Whether somebody was refused within the last minute.
    bool isWanted() const;

  private:
    mutable Mutex mutex_;
    std::map<std::string, bool> taken_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< account -> is an administrator
    Monotonic::time_point refused_at_ PORCHLIGHT_GUARDED_BY(mutex_) = Monotonic::time_point::min();
};

/// Holds a place for its life. The constructor waits up to two seconds: a player that seeks asks again before
/// its first request has ended. Throws Cancelled.
class ExportPlace {
  public:
    ExportPlace(ExportPlaces& places, std::string account, bool is_admin, const base::Cancel& cancel);
    ~ExportPlace() {
        if (is_held_) places_.leave(account_);
    }
    ExportPlace(const ExportPlace&) = delete;
    ExportPlace& operator=(const ExportPlace&) = delete;
    explicit operator bool() const noexcept { return is_held_; }

  private:
    ExportPlaces& places_;
    const std::string account_;
    bool is_held_;
};

/// Whether who took `bytes` in `elapsed` gives up the place: after a minute, below 8 KiB/s on average, or
/// below 64 KiB/s while others wait. Pure.
bool isTooSlow(std::uint64_t bytes, Monotonic::duration elapsed, bool is_wanted) noexcept;

}  // namespace porchlight::evidence
