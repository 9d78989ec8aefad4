#include "evidence/export_place.h"

#include <algorithm>
#include <thread>

namespace porchlight::evidence {
namespace {

constexpr seconds kPatience{2};
constexpr milliseconds kTryAgain{100};
constexpr seconds kWanted{60};
constexpr seconds kGrace{60};
constexpr std::uint64_t kLeastBytesPerSecond = 8U << 10U;
constexpr std::uint64_t kLeastWhileWanted = 64U << 10U;

}  // namespace

bool ExportPlaces::take(const std::string& account, bool is_admin) {
    const LockGuard lock(mutex_);
    const auto viewers = static_cast<std::size_t>(
        std::count_if(taken_.begin(), taken_.end(), [](const auto& place) { return !place.second; }));
    const bool is_free = taken_.size() < kMax && (is_admin || viewers < kMaxViewers);
    if (is_free && taken_.emplace(account, is_admin).second) return true;
    refused_at_ = Monotonic::now();
    return false;
}

void ExportPlaces::leave(const std::string& account) {
    const LockGuard lock(mutex_);
    taken_.erase(account);
}

bool ExportPlaces::isWanted() const {
    const LockGuard lock(mutex_);
    return refused_at_ != Monotonic::time_point::min() && Monotonic::now() - refused_at_ < kWanted;
}

ExportPlace::ExportPlace(ExportPlaces& places, std::string account, bool is_admin, const base::Cancel& cancel)
    : places_(places), account_(std::move(account)), is_held_(places.take(account_, is_admin)) {
    for (const Deadline deadline = Deadline::in(kPatience); !is_held_ && !deadline.isPast();) {
        cancel.check();
        std::this_thread::sleep_for(kTryAgain);
        is_held_ = places_.take(account_, is_admin);
    }
}

bool isTooSlow(std::uint64_t bytes, Monotonic::duration elapsed, bool is_wanted) noexcept {
    if (elapsed < kGrace) return false;
    const auto whole_seconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<seconds>(elapsed).count());
    return bytes < whole_seconds * (is_wanted ? kLeastWhileWanted : kLeastBytesPerSecond);
}

}  // namespace porchlight::evidence
