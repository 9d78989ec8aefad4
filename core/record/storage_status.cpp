// What the recorder tells of its storage.
#include "record/places.h"
#include "record/recorder_core.h"

namespace porchlight::record {
namespace {

constexpr std::int64_t kWrittenDays = 7;
constexpr microseconds kWrittenInterval{60'000'000};

std::int64_t dayOf(WallTime at) { return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count(); }

/// Adds what is counted but not in the database yet.
void add(std::vector<store::WrittenRow>& rows, const store::WrittenRow& more) {
    for (auto& row : rows)
        if (row.day == more.day && row.purpose == more.purpose) {
            row.bytes += more.bytes;
            row.syncs += more.syncs;
            return;
        }
    rows.push_back(more);
}

/// Days that the rows cover: since the start of the first, which may be the day of the installation (taken as whole).
double daysOf(const std::vector<store::WrittenRow>& rows, WallTime now) {
    if (rows.empty()) return 0;
    std::int64_t first = rows.front().day;
    for (const auto& row : rows) first = std::min(first, row.day);
    return static_cast<double>((now.time_since_epoch() - std::chrono::days(first)).count()) / 86400e6;
}

}  // namespace

void RecorderCore::readWritten() {
    const auto now = context_.clock.now();
    if (now < next_written_) return;
    next_written_ = now + kWrittenInterval;
    written_ = store_.written(dayOf(context_.clock.wallNow()) - kWrittenDays);
}

StorageStatus RecorderCore::storage() const {
    StorageStatus out;
    out.state = nameOf(volume_.state());
    out.detail = volume_.isOk() ? volume_.notice() : volume_.detail();
    out.since = volume_.since();
    out.total_bytes = volume_.totalBytes();
    out.free_bytes = volume_.freeBytes();
    out.spool_bytes = spool_.bytes();
    out.spool_files = spool_.files();
    out.spool_dropped_files = spool_.droppedFiles();
    out.held_bytes = context_.held_bytes;
    out.late_rows = late_rows_.size();
    out.retention_problem = told_retention_;
    out.is_clock_trusted = clock_trust_.isTrusted();
    out.written = written_;
    for (const auto& row : meter_.pending()) add(out.written, row);
    out.flash_life_years = flashLifeYears(out.total_bytes, out.written, daysOf(out.written, context_.clock.wallNow()));
    return out;
}

}  // namespace porchlight::record
