#include "camera_clock.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kOneSecondUs = 1'000'000;
constexpr std::int64_t kJumpUs =
    5 * kOneSecondUs;                        ///< further from the time that passed than a network delays
constexpr int kLeastPackets = 3;             ///< of a span
constexpr int kWrongSpans = 3;               ///< of which each tells the same
constexpr std::int64_t kGrowthUs = 100'000;  ///< a change of the delay from span to span
constexpr std::int64_t kOffUs = 1'200'000;   ///< and in all: more than a bad network does for a whole second
constexpr std::int64_t kFarUs = 1'600'000;   ///< the same for a clock that runs away slowly
constexpr std::int64_t kCreepUs = 1'000;     ///< a second: a crystal, which no camera has better
constexpr int kCrawlPackets = 8;             ///< looked at together, ...
constexpr std::int64_t kCrawl = 8;           ///< times slower than the time that passes
constexpr std::int64_t kCrawlUs = 600'000;   ///< ... which came in so long at least: a burst says nothing
constexpr std::int64_t kPauseUs = 3 * kOneSecondUs;  ///< later than expected: nothing was sent meanwhile
constexpr std::int64_t kLeastPauseUs =
    kOneSecondUs / 2;                      ///< of a camera that says by its silence that it paused
constexpr std::int64_t kHeldUs = 250'000;  ///< held back by the network, and its followers with it

std::int64_t microsecondsIn(Monotonic::duration span) noexcept {
    return std::chrono::duration_cast<microseconds>(span).count();
}

}  // namespace

std::int64_t CameraClock::leastDelay() const noexcept {
    return std::min(last_least_us_, span_.least_delay_us);
}

/// Whether the clock was set just before a packet that would be placed here.
bool CameraClock::isSet(std::int64_t placed_us, std::int64_t passed_us,
                        std::int64_t bound_us) const noexcept {
    const std::int64_t ahead = placed_us - placed_us_ - passed_us;
    if (ahead > kJumpUs || (ahead < -kJumpUs && placed_us < placed_us_)) return true;
    if (ahead > bound_us) return last_least_us_ != kNone && arrival_us_ - placed_us < leastDelay() - bound_us;
    return ahead < -bound_us && placed_us < placed_us_;
}

std::int64_t CameraClock::place(std::int64_t stamp_us, Monotonic::time_point arrived_at,
                                std::int64_t bound_us, std::int64_t nominal_us) noexcept {
    if (!first_at_) first_at_ = arrived_at;
    const std::int64_t passed = microsecondsIn(arrived_at - *first_at_) - arrival_us_;
    arrival_us_ += passed;
    const std::int64_t step = stamp_us - stamp_us_;
    stamp_us_ = stamp_us;
    if (!has_last_) return stamp_us;
    noteSteps(step, passed);
    const bool is_resumed = std::exchange(is_resumed_, false);
    if (is_following_) return follow(passed);
    const std::int64_t shifted = stamp_us + shift_us_;
    const std::int64_t now = continued(passed, nominal_us);
    if (!isSet(shifted, passed, bound_us) && !(is_resumed && now - shifted > kLeastPauseUs)) return shifted;
    shift_us_ += now - shifted;
    return now;
}

/// Where time is that goes on since the packet before.
std::int64_t CameraClock::continued(std::int64_t passed_us, std::int64_t nominal_us) const noexcept {
    if (last_least_us_ == kNone) return placed_us_ + std::max(passed_us, nominal_us);
    return std::max(arrival_us_ - leastDelay(), placed_us_ + kLeastStepUs);
}

/// One step of an alpha-beta filter over the times of arrival.
std::int64_t CameraClock::follow(std::int64_t passed_us) noexcept {
    const std::int64_t expected = placed_us_ + period_us_;
    std::int64_t late = arrival_us_ - anchor_us_ - expected;
    if (late > kPauseUs) return expected + late;
    if (late < -kPauseUs) {  // placed far ahead once: goes on from there
        anchor_us_ += late;
        late = 0;
    }
    const bool is_held = late > kHeldUs && (passed_us < period_us_ / 4 || passed_us > period_us_ + kHeldUs);
    late = std::min(late, kHeldUs);
    if (!is_held)
        period_us_ = std::clamp<std::int64_t>(period_us_ + std::max(late, -kHeldUs) / 190, kLeastStepUs,
                                              2 * kOneSecondUs);
    return std::max(expected + late / 10, placed_us_ + period_us_ / 4);
}

void CameraClock::settle(std::int64_t placed_us) noexcept {
    placed_us_ = placed_us;
    has_last_ = true;
    if (!is_following_) noteDelay(arrival_us_ - placed_us);
}

void CameraClock::noteDelay(std::int64_t delay_us) noexcept {
    if (arrival_us_ - span_.began_us >= kOneSecondUs && span_.packets >= kLeastPackets) closeSpan();
    span_.least_delay_us = std::min(span_.least_delay_us, delay_us);
    ++span_.packets;
    ++packets_;
}

void CameraClock::closeSpan() noexcept {
    if (anchor_us_ == kNone) anchor_us_ = span_.least_delay_us;
    const std::int64_t off = span_.least_delay_us - anchor_us_;
    const std::int64_t growth = off < 0 ? off_us_ - off : off - off_us_;
    growing_ = growth > kGrowthUs ? growing_ + 1 : 0;
    far_ = std::llabs(off) > kFarUs ? far_ + 1 : 0;
    period_us_ = std::max(kLeastStepUs, arrival_us_ / packets_);
    const bool is_late_only = growing_ == 0 && off > 0;
    if ((growing_ >= kWrongSpans && std::llabs(off) > kOffUs) || (far_ >= kWrongSpans && !is_late_only))
        is_following_ = true;
    last_least_us_ = span_.least_delay_us;
    span_ = {arrival_us_, kNone, 0};
    if (far_ >= kWrongSpans && is_late_only) {  // nothing was sent for a while, and nothing stamped
        shift_us_ += off;
        last_least_us_ -= off;
        off_us_ = far_ = 0;
        return;
    }
    const std::int64_t creep = std::clamp(off, -kCreepUs, kCreepUs);
    anchor_us_ += creep;
    off_us_ = off - creep;
}

/// Stamps of a hundredth of the time are seen at once: they would be a hole otherwise. One long wait is none.
void CameraClock::noteSteps(std::int64_t step_us, std::int64_t passed_us) noexcept {
    stamped_us_ += (std::clamp<std::int64_t>(step_us, 0, kOneSecondUs) - stamped_us_) / 16;
    crawl_.stamped_us += std::llabs(step_us);
    crawl_.passed_us += passed_us;
    crawl_.longest_us = std::max(crawl_.longest_us, passed_us);
    if (++crawl_.packets < kCrawlPackets || crawl_.passed_us < kCrawlUs) return;
    const Crawl told = std::exchange(crawl_, {});
    if (is_following_ || kCrawl * told.stamped_us > told.passed_us || 2 * told.longest_us > told.passed_us)
        return;
    period_us_ = std::max(kLeastStepUs, told.passed_us / told.packets);
    if (anchor_us_ == kNone) anchor_us_ = span_.least_delay_us;
    is_following_ = true;
}

std::int64_t CameraClock::scaled(std::int64_t span_us) const noexcept {
    if (!is_following_) return span_us;
    return span_us * period_us_ / std::max<std::int64_t>(stamped_us_, 100);
}

}  // namespace porchlight::ffmpeg
