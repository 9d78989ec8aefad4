#include "record/upkeep/wear_report.h"

#include <algorithm>

namespace porchlight::record {
namespace {

constexpr std::int64_t kWrittenDays = 7;
constexpr microseconds kReadInterval{60'000'000};

std::int64_t dayOf(WallTime at) {
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

void addTo(std::vector<store::WrittenRow>& rows, const store::WrittenRow& more) {
    for (auto& row : rows)
        if (row.day == more.day && row.purpose == more.purpose) {
            row.bytes += more.bytes;
            row.syncs += more.syncs;
            return;
        }
    rows.push_back(more);
}

/// Days that the rows cover: since the start of the first, which may be the day of the installation (taken as
/// whole).
double daysOf(const std::vector<store::WrittenRow>& rows, WallTime now) {
    if (rows.empty()) return 0;
    std::int64_t first = rows.front().day;
    for (const auto& row : rows) first = std::min(first, row.day);
    return static_cast<double>((now.time_since_epoch() - std::chrono::days(first)).count()) / 86400e6;
}

}  // namespace

void WearReport::read() {
    const auto now = clock_.now();
    if (now < next_read_) return;
    next_read_ = now + kReadInterval;
    stored_ = store_.wear.since(dayOf(clock_.wallNow()) - kWrittenDays);
}

std::vector<store::WrittenRow> WearReport::written() const {
    auto out = stored_;
    for (const auto& row : meter_.pending()) addTo(out, row);
    return out;
}

std::optional<double> WearReport::flashLifeYears(std::uint64_t disk_bytes) const {
    const auto rows = written();
    return disk::flashLifeYears(disk_bytes, rows, daysOf(rows, clock_.wallNow()));
}

}  // namespace porchlight::record
