#include "record/footage/late_rows.h"

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr std::size_t kMaxRows = 4096;

}  // namespace

void LateRows::add(store::RecordingRow row, std::optional<store::ClockDoubtRow> doubt) {
    if (rows_.size() >= kMaxRows) {
        base::logWarning("recorder", rows_.front().row.path +
                                         ": its row waited too long; the file is found again " +
                                         "at the next start");
        rows_.pop_front();
    }
    rows_.push_back({std::move(row), std::move(doubt)});
}

bool LateRows::retry(store::Store& store) noexcept {
    try {
        while (!rows_.empty()) {
            auto& [row, doubt] = rows_.front();
            if (row.id == 0 && !store.recordings.knows(row.path))
                row.id = store.recordings.insert(row, doubt ? &*doubt : nullptr);
            else if (row.id != 0)
                store.recordings.finish(row.id, row.ended_at.value_or(row.started_at), row.bytes);
            rows_.pop_front();
        }
    } catch (const std::exception& error) {
        base::logDebug("recorder", error.what());
    }
    return rows_.empty();
}

void LateRows::collectPaths(std::set<std::string>& paths) const {
    for (const Late& late : rows_) paths.insert(late.row.path);
}

}  // namespace porchlight::record
