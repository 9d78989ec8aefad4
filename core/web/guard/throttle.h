/// Slows down password guessing, in bounded memory and before any hash is computed, without keeping an owner
/// out.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "porchlight/mutex.h"
#include "web/guard/allowance.h"

namespace porchlight::web {

/// Failures by key. The first five are free; after that each must wait 1, 2, 4 ... 60 s. A quiet quarter of
/// an hour forgets them. At most 2048 keys: the one with the fewest failures goes first, one that must wait
/// never; when all must wait, a new key has to wait, too. **Thread**: its owner's.
class DelayTable {
  public:
    seconds waitOf(const std::string& key, Monotonic::time_point now) const;
    std::uint32_t failuresOf(const std::string& key, Monotonic::time_point now) const;
    void count(const std::string& key, Monotonic::time_point now);
    void forgive(const std::string& key);  ///< one failure
    void forget(const std::string& key) { entries_.erase(key); }
    std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        std::uint32_t failures = 0;
        Monotonic::time_point last{};
    };
    std::map<std::string, Entry> entries_;
};

/// Who tries to log in, as far as it is known before anything is hashed.
struct Attempt {
    std::string account;
    std::string address;
    std::string device;     ///< of a cookie that this account's browser got at an earlier login; empty: none
    bool is_known = false;  ///< the account logged in from this address before
};

/// Whose password is checked. A known device answers for itself alone, a known address for itself alone: no
/// stranger can use up their tries. Strangers are slowed by address, by account and all together: an account
/// hears five newcomers - address groups with less than three failures - at once and one more a minute,
/// whatever one stranger does; all others share one row of waits. Only attempts that are judged count. Any
/// thread, never blocks.
class Throttle {
  public:
    explicit Throttle(const base::Clock& clock);

    /// Counts an attempt as failed until succeed() says otherwise, so that parallel attempts are counted too.
    /// Returns the seconds to wait when it is refused, 0 when it may go on.
    int attempt(const Attempt& attempt);

    /// The password was right: forgets the failures of the device or address, and that the account was tried.
    void succeed(const Attempt& attempt);

    /// Nothing was judged after all: as if it had not been tried.
    void withdraw(const Attempt& attempt);

    /// Keys of the largest table.
    std::size_t size() const;

  private:
    seconds waitOf(const Attempt& attempt, Monotonic::time_point now) PORCHLIGHT_REQUIRES(mutex_);
    seconds strangerWait(const Attempt& attempt, Monotonic::time_point now) PORCHLIGHT_REQUIRES(mutex_);
    bool isNewcomer(const Attempt& attempt, Monotonic::time_point now) PORCHLIGHT_REQUIRES(mutex_);
    void count(const Attempt& attempt, Monotonic::time_point now) PORCHLIGHT_REQUIRES(mutex_);
    void withdrawLocked(const Attempt& attempt) PORCHLIGHT_REQUIRES(mutex_);

    const base::Clock& clock_;
    mutable Mutex mutex_;
    DelayTable devices_ PORCHLIGHT_GUARDED_BY(mutex_);
    DelayTable addresses_ PORCHLIGHT_GUARDED_BY(mutex_);
    DelayTable groups_ PORCHLIGHT_GUARDED_BY(mutex_);
    DelayTable accounts_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::map<std::string, Allowance> newcomers_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< by account
    Allowance strangers_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< hashes of all strangers together
};

}  // namespace porchlight::web
