#include "disk/recover/reconciliation.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "disk/begun_file.h"
#include "disk/places.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr seconds kStillWritten{10};

}  // namespace

Reconciliation::Reconciliation(store::Store& store, const fs::path& recordings_dir, Found found)
    : store_(store),
      dir_(recordings_dir),
      adoption_(store, report_, std::move(found)),
      search_(store, dir_, report_),
      missing_(store, dir_, report_, adoption_) {}

void Reconciliation::begin(bool has_volume) {
    abandon();
    report_ = {};
    began_at_ = fs::file_time_type::clock::now();
    missing_.begin(has_volume);
    search_.begin(has_volume);
    phase_ = Phase::Listing;
}

void Reconciliation::abandon() {
    phase_ = Phase::Done;
    inspection_.reset();
    candidate_.reset();
    search_.abandon();
    missing_.abandon();
    adoption_.flush();  // last: what the database refuses now is entered when it begins anew
}

void Reconciliation::step(const base::Cancel& until, const std::set<std::string>& in_use) {
    while (phase_ != Phase::Done && !until.isDue()) advance(until, in_use);
    adoption_.flush();
}

void Reconciliation::advance(const base::Cancel& until, const std::set<std::string>& in_use) {
    switch (phase_) {
        case Phase::Listing:
            if (search_.list(until)) phase_ = Phase::Files;
            return;
        case Phase::Files:
            return lookThrough(until, in_use);
        case Phase::Rows:
            if (!missing_.tryRows(until, in_use)) return;
            missing_.judge(search_.isBare(), search_.cameras());
            phase_ = Phase::Gone;
            return;
        case Phase::Gone:
            if (missing_.markGone()) phase_ = Phase::Done;
            return;
        case Phase::Done:
            return;
    }
}

void Reconciliation::lookThrough(const base::Cancel& until, const std::set<std::string>& in_use) {
    if (inspection_) return inspect();
    if (search_.isOver()) {
        adoption_.flush();
        search_.finish();
        phase_ = Phase::Rows;
    } else if (const auto path = search_.next(until)) {
        consider(*path, in_use);  // throws before anything is forgotten
        search_.pop();
    }
}

void Reconciliation::consider(const std::string& path, const std::set<std::string>& in_use) {
    const fs::path file = fileOf(dir_, path);
    if (in_use.contains(path)) return;
    if (path.ends_with(".part")) {
        // A move from the spool that was cut short; the spool has the whole one.
        if (isOursByName(relativeOf(path.substr(0, path.size() - 5)))) remove(path);
        return;
    }
    const auto known = search_.knownRow(path);
    if (known && known->gone_reason.empty()) return;
    if (!known && isMoved(path)) return remove(path);
    std::error_code error;
    const auto written_at = fs::last_write_time(file, error);
    // Or it was deleted or moved since it was listed.
    if (error) return search_.noteFault(path, error.value());
    if (!known && !isRecordingName(relativeOf(path))) return report_.noteForeign(path);
    const auto age = fs::file_time_type::clock::now() - written_at;
    if (!known && written_at > began_at_ && age < kStillWritten && age > -kStillWritten)
        return;  // somebody copies it here
    candidate_ = Candidate{path, known};
    try {
        inspection_.emplace(file, known || isOursByName(relativeOf(path)));
    } catch (const Error& failure) {
        report_.noteUnreadable(failure.what());
    }
}

void Reconciliation::remove(const std::string& path) {
    const fs::path file = fileOf(dir_, path);
    if (::unlink(file.c_str()) == 0)
        ++report_.removed_files;
    else if (errno != ENOENT)
        report_.noteUnreadable("delete " + file.string() + ": " + std::strerror(errno));
}

/// A move from the spool whose last step is missing: the row says that the file is on the volume, and it is.
bool Reconciliation::isMoved(const std::string& path) {
    if (!isSpooled(path)) return false;
    const std::string moved = relativeOf(path).string();
    const auto row = store_.recordings.at(moved);
    return row && row->gone_reason.empty() && presenceOf(dir_, moved) == Presence::There;
}

void Reconciliation::inspect() {
    try {
        if (inspection_->step()) return;
        const auto facts = inspection_->facts();
        inspection_.reset();
        judgeFile(*candidate_, facts);
    } catch (const Error& error) {
        const bool is_of_file = inspection_.has_value();
        inspection_.reset();
        if (is_of_file) return report_.noteUnreadable(error.what());
        search_.putBack(candidate_->path);  // the database failed
        throw;
    }
}

void Reconciliation::judgeFile(const Candidate& candidate, const std::optional<FileFacts>& facts) {
    const auto& [path, known] = candidate;
    if (known && facts)
        takeBack(known->id, *facts);
    else if (facts)
        adoption_.adopt(rowOfFile(path, *facts));
    else if (!known && holdsNothing(dir_, path))
        remove(path);
    else if (!known)
        report_.noteForeign(path);
}

/// Its row said that it is gone.
void Reconciliation::takeBack(std::int64_t id, const FileFacts& facts) {
    auto row = store_.recordings.byId(id);
    if (!row || row->gone_reason.empty()) return;
    row->ended_at = row->started_at + facts.duration;
    store_.atomically([&] {
        store_.recordings.revive(row->id);
        store_.recordings.finish(row->id, *row->ended_at, facts.size_bytes);
    });
    adoption_.tell(std::move(*row));
    ++report_.revived_files;
}

void Reconciliation::rememberDisks() {
    if (phase_ >= Phase::Rows) missing_.rememberDisks(search_.cameras());
}

std::optional<ComparisonProgress> Reconciliation::progress() const {
    if (isDone()) return std::nullopt;
    ComparisonProgress out;
    out.files_total = phase_ == Phase::Listing ? 0 : search_.total();
    out.files_done = search_.done();
    out.adopted = report_.adopted_files;
    out.step = phase_ == Phase::Listing ? "listing"
               : phase_ == Phase::Files ? "files"
               : phase_ == Phase::Rows  ? "rows"
                                        : "gone";
    return out;
}

}  // namespace porchlight::disk
