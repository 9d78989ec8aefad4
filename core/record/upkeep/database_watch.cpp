#include "record/upkeep/database_watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kLateInterval{3'000'000};
constexpr microseconds kRefusedAfter{10'000'000};  // a database that was locked for a moment is no news
constexpr microseconds kProvenRetry{30'000'000};

}  // namespace

DatabaseWatch::DatabaseWatch(store::Store& store, std::filesystem::path file, const base::Clock& clock)
    : store_(store), file_(std::move(file)), clock_(clock) {}

void DatabaseWatch::tryLedger(const std::function<void()>& action) noexcept {
    const auto began_at = clock_.now();  // it may wait for a lock
    try {
        action();
        if (!ledger_error_.empty()) base::logInfo("recorder", "the coverage ledger is written again");
        ledger_error_.clear();
    } catch (const std::exception& error) {
        if (ledger_error_.empty()) {
            base::logError("recorder", std::string("coverage ledger: ") + error.what());
            ledger_refused_since_ = began_at;
        }
        ledger_error_ = error.what();
    }
}

void DatabaseWatch::retryLateRows() {
    const auto now = clock_.now();
    if (late_rows_.size() == 0 || now < next_late_) return;
    if (!late_rows_.retry(store_)) next_late_ = now + kLateInterval;
}

/// Something is to be written to it, and it did not take that when it was tried last.
void DatabaseWatch::tell(std::optional<Monotonic::time_point> row_refused_since, StorageNews& news) {
    const auto now = clock_.now();
    std::optional<Monotonic::time_point> since = row_refused_since;
    if (!ledger_error_.empty())
        since = std::min(ledger_refused_since_, since.value_or(ledger_refused_since_));
    else if (late_rows_.size() > 0)
        since = std::min(now, since.value_or(now));
    refused_since_ = since ? std::min(*since, refused_since_.value_or(now)) : since;
    if (!refused_since_)
        news.note("database", "ok", "");
    else if (now - *refused_since_ >= kRefusedAfter)
        news.note("database", "refusing",
                  "the database takes nothing: recordings, events and the ledger wait to be entered into it");
}

void DatabaseWatch::beginSoundnessCheck() {
    soundness_.emplace(file_);
}

void DatabaseWatch::watchSoundness(StorageNews& news) {
    if (!soundness_ || !soundness_->verdict() || clock_.now() < next_soundness_) return;
    next_soundness_ = clock_.now() + kProvenRetry;  // each try may wait for a lock
    const std::string problem = *soundness_->verdict();
    if (problem.empty())
        store_.setProven();
    else
        news.note(
            "soundness", "damaged",
            "the database " + file_.string() + " is damaged: " + problem.substr(0, 200) +
                ". Recording goes on; stop Porchlight and restore the newest *.backup beside it, or move "
                "it away to start with an empty history: "
                "the recordings are found again");
    soundness_.reset();
}

}  // namespace porchlight::record
