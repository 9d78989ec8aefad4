#include "record/camera_recorder.h"

#include <algorithm>

#include "base/log.h"
#include "base/wall_times.h"
#include "disk/places.h"

namespace porchlight::record {
namespace {

constexpr microseconds kMaxIdle{10'000'000};  // a file waits so long for a keyframe to end at
constexpr microseconds kDetectionDelay{
    2'000'000};  // motion is confirmed later than it began: the ring reaches back further
constexpr std::size_t kMaxFootage = 2048;
constexpr microseconds kSyncRounding{5'000};
constexpr microseconds kFootageMemory{60'000'000};  // beyond the pre-roll

}  // namespace

CameraRecorder::CameraRecorder(RecorderContext& context, const CameraRecording& settings)
    : context_(context),
      settings_(settings),
      ring_(settings.pre_roll + kDetectionDelay, settings.pre_roll_max_bytes) {}

void CameraRecorder::change(const CameraRecording& settings) {
    const auto before = settings_.mode;
    settings_ = settings;
    ring_.setLimits(settings.pre_roll + kDetectionDelay, settings.pre_roll_max_bytes);
    if (before == settings.mode) return;
    base::logInfo("recorder/" + settings.name,
                  std::string("records ") + config::nameOf(settings.mode) + " now");
    idle_since_.reset();
    if (settings.mode == config::RecordMode::Off) {
        closeFile();
        ring_.clear();
    } else if (settings.mode == config::RecordMode::Continuous) {
        if (!file_)
            writeFromRing(WallTime::max());  // from the newest keyframe on: no need to wait for the next
        ring_.clear();
    }
    settleEvents();
}

bool CameraRecorder::isFootageWanted() const noexcept {
    return settings_.mode == config::RecordMode::Continuous ||
           (settings_.mode == config::RecordMode::Motion && !events_.empty());
}

bool CameraRecorder::mayWrite() const noexcept {
    return context_.clock.now() >= retry_at_;
}

void CameraRecorder::onFragment(FragmentPtr fragment) {
    switch (settings_.mode) {
        case config::RecordMode::Off:
            break;
        case config::RecordMode::Continuous: {
            closeLongFile(*fragment);
            write(fragment);
            break;
        }
        case config::RecordMode::Motion: {
            ring_.push(fragment);
            if (isFootageWanted()) {
                idle_since_.reset();
                // Directly where possible: a group of pictures larger than the ring is still recorded.
                const bool goes_on = file_ && last_written_ && continues(*last_written_, *fragment);
                closeLongFile(*fragment);
                if (goes_on)
                    write(fragment);
                else
                    writeFromRing(events_.front().row.started_at - settings_.pre_roll);
            } else if (file_) {
                // Ending at a keyframe lets the next recording go on exactly where this one ends.
                if (!idle_since_) idle_since_ = context_.clock.now();
                if (fragment->starts_with_key || context_.clock.now() - *idle_since_ > kMaxIdle)
                    closeFile();
                else
                    write(fragment);
            }
            break;
        }
    }
    settleEvents();
}

/// Before `next`: where nothing ever stops moving, the oldest footage can go only if it is a file of its own.
void CameraRecorder::closeLongFile(const Fragment& next) {
    if (file_ && next.starts_with_key &&
        next.started_at - file_->startedAt() >= context_.options.segment_length)
        closeFile();
}

void CameraRecorder::writeFromRing(WallTime wanted_from) {
    const auto fragments = ring_.fragments();  // by value: writing may fail half way, the ring stays as it is
    std::size_t first = file_ ? 0 : ring_.indexAt(wanted_from);
    for (std::size_t i = 0; i < fragments.size(); ++i)
        if (fragments[i] == last_written_) first = std::max(first, i + 1);
    for (std::size_t i = first; i < fragments.size(); ++i) write(fragments[i]);
}

/// To the file; while there is no disk for it, to memory. Order is kept: what waited goes first.
void CameraRecorder::write(const FragmentPtr& fragment) {
    last_written_ = fragment;
    if (mayWrite() && !held_.isEmpty()) writeHeld();
    if (mayWrite() && held_.isEmpty() && writeNow(fragment)) return;
    held_.pushBack(fragment);
    context_.held.limit();
}

/// True when it is in the file, or of no use; false when there is no file for it now.
bool CameraRecorder::writeNow(const FragmentPtr& fragment) {
    const bool may_go_home = file_ && disk::isSpooled(file_->path()) && fragment->starts_with_key &&
                             context_.volume.isOk() && !avoidsVolume();
    const std::size_t waiting = held_.size();
    if (file_ && (may_go_home || !file_->accepts(*fragment))) closeFile();
    if (!mayWrite() || held_.size() > waiting) return false;  // closing has failed: what it put back is older
    if (!file_ && !fragment->starts_with_key) {
        ++dropped_fragments_;
        return true;
    }
    try {
        if (!file_ && !openFile(*fragment)) return false;
        const Footage footage = append(*fragment);
        if (unsynced_.empty()) dirty_since_ = context_.clock.now();
        unsynced_.push_back(fragment);
        unsynced_span_ += fragment->duration;
        fragment_span_ = std::max(fragment->duration, last_span_);
        last_span_ = fragment->duration;
        written_bytes_ += fragment->bytes.size();
        context_.unchecked_bytes += fragment->bytes.size();
        if (!disk::isSpooled(file_->path()) && other_disk_ == 0)
            context_.volume_written_bytes += fragment->bytes.size();
        context_.meter.addFootage(fragment->bytes.size(), 0);
        noteFootage(footage);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData) {
            ++dropped_fragments_;
            base::logWarning("recorder/" + settings_.name, error.what());
            return true;
        }
        fail("write", error, true);
        return false;
    }
    if (isSyncDue()) syncFile();
    return true;
}

/// A full disk is made room on at once, so that the file goes on without a hole. Throws what OpenRecording
/// throws.
Footage CameraRecorder::append(const Fragment& fragment) {
    try {
        return file_->append(fragment);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Exhausted || disk::isSpooled(file_->path()) ||
            !context_.make_room(settings_.name))
            throw;
        base::logWarning("recorder/" + settings_.name,
                         std::string(error.what()) + "; the oldest recordings made room");
        return file_->append(fragment);
    }
}

