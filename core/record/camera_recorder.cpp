#include "record/camera_recorder.h"

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kMaxIdle{10'000'000};       // a file waits so long for a keyframe to end at
constexpr microseconds kDetectionDelay{2'000'000};  // motion is confirmed later than it began: the ring reaches back further
constexpr std::size_t kMaxFootage = 2048;
constexpr microseconds kClockStep{2'000'000};
constexpr microseconds kFootageMemory{60'000'000};  // beyond the pre-roll

}  // namespace

CameraRecorder::CameraRecorder(RecorderContext& context, const CameraRecording& settings)
    : context_(context), settings_(settings), ring_(settings.pre_roll + kDetectionDelay, settings.pre_roll_max_bytes) {}

bool CameraRecorder::isFootageWanted() const noexcept {
    return settings_.mode == config::RecordMode::Continuous ||
           (settings_.mode == config::RecordMode::Motion && !events_.empty());
}

bool CameraRecorder::isWaitingToRetry() const noexcept { return context_.clock.now() < retry_at_; }

void CameraRecorder::onFragment(FragmentPtr fragment) {
    switch (settings_.mode) {
        case config::RecordMode::Off: return;
        case config::RecordMode::Continuous: {
            const bool is_due = file_ && fragment->starts_with_key &&
                                fragment->started_at - file_->startedAt() >= context_.options.segment_length;
            if (is_due) closeFile();
            write(fragment);
            break;
        }
        case config::RecordMode::Motion: {
            ring_.push(fragment);
            if (isFootageWanted()) {
                idle_since_.reset();
                // Directly where possible: a group of pictures larger than the ring is still recorded.
                if (file_ && last_written_ && continues(*last_written_, *fragment)) write(fragment);
                else writeFromRing(events_.front().row.started_at - settings_.pre_roll);
            } else if (file_) {
                // Ending at a keyframe lets the next recording go on exactly where this one ends.
                if (!idle_since_) idle_since_ = context_.clock.now();
                if (fragment->starts_with_key || context_.clock.now() - *idle_since_ > kMaxIdle) closeFile();
                else write(fragment);
            }
            break;
        }
    }
    settleEvents();
}

void CameraRecorder::writeFromRing(WallTime wanted_from) {
    const auto fragments = ring_.fragments();  // by value: writing may fail half way, the ring stays as it is
    std::size_t first = file_ ? 0 : ring_.indexAt(wanted_from);
    for (std::size_t i = 0; i < fragments.size(); ++i)
        if (fragments[i] == last_written_) first = std::max(first, i + 1);
    for (std::size_t i = first; i < fragments.size() && !isWaitingToRetry(); ++i) write(fragments[i]);
}

void CameraRecorder::write(const FragmentPtr& fragment) {
    if (isWaitingToRetry()) return;
    if (file_ && !file_->accepts(*fragment)) closeFile();
    if (!file_ && !fragment->starts_with_key) {
        ++dropped_fragments_;
        return;
    }
    try {
        if (!file_)
            file_ = std::make_unique<OpenRecording>(context_.sink, context_.options.recordings_dir, settings_.name, *fragment);
        const Footage footage = file_->append(*fragment);
        last_written_ = fragment;
        written_bytes_ += fragment->bytes.size();
        context_.unchecked_bytes += fragment->bytes.size();
        noteFootage(footage);
        if (context_.clock.now() - file_->syncedAt() >= context_.options.sync_interval) syncFile();
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData) {
            ++dropped_fragments_;
            base::logWarning("recorder/" + settings_.name, error.what());
            return;
        }
        fail("write", error);
    }
}

