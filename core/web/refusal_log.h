/// Log lines about refused callers: a flood of refusals is told, but cannot wash out what else the log holds.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace porchlight::web {

/// A line at the first refusal of an address, then one a minute with a count while it goes on. Ten addresses
/// a minute have lines of their own, all others one together. Any thread, never blocks.
class RefusalLog {
  public:
    explicit RefusalLog(const base::Clock& clock) : clock_(clock), minute_(clock.now()) {}
    ~RefusalLog();
    RefusalLog(const RefusalLog&) = delete;
    RefusalLog& operator=(const RefusalLog&) = delete;

    /// `what`: "login", "requests".
    void note(const std::string& what, const std::string& address);

    /// Tells what was counted, once the minute is over; to be called now and then.
    void tick();

  private:
    void tell();

    const base::Clock& clock_;
    std::mutex mutex_;
    Monotonic::time_point minute_;  ///< when it began
    std::map<std::string, std::uint64_t>
        counts_;  ///< "login from ADDRESS" -> refusals that were not told yet
    std::uint64_t others_ = 0;
};

}  // namespace porchlight::web
