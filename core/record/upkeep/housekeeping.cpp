#include "record/upkeep/housekeeping.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kProgressInterval{10'000'000};
constexpr microseconds kLeftoversInterval{3'000'000};
constexpr microseconds kRetry{10'000'000};
constexpr milliseconds kCloseBudget{1000};  // of a start, for files that were being written

}  // namespace

Housekeeping::Housekeeping(const Storage& storage, Folders folders, disk::Reconciliation::Found found,
                           Asks asks)
    : at_(storage),
      folders_(std::move(folders)),
      asks_(std::move(asks)),
      reconciliation_(storage.store, folders_.recordings_dir, std::move(found)),
      files_(storage.store, storage.clock, folders_.recordings_dir),
      has_seen_volume_(storage.volume.isOk() || storage.volume.state() == disk::VolumeState::Full) {}

void Housekeeping::closeLastRun() {
    disk::mendThumbnails(at_.store, folders_.thumbnails_dir, at_.leftovers);
    waiting_events_ = disk::closeUnfinished(at_.store, folders_.recordings_dir, {has_seen_volume_},
                                            Deadline::in(kCloseBudget), closed_);
    at_.spool.refresh();
    is_last_run_closed_ = true;
}

void Housekeeping::begin() {
    files_.recall();
    reconciliation_.begin(has_seen_volume_);
}

/// Open rows of the volume, too, are ended there: the ledger hears of their footage.
void Housekeeping::beginWithVolume() {
    if (has_seen_volume_ || !at_.volume.isOk()) return;
    reconciliation_.begin(true);
    has_seen_volume_ = true;
}

void Housekeeping::abandonVolume() {
    if (!isBusy()) return;
    has_seen_volume_ = false;
    reconciliation_.abandon();
}

std::optional<ErrorKind> Housekeeping::step(Deadline until) noexcept {
    const bool is_something_left = isBusy() || !waiting_events_.empty();
    if (!is_something_left || at_.clock.now() < retry_at_) return std::nullopt;
    try {
        goOn(until);
        error_.clear();
        return std::nullopt;
    } catch (const std::exception& error) {
        if (error_ != error.what())
            base::logError("recorder", std::string("compare recordings with their rows: ") + error.what() +
                                           "; trying again every 10 s");
        error_ = error.what();
        retry_at_ = at_.clock.now() + kRetry;
        const auto* ours = dynamic_cast<const Error*>(&error);
        return ours ? std::optional(ours->kind()) : std::nullopt;
    }
}

void Housekeeping::goOn(Deadline until) {
    if (!isBusy()) return closeWaiting();  // their disk went away
    if (!is_last_run_closed_) closeLate();
    if (reconciliation_.isJudging()) {
        asks_.look_at_volume();  // nothing is called gone because its disk went away a moment ago
        if (!isBusy()) return;
    }
    compare(until);
}

/// The database took nothing at the start, and cameras record by now: open rows are ended with all others, so
/// that the ledger hears of their footage, and the events of the last run wait for that.
void Housekeeping::closeLate() {
    const auto running = asks_.running_events();
    disk::mendThumbnails(at_.store, folders_.thumbnails_dir, at_.leftovers, running);
    waiting_events_.clear();
    for (const auto& event : at_.store.events.unfinished())
        if (!running.contains(event.id)) waiting_events_.push_back(event.id);
    at_.spool.refresh();
    is_last_run_closed_ = true;
}

void Housekeeping::closeWaiting() {
    if (waiting_events_.empty()) return;
    disk::closeEvents(at_.store, waiting_events_, closed_);
    waiting_events_.clear();
}

void Housekeeping::compare(Deadline until) {
    reconciliation_.step(base::Cancel(until), asks_.paths_in_use());
    if (reconciliation_.areRowsTried()) closeWaiting();
    if (reconciliation_.isDone())
        noteCompared();
    else
        sayProgress();
}

void Housekeeping::sayProgress() {
    const auto now = at_.clock.now();
    if (next_progress_ == Monotonic::time_point{}) next_progress_ = now + kProgressInterval;
    if (now < next_progress_) return;
    next_progress_ = now + kProgressInterval;
    const auto progress = reconciliation_.progress();
    base::logInfo("recorder", "comparing recordings with their rows (" + progress->step +
                                  "): " + std::to_string(progress->files_done) + " of " +
                                  std::to_string(progress->files_total) + " files, " +
                                  std::to_string(progress->adopted) + " had no row");
}

void Housekeeping::noteCompared() {
    disk::RecoveryReport report = reconciliation_.report();
    for (const auto& [camera, count] : std::exchange(closed_, {}).lost) report.lost[camera] += count;
    if (report.adopted_files + report.revived_files + report.removed_files + report.foreign_files > 0)
        base::logInfo("recorder",
                      "recordings were compared with their rows: " + std::to_string(report.adopted_files) +
                          " had none, " + std::to_string(report.revived_files) + " are there again, " +
                          std::to_string(report.removed_files) + " that were only begun were removed, " +
                          std::to_string(report.foreign_files) +
                          " files that are not Porchlight's were left alone");
    files_.noteCompared(report);
    watchFiles();
}

void Housekeeping::watchFiles() {
    files_.tell(at_.leftovers.problem(), at_.news);
    if (isBusy() || !files_.isLookDue()) return;
    const bool is_unread = reconciliation_.report().unreadable_files > 0 && files_.hasUnreadRested();
    const bool is_worth_it =
        is_unread || (files_.isIncomplete() ? reconciliation_.isBackInReach() : asks_.has_met_missing());
    if (at_.volume.isOk() && is_worth_it) reconciliation_.begin(true);
}

void Housekeeping::retryLeftovers() {
    const auto now = at_.clock.now();
    if (now < next_leftovers_) return;
    next_leftovers_ = now + kLeftoversInterval;
    at_.leftovers.retry(now);
}

void Housekeeping::finish() {
    if (!isBusy()) reconciliation_.rememberDisks();
}

}  // namespace porchlight::record