/// False: there is no place for a file now. Throws what OpenRecording throws.
bool CameraRecorder::openFile(const Fragment& first) {
    const auto place = context_.place(avoidsVolume());
    if (!place) {
        error_ = context_.volume.detail();
        error_kind_ = context_.volume.state() == disk::VolumeState::Full      ? ErrorKind::Exhausted
                      : context_.volume.state() == disk::VolumeState::Failing ? ErrorKind::Unavailable
                                                                              : ErrorKind::Misconfigured;
        retry_at_ = context_.clock.now() + context_.options.retry_interval;
        return false;
    }
    opens_on_volume_ = place->row_prefix.empty();
    other_disk_ = context_.volume.otherDisk(settings_.name);
    file_ = std::make_unique<OpenRecording>(context_.sink, context_.store, *place, settings_.name, first,
                                            context_.stampAt(first.started_at));
    row_refused_since_.reset();
    context_.meter.addFootage(file_->sizeBytes(), 2);
    return true;
}

bool CameraRecorder::isSyncDue() const noexcept {
    if (!file_ || !file_->isDirty()) return false;
    // What a power cut takes is the footage not synced and what is still in the worker, the next fragment:
    // together no more than the interval, where fragments allow it.
    if (unsynced_span_ + fragment_span_ > context_.options.sync_interval + kSyncRounding) return true;
    // A tick earlier than allowed, because the next look may come a tick later.
    return context_.clock.now() - dirty_since_ >=
           std::max(context_.options.sync_interval - RecorderOptions::kTick, microseconds{0});
}

void CameraRecorder::noteFootage(const Footage& footage) {
    // The wall clock was set back: what is remembered lies in the future now and would stretch every clip to
    // there.
    if (!footage_.empty() && footage.start < footage_.back().start - kClockStep) footage_.clear();
    footage_.push_back(footage);
    WallTime from = footage.start;
    bool is_after_pause = false;
    for (const auto& [pause_start, pause_end] : footage.pauses) {
        context_.ledger.noteWritten(settings_.name, from, pause_start, is_after_pause);
        from = pause_end;
        is_after_pause = true;
    }
    context_.ledger.noteWritten(settings_.name, from, footage.end, is_after_pause);
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

/// The last keyframe not after `wanted` from which footage runs on without a hole, else the first one after
/// it.
std::optional<WallTime> CameraRecorder::footageStart(WallTime wanted) const noexcept {
    std::size_t i = 0;
    while (i < footage_.size() && footage_[i].end <= wanted) ++i;
    if (i == footage_.size()) return std::nullopt;
    while (i > 0 && !footage_[i].starts_with_key && !footage_[i].starts_file) --i;
    while (i < footage_.size() && !footage_[i].starts_with_key) ++i;
    if (i == footage_.size()) return std::nullopt;
    return footage_[i].start;
}

void CameraRecorder::restamp(microseconds shift) {
    if (file_) file_->shift(shift);
    for (Footage& footage : footage_) {
        footage.start += shift;
        footage.end += shift;
    }
    if (durable_at_ != WallTime{}) durable_at_ += shift;
    for (Event& event : events_) {
        event.shift += shift;
        event.row.started_at += shift;
        event.row.clip_started_at += shift;
        if (event.row.ended_at) *event.row.ended_at += shift;
        if (event.footage_start) *event.footage_start += shift;
    }
}

void CameraRecorder::onStreamEnded() {
    closeFile();
}

std::optional<Monotonic::time_point> CameraRecorder::rowRefusedSince() const noexcept {
    const auto of_file = file_ ? row_refused_since_ : std::nullopt;
    if (!of_file || !event_refused_since_) return of_file ? of_file : event_refused_since_;
    return std::min(*of_file, *event_refused_since_);
}

void CameraRecorder::tick() {
    if (isSyncDue()) syncFile();
    if (!held_.isEmpty() && mayWrite()) writeHeld();
    context_.held.limit();  // what a sync that failed puts back counts, too
    settleEvents();
}

RecordingStatus CameraRecorder::status() const {
    RecordingStatus out;
    out.is_recording = file_ != nullptr;
    out.durable_at = durable_at_;
    out.written_bytes = written_bytes_;
    out.ring_bytes = ring_.bytes();
    out.dropped_fragments = dropped_fragments_ + held_.dropped();
    out.held_bytes = held_.bytes();
    out.is_spooled = file_ && disk::isSpooled(file_->path());
    out.error = error_;
    return out;
}

ledger::WriterFacts CameraRecorder::writerFacts() const noexcept {
    ledger::WriterFacts facts{isFootageWanted(), file_ != nullptr, std::nullopt};
    if (!error_.empty())
        facts.error =
            error_kind_ == ErrorKind::Exhausted ? ledger::GapCause::DiskFull : ledger::GapCause::WriteError;
    if (!error_.empty() && error_kind_ == ErrorKind::Misconfigured)
        facts.error = ledger::GapCause::VolumeMissing;
    return facts;
}

}  // namespace porchlight::record
