/// Clocks and deadlines: intervals are monotonic, wall time is UTC microseconds; and how it is written.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace porchlight {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// All intervals and timeouts are measured on this clock.
using Monotonic = std::chrono::steady_clock;

/// Wall time: microseconds since 1970-01-01 UTC. Stored, shown, never used to measure an interval.
using WallTime = std::chrono::sys_time<microseconds>;

/// ISO 8601 UTC: "2026-11-21T02:03:04.567890Z", with 0 to 6 digits of the second.
inline std::string formatTime(WallTime time, int digits = 6) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    char text[64];
    const int length = std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    const int cut = digits > 0 ? 6 - std::min(digits, 6) : 7;
    return std::string(text, static_cast<std::size_t>(length - cut)) + "Z";
}

/// The moment at which a bounded wait must have returned.
class Deadline {
  public:
    explicit Deadline(Monotonic::time_point at) noexcept : at_(at) {}
    static Deadline in(Monotonic::duration span) noexcept { return Deadline(Monotonic::now() + span); }

    Monotonic::time_point at() const noexcept { return at_; }
    bool isPast() const noexcept { return Monotonic::now() >= at_; }

    /// Milliseconds left, rounded up so that a wait never spins; 0 when past.
    milliseconds remaining() const noexcept {
        const auto left = std::chrono::ceil<milliseconds>(at_ - Monotonic::now());
        return std::max(left, milliseconds{0});
    }

    /// The earlier of this deadline and `span` from now.
    Deadline within(Monotonic::duration span) const noexcept {
        return Deadline(std::min(at_, Monotonic::now() + span));
    }

  private:
    Monotonic::time_point at_;
};

}  // namespace porchlight
