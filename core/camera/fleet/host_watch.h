/// Recognises that the host itself stood still or that its clock jumped, before a camera is blamed.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "camera/listener.h"

namespace porchlight::camera {

/// How long nothing at all could run because everybody waited, since the machine started: /proc/pressure,
/// "full".
struct Pressure {
    microseconds memory{0};  ///< for memory that is swapped or read in again
    microseconds io{0};      ///< for disks
    microseconds cpu{0};  ///< somebody waited for a processor ("some"): all the time where there is more to
                          ///< do than can be done
};
using PressureSource = std::function<std::optional<Pressure>()>;

/// Nothing where the kernel does not tell (Raspberry Pi OS: psi=1 on its command line). Any thread.
std::optional<Pressure> readPressure();

/// Told once a round of the supervisor, about ten times a second. **Thread**: thread-bound (supervisor).
///
/// - host_stall: the round came more than 1.5 s late, and not because of our own work (no processor,
///   swapping, SIGSTOP).
/// - the same with a detail: swapping, or waiting for a disk. Of the last 5 s nothing could run in 1.5 s
///   (memory) or 3 s (disk), until it is less than half of that; told when it is over, and once a minute.
///   What was lost is added to every deadline.
/// - suspend: CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC.
/// - clock_step: wall time moved 2 s more or less than CLOCK_BOOTTIME; nothing is late because of it, but
///   history is cut.
/// - store_stall: the recorder's thread, which owns the database, made no progress for 3 s; told when it
///   ends.
class HostWatch {
  public:
    struct Verdict {
        std::vector<HostStall> stalls;
        microseconds excused{0};  ///< add this to every deadline of every camera
        bool is_store_stalled = false;
        bool is_slow = false;  ///< pressed, or somebody waited for a processor in 4 s of the last 5
        /// Swapping or waiting for a disk for less than a minute: lost connections are excused.
        bool is_pressed = false;
    };

    explicit HostWatch(const base::Clock& clock, PressureSource pressure = readPressure)
        : clock_(clock), pressure_(std::move(pressure)) {}

    /// `busy`: how long our own work of the round before took. `store_age`: since the recorder's last
    /// progress.
    Verdict round(microseconds busy, microseconds store_age);

  private:
    struct Times {
        Monotonic::time_point now;
        microseconds boot;
        WallTime wall;
    };
    struct Sample {
        Monotonic::time_point at;
        Pressure pressure;
    };
    void judgePressure(Monotonic::time_point now, WallTime wall, Verdict& verdict);
    void notePressed(bool is_pressed, microseconds lost, const char* what, WallTime wall, Verdict& verdict);
    void judgeStore(microseconds store_age, WallTime wall, Verdict& verdict);

    const base::Clock& clock_;
    std::optional<Times> last_;
    std::optional<WallTime> store_stalled_since_;
    PressureSource pressure_;
    bool is_starved_ = false;     ///< of processors
    std::deque<Sample> samples_;  ///< one a second, of the last five
    std::optional<WallTime> pressed_since_;
    Monotonic::time_point pressed_at_{};
    WallTime pressed_told_at_{};
    microseconds pressed_lost_{0};  ///< since it was told last
    const char* pressed_by_ = "";
};

}  // namespace porchlight::camera