void CameraRecorder::noteFootage(const Footage& footage) {
    context_.ledger.noteWritten(settings_.name, footage.start, footage.end);
    // The wall clock was set back: what is remembered lies in the future now and would stretch every clip to there.
    if (!footage_.empty() && footage.start < footage_.back().start - kClockStep) footage_.clear();
    footage_.push_back(footage);
    while (footage_.size() > kMaxFootage ||
           footage_.front().end < footage.end - settings_.pre_roll - settings_.post_roll - kFootageMemory)
        footage_.pop_front();
    for (Event& event : events_) {
        if (event.footage_start || footage.end <= event.row.started_at - settings_.pre_roll) continue;
        if (!event.is_persisted) continue;  // openEvent looks when the whole pre-roll is written
        event.footage_start = footage.start;
        event.row.clip_started_at = std::min(footage.start, event.row.started_at);
        event.is_changed = true;
    }
}

/// The last keyframe not after `wanted` from which footage runs on without a hole, else the first one after it.
std::optional<WallTime> CameraRecorder::footageStart(WallTime wanted) const noexcept {
    std::size_t i = 0;
    while (i < footage_.size() && footage_[i].end <= wanted) ++i;
    if (i == footage_.size()) return std::nullopt;
    while (i > 0 && !footage_[i].starts_with_key && !footage_[i].starts_file) --i;
    while (i < footage_.size() && !footage_[i].starts_with_key) ++i;
    if (i == footage_.size()) return std::nullopt;
    return footage_[i].start;
}

void CameraRecorder::syncFile() {
    file_->sync(context_.store);
    durable_at_ = file_->durableUntil();
    context_.ledger.noteSynced(settings_.name);
    if (!error_.empty()) base::logInfo("recorder/" + settings_.name, "recording works again");
    error_.clear();
}

void CameraRecorder::closeFile() {
    if (!file_) return;
    const auto file = std::move(file_);
    idle_since_.reset();
    try {
        file->close(context_.store);
        durable_at_ = file->durableUntil();
        context_.ledger.noteSynced(settings_.name);
    } catch (const Error& error) {
        fail("finish " + file->path(), error);
    }
}

void CameraRecorder::fail(const std::string& what, const Error& error) {
    if (error_.empty()) base::logError("recorder/" + settings_.name, what + ": " + error.what() + "; trying again every few seconds");
    error_ = error.what();
    error_kind_ = error.kind();
    retry_at_ = context_.clock.now() + context_.options.retry_interval;
    if (error.kind() == ErrorKind::Exhausted) context_.needs_space = true;
    if (!file_) return context_.ledger.noteLost(settings_.name);
    const auto file = std::move(file_);  // what is in it stays playable; the row is ended if the database works
    try {
        file->close(context_.store);
        context_.ledger.noteSynced(settings_.name);
    } catch (const Error& second) {
        context_.ledger.noteLost(settings_.name);
        base::logDebug("recorder/" + settings_.name, second.what());
    }
}

void CameraRecorder::onStreamEnded() { closeFile(); }

void CameraRecorder::tick() {
    if (file_ && file_->isDirty() && context_.clock.now() - file_->syncedAt() >= context_.options.sync_interval) {
        try {
            syncFile();
        } catch (const Error& error) {
            fail("sync", error);
        }
    }
    settleEvents();
}

WriterFacts CameraRecorder::writerFacts() const noexcept {
    WriterFacts facts{isFootageWanted(), file_ != nullptr, std::nullopt};
    if (!error_.empty()) facts.error = error_kind_ == ErrorKind::Exhausted ? GapCause::DiskFull : GapCause::WriteError;
    if (!error_.empty() && error_kind_ == ErrorKind::Misconfigured) facts.error = GapCause::VolumeMissing;
    return facts;
}

RecordingStatus CameraRecorder::status() const {
    RecordingStatus out;
    out.is_recording = file_ != nullptr;
    out.durable_at = durable_at_;
    out.written_bytes = written_bytes_;
    out.ring_bytes = ring_.bytes();
    out.dropped_fragments = dropped_fragments_;
    out.error = error_;
    return out;
}

}  // namespace porchlight::record
