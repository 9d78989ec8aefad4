/// Slows down password guessing: per address and per account, in bounded memory, before any hash is computed.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace porchlight::web {

/// The first five failures of a key are free; after that each must wait 1, 2, 4 ... 60 s. A quiet quarter of an hour
/// forgets them. At most 2048 keys are kept; the one that was quiet longest goes first. Any thread, never blocks.
class Throttle {
  public:
    explicit Throttle(const base::Clock& clock) : clock_(clock) {}

    /// Counts an attempt as failed until succeed() says otherwise, so that parallel attempts are counted too.
    /// Returns the seconds to wait when it is refused, 0 when it may go on.
    int attempt(const std::string& key);

    /// Forgets the failures of `key`.
    void succeed(const std::string& key);

    std::size_t size() const;

  private:
    struct Entry {
        std::uint32_t failures = 0;
        Monotonic::time_point last{};
    };
    void makeRoom(Monotonic::time_point now);

    const base::Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

/// What counts as one address: IPv4 whole, IPv6 by its /64.
std::string throttleKey(const std::string& address);

}  // namespace porchlight::web
