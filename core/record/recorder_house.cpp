// What the recorder does about rows and files that do not agree, and what it tells of it.
#include <algorithm>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "disk/places.h"
#include "record/recorder_core.h"

namespace porchlight::record {
namespace {

constexpr microseconds kNoteInterval{10'000'000};
constexpr microseconds kReachInterval{60'000'000};
constexpr microseconds kLongestRest =
    std::chrono::hours(1);  // between two looks at files that cannot be read
constexpr microseconds kRetry{10'000'000};
constexpr microseconds kProvenRetry{30'000'000};
constexpr microseconds kToldFor = std::chrono::days(1);
constexpr const char* kGoneKey = "recordings_gone";  // "until_us text": told again after a restart

std::string recordingsOf(const std::string& camera, std::uint64_t count) {
    const std::string owner = camera == disk::kSpoolPrefix ? "the spool" : camera;
    return std::to_string(count) + (count == 1 ? " recording of " : " recordings of ") + owner +
           (count == 1 ? " is gone" : " are gone");
}

void addSentence(std::string& text, const std::string& sentence) {
    text += (text.empty() ? "" : "; ") + sentence;
}

}  // namespace

void RecorderCore::keepHouse(Deadline until) noexcept {
    const bool are_events_left =
        !isHousekeeping() && is_last_run_closed_ && !waiting_events_.empty();  // their disk went away
    if ((!isHousekeeping() && !are_events_left) || context_.clock.now() < house_retry_) return;
    try {
        if (are_events_left)
            closeWaiting();
        else
            reconcile(until);
        house_error_.clear();
    } catch (const std::exception& error) {
        if (house_error_ != error.what())
            base::logError("recorder", std::string("compare recordings with their rows: ") + error.what() +
                                           "; trying again every 10 s");
        house_error_ = error.what();
        house_retry_ = context_.clock.now() + kRetry;
        const auto* ours = dynamic_cast<const Error*>(&error);
        context_.needs_space = context_.needs_space || (ours && ours->kind() == ErrorKind::Exhausted);
    }
}

/// The database took nothing at the start, and cameras record by now: open rows are ended with all others, so
/// that the ledger hears of their footage, and the events of the last run wait for that. Throws Error of the
/// database.
void RecorderCore::closeLate() {
    const auto running = runningEvents();
    disk::mendThumbnails(store_, context_.options.thumbnails_dir, context_.leftovers, running);
    waiting_events_.clear();
    for (const auto& event : store_.events.unfinished())
        if (!running.contains(event.id)) waiting_events_.push_back(event.id);
    spool_.refresh();
    is_last_run_closed_ = true;
}

void RecorderCore::closeWaiting() {
    if (waiting_events_.empty()) return;
    disk::closeEvents(store_, waiting_events_, closed_);
    waiting_events_.clear();
}

void RecorderCore::reconcile(Deadline until) {
    if (!is_last_run_closed_) closeLate();
    if (reconciliation_.isJudging()) {
        volume_.look(true);
        watchVolume();  // nothing is called gone because its disk went away a moment ago
        if (!isHousekeeping()) return;
    }
    reconciliation_.step(base::Cancel(until), pathsInUse());
    if (reconciliation_.areRowsTried()) closeWaiting();
    if (reconciliation_.areFilesKnown() && !were_files_known_) next_retention_ = {};
    were_files_known_ = reconciliation_.areFilesKnown();
    if (reconciliation_.isDone()) return tellReconciled();
    const auto now = context_.clock.now();
    if (next_house_note_ == Monotonic::time_point{}) next_house_note_ = now + kNoteInterval;
    if (now < next_house_note_) return;
    next_house_note_ = now + kNoteInterval;
    const auto progress = reconciliation_.progress();
    base::logInfo("recorder", "comparing recordings with their rows (" + progress->step +
                                  "): " + std::to_string(progress->files_done) + " of " +
                                  std::to_string(progress->files_total) + " files, " +
                                  std::to_string(progress->adopted) + " had no row");
}

void RecorderCore::tellReconciled() {
    disk::RecoveryReport report = reconciliation_.report();
    for (const auto& [camera, count] : std::exchange(closed_, {}).lost) report.lost[camera] += count;
    if (report.adopted_files + report.revived_files + report.removed_files + report.foreign_files > 0)
        base::logInfo("recorder",
                      "recordings were compared with their rows: " + std::to_string(report.adopted_files) +
                          " had none, " + std::to_string(report.revived_files) + " are there again, " +
                          std::to_string(report.removed_files) + " that were only begun were removed, " +
                          std::to_string(report.foreign_files) +
                          " files that are not Porchlight's were left alone");
    std::string gone;
    for (const auto& [camera, count] : report.lost)
        addSentence(gone, recordingsOf(camera, count) + ": the files are not there any more");
    reach_text_.clear();
    for (const auto& [camera, count] : report.out_of_reach)
        addSentence(reach_text_,
                    recordingsOf(camera, count) + " for now: the disk of " +
                        (context_.options.recordings_dir / camera).string() +
                        " is not mounted, or a link leads nowhere. Nothing is changed until they are back");
    if (report.unreadable_files > 0)
        addSentence(reach_text_,
                    std::to_string(report.unreadable_files) +
                        " of the recordings' files or folders cannot be read or deleted, the first: " +
                        report.unreadable_sample + ". They are tried again: check the disk");
    unreadable_span_ = report.unreadable_files > 0
                           ? std::clamp(unreadable_span_ * 2, kReachInterval, kLongestRest)
                           : microseconds{0};
    next_unreadable_ = context_.clock.now() + unreadable_span_;
    if (!gone.empty()) {
        if (!gone_text_.empty() && gone_text_ != gone) gone = gone_text_ + "; " + gone;
        gone_text_ = gone.substr(0, 1000);
        gone_until_ = context_.clock.wallNow() + kToldFor;
        store_.meta.set(kGoneKey, std::to_string(gone_until_.time_since_epoch().count()) + " " + gone_text_);
    }
    watchFiles();
}

/// What was told less than a day ago, in an earlier run.
void RecorderCore::recallGone() {
    std::istringstream said(store_.meta.get(kGoneKey).value_or(""));
    std::int64_t until_us = 0;
    if (!(said >> until_us)) return;
    std::getline(said >> std::ws, gone_text_);
    gone_until_ = WallTime(microseconds(until_us));
}

void RecorderCore::watchFiles() {
    const auto now = context_.clock.now();
    const auto wall = context_.clock.wallNow();
    if (wall >= gone_until_ || gone_until_ - wall > kToldFor) gone_text_.clear();
    const std::string& leftovers = context_.leftovers.problem();
    std::string text = gone_text_;
    for (const std::string& sentence : {reach_text_, leftovers})
        if (!sentence.empty()) addSentence(text, sentence);
    note("files",
         text.empty()           ? "ok"
         : !gone_text_.empty()  ? "gone"
         : !reach_text_.empty() ? "out_of_reach"
                                : "undeletable",
         text);
    if (isHousekeeping() || now < next_reach_) return;
    next_reach_ = now + kReachInterval;
    const bool is_unread = reconciliation_.report().unreadable_files > 0 && now >= next_unreadable_;
    const bool is_worth_it =
        is_unread || (reach_text_.empty() ? retention_.hasMetMissing() : reconciliation_.isBackInReach());
    if (volume_.isOk() && is_worth_it) reconciliation_.begin(true);
}

void RecorderCore::watchSoundness() {
    if (!soundness_ || !soundness_->verdict() || context_.clock.now() < next_soundness_) return;
    next_soundness_ = context_.clock.now() + kProvenRetry;  // each try may wait for a lock
    const std::string problem = *soundness_->verdict();
    if (problem.empty())
        store_.setProven();
    else
        note("soundness", "damaged",
             "the database " + context_.options.database_file.string() +
                 " is damaged: " + problem.substr(0, 200) +
                 ". Recording goes on; stop Porchlight and restore the newest *.backup beside it, or move it "
                 "away to start with an empty history: "
                 "the recordings are found again");
    soundness_.reset();
}

}  // namespace porchlight::record
