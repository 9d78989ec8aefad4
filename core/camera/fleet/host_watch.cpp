#include "camera/fleet/host_watch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "base/wall_times.h"

namespace porchlight::camera {
namespace {

constexpr milliseconds kLate{1500};
constexpr milliseconds kSuspended{500};
constexpr seconds kStoreLate{3};
constexpr milliseconds kRound{100};
constexpr seconds kPressureInterval{1};
constexpr seconds kPressureWindow{5};
constexpr milliseconds kMemoryLost{1'500};  // of the window
constexpr milliseconds kDiskLost{3'000};    // syncing a slow card is no stall
constexpr milliseconds kProcessorLost{4'000};
constexpr seconds kPressureTold{60};

/// The total of the line "full avg10=0.00 ... total=97776194".
std::optional<microseconds> totalOf(const char* path, const char* kind) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto total = line.find("total=");
        if (line.starts_with(kind) && total != std::string::npos)
            return microseconds(std::strtoll(line.c_str() + total + 6, nullptr, 10));
    }
    return std::nullopt;
}

}  // namespace

std::optional<Pressure> readPressure() {
    const auto memory = totalOf("/proc/pressure/memory", "full");
    const auto io = totalOf("/proc/pressure/io", "full");
    const auto cpu = totalOf("/proc/pressure/cpu", "some");
    if (!memory || !io || !cpu) return std::nullopt;
    return Pressure{*memory, *io, *cpu};
}

HostWatch::Verdict HostWatch::round(microseconds busy, microseconds store_age) {
    const Times now{clock_.now(), clock_.bootNow(), clock_.wallNow()};
    Verdict out;
    if (last_) {
        const auto passed = std::chrono::duration_cast<microseconds>(now.now - last_->now);
        const auto boot_passed = now.boot - last_->boot;
        const auto wall_passed = now.wall - last_->wall;
        const auto slept = boot_passed - passed;
        const auto stepped = wall_passed - boot_passed;
        // Our own work (starting the fork server takes seconds on a small board) excuses cameras, but the
        // host is not to blame.
        if (passed > kLate) out.excused = passed - kRound;
        if (const auto late = passed - busy; late > kLate)
            out.stalls.push_back({"host_stall", now.wall - late, now.wall, late, {}});
        if (slept > kSuspended) out.stalls.push_back({"suspend", now.wall - slept, now.wall, slept, {}});
        if (stepped > kClockStep || stepped < -kClockStep)
            out.stalls.push_back({"clock_step", last_->wall + boot_passed, now.wall, stepped, {}});
    }
    last_ = now;
    judgePressure(now.now, now.wall, out);
    out.is_slow = is_starved_ || pressed_since_.has_value() || !out.stalls.empty();
    judgeStore(store_age, now.wall, out);
    return out;
}

void HostWatch::judgePressure(Monotonic::time_point now, WallTime wall, Verdict& verdict) {
    if (!pressure_ || (!samples_.empty() && now - samples_.back().at < kPressureInterval)) return;
    const auto pressure = pressure_();
    if (!pressure) return;
    if (!samples_.empty() && now - samples_.back().at > 2 * kPressureWindow) samples_.clear();
    samples_.push_back({now, *pressure});
    while (samples_.size() > 2 && now - samples_[1].at >= kPressureWindow) samples_.pop_front();
    if (samples_.size() < 2 || now - samples_.front().at < kPressureWindow) return;
    const Sample& first = samples_.front();
    const Sample& before = samples_[samples_.size() - 2];
    is_starved_ = pressure->cpu - first.pressure.cpu >= kProcessorLost;
    const int calmer = pressed_since_ ? 2 : 1;  // it ends at half of what it begins with
    const bool is_memory = pressure->memory - first.pressure.memory >= kMemoryLost / calmer;
    const bool is_disk = pressure->io - first.pressure.io >= kDiskLost / calmer;
    const auto lost = std::max(is_memory ? pressure->memory - before.pressure.memory : microseconds(0),
                               is_disk ? pressure->io - before.pressure.io : microseconds(0));
    // A fault is found even then, late.
    const auto most = std::chrono::duration_cast<microseconds>(now - before.at) * 9 / 10;
    notePressed(is_memory || is_disk, std::clamp(lost, microseconds(0), most),
                is_memory ? "swapping" : "waiting for a disk", wall, verdict);
}

void HostWatch::notePressed(bool is_pressed, microseconds lost, const char* what, WallTime wall,
                            Verdict& verdict) {
    const auto now = samples_.back().at;
    if (is_pressed && !pressed_since_) {
        pressed_since_ = pressed_told_at_ = wall;
        pressed_at_ = now;
        pressed_lost_ = microseconds(0);
    }
    if (is_pressed) {
        pressed_by_ = what;
        pressed_lost_ += lost;
        verdict.excused += lost;
        verdict.is_pressed = now - pressed_at_ < kPressureTold;
    }
    if (!pressed_since_ || (is_pressed && wall - pressed_told_at_ < kPressureTold)) return;
    verdict.stalls.push_back(
        {"host_stall", std::min(pressed_told_at_, wall), wall, pressed_lost_, pressed_by_});
    pressed_lost_ = microseconds(0);
    pressed_told_at_ = wall;
    if (!is_pressed) pressed_since_.reset();
}

void HostWatch::judgeStore(microseconds store_age, WallTime wall, Verdict& verdict) {
    if (store_age > kStoreLate) {
        if (!store_stalled_since_) store_stalled_since_ = wall - store_age;
        verdict.is_store_stalled = true;
    } else if (store_stalled_since_) {
        verdict.stalls.push_back({"store_stall",
                                  std::min(*store_stalled_since_, wall),
                                  wall,
                                  std::max(wall - *store_stalled_since_, microseconds(0)),
                                  {}});
        store_stalled_since_.reset();
    }
}

}  // namespace porchlight::camera
