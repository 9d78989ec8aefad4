/// Log lines about refused callers: a flood of refusals is told, but cannot wash out what else the log holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "porchlight/mutex.h"

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
    void tell() PORCHLIGHT_REQUIRES(mutex_);

    const base::Clock& clock_;
    Mutex mutex_;
    Monotonic::time_point minute_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< when it began
    /// "login from ADDRESS" -> refusals that were not told yet.
    std::map<std::string, std::uint64_t> counts_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::uint64_t others_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
};

}  // namespace porchlight::web
