#include "worker/analyse/sample_schedule.h"

#include <algorithm>
#include <cmath>

namespace porchlight::worker {
namespace {

constexpr seconds kLongest{120};
constexpr seconds kShort{5};
constexpr seconds kBrisk{1};
/// 1,024 bytes: a 1080p picture of nothing but skipped blocks takes 30 to 300.
constexpr double kStillBits = 10;
constexpr double kDropBits = 1.6;  ///< to a third
/// By a fifth, when it is quiet: a night that fell is the usual after five looks.
constexpr double kFollowBits = 0.32;
constexpr double kShare = 1.0 / 16;  ///< of the newest picture in the mean: about a second

}  // namespace

void SampleSchedule::restart() noexcept {
    *this = {};
}

void SampleSchedule::pass(const Packet& packet) noexcept {
    if (packet.is_key || packet.track != Track::Video) return;
    const double bits = std::log2(static_cast<double>(packet.data.size() + 1));
    level_bits_ = level_bits_ < 0 ? bits : level_bits_ + kShare * (bits - level_bits_);
    if (awake_level_bits_ < 0) awake_level_bits_ = level_bits_;
}

void SampleSchedule::look(Monotonic::time_point now, bool is_doubtful) noexcept {
    if (was_doubtful_ && !is_doubtful)
        brisk_looks_ = kBriskLooks;
    else if (brisk_looks_ > 0)
        --brisk_looks_;
    was_looked_ = true;
    was_doubtful_ = is_doubtful;
    looked_at_ = now;
    awake_level_bits_ = isQuiet() ? std::max(awake_level_bits_ - kFollowBits, level_bits_) : level_bits_;
}

bool SampleSchedule::isQuiet() const noexcept {
    return level_bits_ >= 0 && (level_bits_ < kStillBits || level_bits_ < awake_level_bits_ - kDropBits);
}

bool SampleSchedule::isDue(Monotonic::time_point now) const noexcept {
    const bool is_soon = was_doubtful_ || isQuiet();
    return !was_looked_ || now - looked_at_ >= (brisk_looks_ > 0 ? kBrisk : is_soon ? kShort : kLongest);
}

void SampleGate::restart() {
    const LockGuard lock(mutex_);
    schedule_.restart();
    is_resting_ = false;
}

bool SampleGate::admit(const Packet& packet, bool is_needed, Monotonic::time_point now) {
    const LockGuard lock(mutex_);
    schedule_.pass(packet);
    return !is_resting_ || is_needed || schedule_.isDue(now);
}

bool SampleGate::isDue(Monotonic::time_point now) const {
    const LockGuard lock(mutex_);
    return schedule_.isDue(now);
}

void SampleGate::rest(bool is_resting) {
    const LockGuard lock(mutex_);
    is_resting_ = is_resting;
}

void SampleGate::look(Monotonic::time_point now, bool is_doubtful) {
    const LockGuard lock(mutex_);
    schedule_.look(now, is_doubtful);
    is_resting_ = true;
}

}  // namespace porchlight::worker
