#include "disk/write_meter.h"

#include "base/log.h"
#include "store/sql/metered_vfs.h"

namespace porchlight::disk {
namespace {

constexpr double kCycles = 1000;
constexpr double kAmplification = 2;
constexpr double kSyncBytes = 64 * 1024;
constexpr double kMinDays = 1.0 / 24;
constexpr std::uint64_t kOwnBytes = 128 * 1024;  // a flush and the checkpoint after it cost less

}  // namespace

WriteMeter::WriteMeter(const base::Clock& clock) : clock_(clock), flushed_at_(clock.now()) {
    // What opening the database cost counts; what the process logged before belongs to this day too.
}

std::uint64_t WriteMeter::databaseGrowth() const noexcept {
    return store::databaseWrites().bytes - database_bytes_;
}

std::vector<store::WrittenRow> WriteMeter::pending() const {
    const std::int64_t day =
        std::chrono::floor<std::chrono::days>(clock_.wallNow()).time_since_epoch().count();
    const auto database = store::databaseWrites();
    std::vector<store::WrittenRow> out;
    const auto add = [&](const char* purpose, std::uint64_t bytes, std::uint64_t syncs) {
        if (bytes > 0 || syncs > 0) out.push_back({day, purpose, bytes, syncs});
    };
    add("footage", footage_bytes_, footage_syncs_);
    add("database", database.bytes - database_bytes_, database.syncs - database_syncs_);
    add("thumbnails", thumbnail_bytes_, thumbnail_syncs_);
    add("log", base::loggedBytes() - log_bytes_, 0);
    return out;
}

void WriteMeter::flush(store::Store& store, bool at_once) {
    const auto now = clock_.now();
    if (!at_once && now - flushed_at_ < kFlushInterval) return;
    flushed_at_ = now;
    const bool is_worth_it = footage_bytes_ > 0 || thumbnail_bytes_ > 0 || databaseGrowth() > kOwnBytes;
    if (!is_worth_it) return;
    const auto rows = pending();
    const auto database = store::databaseWrites();
    const auto logged = base::loggedBytes();
    store.wear.add(rows);
    footage_bytes_ = footage_syncs_ = thumbnail_bytes_ = thumbnail_syncs_ = 0;
    database_bytes_ = database.bytes;
    database_syncs_ = database.syncs;
    log_bytes_ = logged;
}

std::optional<double> flashLifeYears(std::uint64_t disk_bytes, const std::vector<store::WrittenRow>& rows,
                                     double days) noexcept {
    double worn = 0;
    for (const auto& row : rows)
        worn += static_cast<double>(row.bytes) * kAmplification + static_cast<double>(row.syncs) * kSyncBytes;
    if (days < kMinDays || worn <= 0 || disk_bytes == 0) return std::nullopt;
    return static_cast<double>(disk_bytes) * kCycles / (worn / days) / 365;
}

}  // namespace porchlight::disk
