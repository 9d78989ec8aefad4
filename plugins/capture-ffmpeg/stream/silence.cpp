#include "silence.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kLeastSilenceUs = 1'000'000;  ///< beyond what the stamps tell
constexpr std::int64_t kLookUs = 200'000;
constexpr std::int64_t kBacklogUs = 250'000;  ///< of pictures beyond what passed
constexpr std::int64_t kLongestUsualUs = 1'000'000;

std::int64_t between(Monotonic::time_point begin, Monotonic::time_point end) noexcept {
    return std::chrono::duration_cast<microseconds>(end - begin).count();
}

}  // namespace

void Silence::push(Arrival arrival, std::optional<std::int64_t> stamp_us) {
    const Monotonic::time_point at = arrival.at;
    waiting_.push_back(std::move(arrival));
    if (stamp_us) note({*stamp_us, at});
}

void Silence::note(const Picture& picture) {
    if (is_judging_) {
        judge(picture);
    } else if (last_) {
        const std::int64_t silent = between(last_->at, picture.at);
        is_judging_ = silent - (picture.stamp_us - last_->stamp_us) > kLeastSilenceUs;
        first_at_ = picture.at;
        before_at_ = last_->at;
        followed_ = 0;
        if (!is_judging_) usual_us_ += (std::min(silent, kLongestUsualUs) - usual_us_) / 8;
    }
    last_ = picture;
}

/// More pictures than usual are what the network held back.
void Silence::judge(const Picture& picture) {
    if (++followed_ == 1) follower_ = waiting_.size() - 1;
    const std::int64_t passed = between(first_at_, picture.at);
    const bool is_backlog = followed_ * usual_us_ > kBacklogUs + passed * 3 / 2;
    if (passed < kLookUs && !is_backlog) return;
    if (!is_backlog) tellPause();
    is_judging_ = false;
}

void Silence::tellPause() {
    waiting_[is_one_late_ ? follower_ : 0].is_after_pause = true;
    if (is_one_late_) waiting_.front().at = before_at_ + microseconds(usual_us_);
}

std::optional<Arrival> Silence::pop() {
    if (is_judging_ || waiting_.empty()) return std::nullopt;
    Arrival arrival = std::move(waiting_.front());
    waiting_.pop_front();
    return arrival;
}

}  // namespace porchlight::ffmpeg
