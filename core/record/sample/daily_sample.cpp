#include "record/sample/daily_sample.h"

#include <fcntl.h>

#include "base/log.h"
#include "disk/places.h"

namespace porchlight::record {
namespace {

constexpr std::chrono::minutes kAfterStart{10};
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kAgainNothing{1};  ///< nothing was there to be read, or nobody to read it
constexpr std::chrono::minutes kAgainUnplayable{10};
constexpr seconds kAgainDoubted{30};
constexpr seconds kLeastSpan{2};  ///< shorter ones say little of the length

}  // namespace

void DailySample::addCamera(const std::string& name) {
    cameras_.try_emplace(name, Camera{clock_.now() + kAfterStart, {}, "", {}});
}

void DailySample::removeCamera(const std::string& name) {
    cameras_.erase(name);
    if (reading_ && reading_->camera == name) reading_.reset();
}

void DailySample::tick(bool may_begin) {
    if (!start_) return;
    if (reading_) {
        const auto result = reading_->reading->result();
        if (!result) return;
        const Current read = std::move(*reading_);
        reading_.reset();
        return note(read, *result);
    }
    if (!may_begin) return;
    for (auto& [name, camera] : cameras_)
        if (clock_.now() >= camera.due_at) return begin(name, camera);
}

void DailySample::begin(const std::string& name, Camera& camera) {
    camera.due_at = clock_.now() + kAgainNothing;
    const auto doubted = std::exchange(camera.doubted, std::nullopt);
    const auto row = doubted ? doubted : choose(name, !camera.problem.empty());
    if (!row) return forget(camera);
    const base::Fd file(
        ::open(disk::fileOf(recordings_dir_, row->path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return;  // who compares rows with files tells that
    try {
        reading_ = Current{name, *row, doubted.has_value(),
                           start_(file, *row->ended_at - row->started_at, row->bytes)};
    } catch (const Error& error) {
        tellOnce(error.what());
    }
}

std::optional<store::RecordingRow> DailySample::choose(const std::string& name, bool wants_newest) {
    const auto now = clock_.wallNow();
    return store_.recordings.anyFinished(name, now - kDay, now, kLeastSpan, wants_newest);
}

void DailySample::note(const Current& read, const FootageReading::Result& result) {
    using Verdict = FootageReading::Verdict;
    Camera& camera = cameras_.at(read.camera);
    const auto now = clock_.now();
    if (result.verdict == Verdict::Unknown) {
        camera.due_at = now + kAgainNothing;
        return tellOnce(result.text);
    }
    trouble_.clear();
    if (result.verdict == Verdict::Unplayable && !read.is_second && camera.problem.empty()) {
        camera.doubted = read.row;
        camera.due_at = now + kAgainDoubted;
        return;
    }
    if (result.verdict == Verdict::Unplayable) {
        camera.problem = read.row.path + " does not play: " + result.text;
        camera.told_until = now + kDay;
        camera.due_at = now + kAgainUnplayable;
        return base::logError("recorder/" + read.camera, "sample of the day: " + camera.problem);
    }
    if (result.verdict == Verdict::Damaged)
        base::logWarning("recorder/" + read.camera,
                         "sample of the day: " + read.row.path + " plays, damaged in part: " + result.text);
    else
        base::logInfo("recorder/" + read.camera, "sample of the day: " + read.row.path + " plays");
    forget(camera);
    camera.due_at = now + (camera.problem.empty() ? kDay : kAgainNothing);
}

/// What did not play, a day ago.
void DailySample::forget(Camera& camera) const {
    if (clock_.now() >= camera.told_until) camera.problem.clear();
}

void DailySample::tellOnce(const std::string& trouble) {
    if (trouble != trouble_) base::logWarning("recorder", "no recording could be read back: " + trouble);
    trouble_ = trouble;
}

std::string DailySample::problem() const {
    std::string out;
    for (const auto& [name, camera] : cameras_)
        if (!camera.problem.empty()) out += (out.empty() ? "" : "; ") + camera.problem;
    return out.empty() ? out : out + "; \"porchlight check --deep\" looks at all recordings";
}

}  // namespace porchlight::record
