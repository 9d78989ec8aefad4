// What the recorder tells of its storage.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "disk/places.h"
#include "record/recorder_core.h"

namespace porchlight::record {
namespace {

constexpr std::int64_t kWrittenDays = 7;
constexpr microseconds kWrittenInterval{60'000'000};
constexpr microseconds kRefusedAfter{10'000'000};  // a database that was locked for a moment is no news

std::int64_t dayOf(WallTime at) {
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

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

/// Days that the rows cover: since the start of the first, which may be the day of the installation (taken as
/// whole).
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
    written_ = store_.wear.since(dayOf(context_.clock.wallNow()) - kWrittenDays);
}

/// Where footage goes while its disk does not take it, and rows that the database does not take.
void RecorderCore::watchPlaces() {
    bool is_spooling = spool_.files() > 0;
    for (const auto& [name, camera] : cameras_)
        is_spooling = is_spooling || disk::isSpooled(camera->openPath());
    if (!is_spooling) {
        spool_dropped_files_ = spool_.droppedFiles();
        note("spool", "ok", "");
    } else if (spool_.droppedFiles() > spool_dropped_files_) {
        note("spool", "dropping",
             "the spool is full: the oldest footage in it was deleted to keep the newest");
    } else {
        note("spool", "in_use",
             "footage waits in the spool beside the database, at most " +
                 base::formatSize(context_.options.storage.spool_max_bytes) +
                 " of it, until its disk takes it" + whyElsewhere());
    }
    if (held_.bytes() == 0) {
        held_dropped_bytes_ = held_.droppedBytes();
        note("memory", "ok", "");
    } else if (held_.droppedBytes() > held_dropped_bytes_) {
        note("memory", "dropping", "footage is lost: no disk takes it, and the memory for it is full");
    } else if (!volume_.isOk() || !whyElsewhere().empty()) {
        note("memory", "in_use",
             "footage waits in memory, at most " + base::formatSize(context_.options.held_max_bytes) +
                 " of it, until a disk takes it" + whyElsewhere());
    }
    const auto now = context_.clock.now();
    const auto refused_since = databaseRefusesSince();
    refused_since_ = refused_since ? std::min(*refused_since, refused_since_.value_or(now)) : refused_since;
    if (!refused_since_)
        note("database", "ok", "");
    else if (now - *refused_since_ >= kRefusedAfter)
        note("database", "refusing",
             "the database takes nothing: recordings, events and the ledger wait to be entered into it");
}

/// Something is to be written to it, and it did not take that when it was tried last: since when, as far as
/// that is known.
std::optional<Monotonic::time_point> RecorderCore::databaseRefusesSince() const noexcept {
    std::optional<Monotonic::time_point> out;
    if (late_rows_.size() > 0) out = context_.clock.now();
    if (!ledger_error_.empty()) out = ledger_refused_since_;
    for (const auto& [name, camera] : cameras_)
        if (const auto since = camera->rowRefusedSince()) out = std::min(*since, out.value_or(*since));
    return out;
}

/// The disk is well, and yet does not take what a camera records.
std::string RecorderCore::whyElsewhere() const {
    if (!volume_.isOk()) return {};
    for (const auto& [name, camera] : cameras_)
        if (!camera->volumeError().empty()) return " (" + name + ": " + camera->volumeError() + ")";
    return {};
}

/// Remembers what the owner is to hear; the same state twice is no news, but its words are kept up to date.
void RecorderCore::note(const std::string& kind, const std::string& state, const std::string& detail) {
    const auto known = told_.find(kind);
    if (known == told_.end() && detail.empty()) return;
    if (known != told_.end() && !detail.empty() && known->second.state == state) {
        known->second.detail = detail;
        return;
    }
    const StorageIssue issue{context_.clock.wallNow(), kind, state, detail, {}};
    if (detail.empty()) {
        told_.erase(known);
        base::logInfo("storage", kind + " is well again");
    } else {
        told_[kind] = issue;
        base::logError("storage", "STORAGE_ISSUE " + kind + " " + state + ": " + detail);
    }
    to_tell_.push_back(issue);
}

std::vector<std::string> RecorderCore::problems() const {
    std::vector<std::string> out;
    for (const auto& [kind, issue] : told_)
        out.push_back(kind == "volume" && issue.state != "ok"
                          ? "recordings storage is " + issue.state + ": " + issue.detail
                          : issue.detail);
    return out;
}

void RecorderCore::tellIssues() {
    for (auto& issue : to_tell_) {
        issue.problems = problems();
        if (context_.events.on_storage) context_.events.on_storage(issue);
    }
    to_tell_.clear();
}

StorageStatus RecorderCore::storage() const {
    StorageStatus out;
    out.state = nameOf(told_state_);
    out.detail = told_.contains("volume") ? told_.at("volume").detail : "";
    out.since = told_since_;
    out.total_bytes = volume_.totalBytes();
    out.free_bytes = volume_.freeBytes();
    out.spool_bytes = spool_.bytes();
    out.spool_files = spool_.files();
    out.spool_dropped_files = spool_.droppedFiles();
    out.held_bytes = held_.bytes();
    out.late_rows = late_rows_.size();
    out.retention_problem = told_.contains("retention") ? told_.at("retention").detail : "";
    out.problems = problems();
    out.is_clock_trusted = clock_trust_.isTrusted();
    out.housekeeping = reconciliation_.progress();
    out.written = written_;
    for (const auto& row : meter_.pending()) add(out.written, row);
    out.flash_life_years =
        disk::flashLifeYears(out.total_bytes, out.written, daysOf(out.written, context_.clock.wallNow()));
    return out;
}

}  // namespace porchlight::record
