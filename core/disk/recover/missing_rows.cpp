#include "disk/recover/missing_rows.h"

#include <algorithm>
#include <utility>

#include "disk/places.h"

namespace porchlight::disk {
namespace {

constexpr std::size_t kTryPage = 100;  // rows whose files are tried between two looks at the clock
constexpr std::size_t kGonePage = 20;

}  // namespace

bool mayLieElsewhere(const DiskMemory& disks, const std::string& camera, std::uint64_t found, bool is_bare) {
    if (camera == kSpoolPrefix) return false;
    if (is_bare) return true;
    if (disks.isKnown()) return disks.isAway(camera);
    return found == 0;  // nothing was ever noted, and nothing at all is there
}

MissingRows::MissingRows(store::Store& store, const std::filesystem::path& recordings_dir,
                         RecoveryReport& report, Adoption& adoption)
    : store_(store),
      dir_(recordings_dir),
      report_(report),
      adoption_(adoption),
      disks_(store, recordings_dir) {}

void MissingRows::begin(bool has_volume) {
    abandon();
    has_volume_ = has_volume;
    last_id_ = store_.recordings.newestId();
}

void MissingRows::abandon() {
    missing_.clear();
    gone_ids_.clear();
    out_of_reach_.clear();
    after_id_ = 0;
}

bool MissingRows::tryRows(const base::Cancel& until, const std::set<std::string>& in_use) {
    const auto rows = store_.recordings.existingAfter(after_id_, kTryPage);
    for (const auto& row : rows) {
        if (row.id > last_id_) break;
        if (until.isDue()) return false;
        if (!in_use.contains(row.path) && (has_volume_ || isSpooled(row.path))) tryRow(row);
        after_id_ = row.id;
    }
    return rows.size() < kTryPage || rows.back().id >= last_id_;
}

void MissingRows::tryRow(const store::RecordingRow& row) {
    Missing& missing = missing_[isSpooled(row.path) ? std::string(kSpoolPrefix) : row.camera];
    const Presence presence = presenceOf(dir_, row.path);
    if (presence == Presence::There) {
        ++missing.found;
        return noteThere(row);
    }
    missing.sample = row.path;
    if (presence == Presence::OutOfReach)
        ++missing.unreachable;
    else
        missing.ids.push_back(row.id);
}

/// An open one that nothing writes is ended.
void MissingRows::noteThere(const store::RecordingRow& row) {
    if (row.ended_at || !endOpenRow(store_, dir_, row, report_)) return;
    const auto ended = store_.recordings.byId(row.id);
    if (ended && ended->ended_at) adoption_.tell(*ended);
}

void MissingRows::judge(bool is_bare, const std::set<std::string>& folders) {
    for (auto& [camera, missing] : missing_) {
        if (mayLieElsewhere(disks_, camera, missing.found, is_bare))
            missing.unreachable += std::exchange(missing.ids, {}).size();
        gone_ids_.insert(gone_ids_.end(), missing.ids.begin(), missing.ids.end());
        if (missing.unreachable == 0) continue;
        report_.out_of_reach[camera] = missing.unreachable;
        out_of_reach_.push_back(missing.sample);
    }
    rememberDisks(folders);
    forgetRemovals();
    missing_.clear();
}

/// Removals that were begun and did not come to it, or are over.
void MissingRows::forgetRemovals() {
    for (const std::int64_t id : store_.removals.begun()) {
        const auto row = store_.recordings.byId(id);
        if (!row || !row->gone_reason.empty() || presenceOf(dir_, row->path) == Presence::There)
            store_.removals.forget(id);
    }
}

void MissingRows::rememberDisks(const std::set<std::string>& folders) {
    if (!has_volume_) return;
    if (!disks_.isKnown() && !report_.out_of_reach.empty())
        return;  // what is away would be noted as being here
    std::set<std::string> cameras = folders;
    std::set<std::string> kept;
    for (const auto& [camera, total] : store_.recordings.totals()) cameras.insert(camera);
    for (const auto& [camera, count] : report_.out_of_reach) kept.insert(camera);
    disks_.remember(cameras, kept);
}

/// Tried once more: nothing is called gone that is there now.
bool MissingRows::markGone() {
    std::vector<store::RecordingRow> rows;
    const std::size_t page = std::min(kGonePage, gone_ids_.size());
    for (std::size_t i = 0; i < page; ++i) {
        auto row = store_.recordings.byId(gone_ids_[i]);
        if (row && row->gone_reason.empty() && presenceOf(dir_, row->path) == Presence::Missing)
            rows.push_back(std::move(*row));
    }
    for (const auto& row : store_.removals.lose(rows)) ++report_.lost[row.camera];
    gone_ids_.erase(gone_ids_.begin(), gone_ids_.begin() + static_cast<std::ptrdiff_t>(page));
    return gone_ids_.empty();
}

bool MissingRows::isBackInReach() const {
    return std::any_of(out_of_reach_.begin(), out_of_reach_.end(),
                       [&](const std::string& path) { return presenceOf(dir_, path) == Presence::There; });
}

}  // namespace porchlight::disk
