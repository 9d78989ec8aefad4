#include "record/upkeep/volume_news.h"

#include <algorithm>

namespace porchlight::record {
namespace {

constexpr microseconds kMinCalm{3'000'000};
constexpr microseconds kMaxCalm{300'000'000};
constexpr microseconds kUnproven{20'000'000};
constexpr microseconds kRelapse{600'000'000};

}  // namespace

void VolumeNews::look(const disk::Volume& volume, std::uint64_t durable_bytes, StorageNews& news) {
    const disk::VolumeState state = volume.state();
    if (!volume.isOk())
        calm_since_.reset();
    else if (state != state_ && !isCalm(durable_bytes))
        return;
    if (state == state_) {
        if (volume.isOk()) return tellNotice(volume, news);
        return news.note("volume", nameOf(state), volume.detail());
    }
    const auto now = clock_.now();
    if (volume.isOk())
        told_well_at_ = now;
    else if (state_ == disk::VolumeState::Ok)
        calm_span_ = now - told_well_at_ < kRelapse ? std::min(calm_span_ * 2, kMaxCalm) : kMinCalm;
    state_ = state;
    since_ = volume.since();
    news.note("volume", nameOf(state), volume.isOk() ? volume.notice() : volume.detail());
}

void VolumeNews::tellNotice(const disk::Volume& volume, StorageNews& news) {
    if (volume.notice() == notice_) return;
    notice_ = volume.notice();
    news.note("volume", nameOf(volume.state()), notice_);
}

bool VolumeNews::isCalm(std::uint64_t durable_bytes) {
    if (state_ != disk::VolumeState::Full && state_ != disk::VolumeState::Failing) return true;
    const auto now = clock_.now();
    if (!calm_since_) {
        calm_since_ = now;
        durable_at_calm_ = durable_bytes;
    }
    const bool is_proven = durable_bytes > durable_at_calm_;
    return now - *calm_since_ >= (is_proven ? calm_span_ : calm_span_ + kUnproven);
}

}  // namespace porchlight::record
