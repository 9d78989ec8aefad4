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
constexpr seconds kLongestJudging{2};
constexpr std::size_t kMostBytes = 4U << 20U;

std::size_t bytesOf(const Arrival& arrival) noexcept {
    return static_cast<std::size_t>(std::max(arrival.packet->size, 0));
}

std::int64_t between(Monotonic::time_point begin, Monotonic::time_point end) noexcept {
    return std::chrono::duration_cast<microseconds>(end - begin).count();
}

}  // namespace

void Silence::push(Arrival arrival, std::optional<std::int64_t> stamp_us) {
    const Monotonic::time_point at = arrival.at;
    waiting_bytes_ += bytesOf(arrival);
    waiting_.push_back(std::move(arrival));
    if (stamp_us) note({*stamp_us, at});
    const bool is_late = !stamp_us && at - first_at_ > kLongestJudging;
    if (is_judging_ && (is_late || waiting_bytes_ > kMostBytes)) giveUp();
}

void Silence::note(const Picture& picture) {
    if (is_judging_) {
        judge(picture);
    } else if (last_) {
        const std::int64_t silent = between(last_->at, picture.at);
        // A B picture's stamp is below the last one.
        const std::int64_t told = std::max<std::int64_t>(picture.stamp_us - last_->stamp_us, 0);
        is_judging_ = silent - told > kLeastSilenceUs;
        first_at_ = picture.at;
        before_at_ = last_->at;
        followed_ = 0;
        if (!is_judging_) learn(std::min(silent, kLongestUsualUs));
    }
    last_ = picture;
}

void Silence::learn(std::int64_t distance_us) noexcept {
    usual_us_ = usual_us_ == 0 ? distance_us : usual_us_ + (distance_us - usual_us_) / 8;
}

/// Sound goes on, pictures do not: the network holds nothing back.
void Silence::giveUp() {
    if (followed_ > 0 || !is_one_late_) tellPause();
    is_judging_ = false;
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
    waiting_bytes_ -= bytesOf(arrival);
    return arrival;
}

}  // namespace porchlight::ffmpeg
