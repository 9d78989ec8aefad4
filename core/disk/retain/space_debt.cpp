#include "disk/retain/space_debt.h"

#include <algorithm>

namespace porchlight::disk {
namespace {

constexpr microseconds kFreeingTakes{60'000'000};  // btrfs commits each 30 s
constexpr microseconds kUselessRest = std::chrono::hours(1);

}  // namespace

void SpaceDebt::look(std::uint64_t free_bytes, Monotonic::time_point now) noexcept {
    if (!owed_) return;
    const std::uint64_t taken = written_bytes_ - owed_->written_bytes;  // by ourselves, meanwhile
    const bool is_paid = free_bytes + taken >= owed_->free_bytes + owed_->deleted_bytes / 4;
    if (is_paid || now - owed_->since >= kUselessRest) owed_.reset();
}

SpaceDebt::Answer SpaceDebt::ask(std::uint64_t short_bytes, Monotonic::time_point now) const noexcept {
    if (!owed_) return Answer::May;
    if (now - owed_->since >= kFreeingTakes) return Answer::Useless;
    return owed_->deleted_bytes < std::min(short_bytes, kMaxBytes) ? Answer::May : Answer::Wait;
}

void SpaceDebt::add(std::uint64_t bytes, std::uint64_t free_bytes, Monotonic::time_point now) noexcept {
    if (!owed_) owed_ = Owed{free_bytes, written_bytes_, 0, now};
    owed_->deleted_bytes += bytes;
}

}  // namespace porchlight::disk
