#include "record/camera_recorder.h"

#include <algorithm>

#include "base/log.h"

namespace porchlight::record {
namespace {

// Motion is confirmed later than it began: the ring reaches back further.
constexpr microseconds kDetectionDelay{2'000'000};
constexpr microseconds kFootageMemory{60'000'000};  // beyond the rolls

}  // namespace

CameraRecorder::CameraRecorder(RecorderContext& context, const RecorderOptions& options,
                               const RecorderEvents& listeners, const CameraRecording& settings)
    : context_(context),
      segment_length_(options.segment_length),
      settings_(settings),
      ring_(settings.pre_roll + kDetectionDelay, settings.pre_roll_max_bytes),
      writer_(context, settings.name, [this](const Footage& footage) { noteFootage(footage); }),
      events_(context, listeners, options.thumbnails_dir, settings_, footage_, writer_) {}

void CameraRecorder::change(const CameraRecording& settings) {
    const auto before = settings_.mode;
    settings_ = settings;
    ring_.setLimits(settings.pre_roll + kDetectionDelay, settings.pre_roll_max_bytes);
    if (before == settings.mode) return;
    base::logInfo("recorder/" + settings.name,
                  std::string("records ") + config::nameOf(settings.mode) + " now");
    writer_.noteNeeded();
    if (settings.mode == config::RecordMode::Off) {
        writer_.close();
        ring_.clear();
    } else if (settings.mode == config::RecordMode::Continuous) {
        if (!file().isOpen())
            writeFromRing(WallTime::max());  // from the newest keyframe on: no need to wait for the next
        ring_.clear();
    }
    events_.settle();
}

bool CameraRecorder::isFootageWanted() const noexcept {
    return settings_.mode == config::RecordMode::Continuous ||
           (settings_.mode == config::RecordMode::Motion && !events_.isEmpty());
}

void CameraRecorder::onFragment(FragmentPtr fragment) {
    switch (settings_.mode) {
        case config::RecordMode::Off:
            break;
        case config::RecordMode::Continuous:
            closeLongFile(*fragment);
            writer_.write(fragment);
            break;
        case config::RecordMode::Motion:
            onMotionFragment(fragment);
            break;
    }
    events_.settle();
}

void CameraRecorder::onMotionFragment(const FragmentPtr& fragment) {
    ring_.push(fragment);
    if (!isFootageWanted()) {
        if (file().isOpen()) writer_.writeOrEnd(fragment);
        return;
    }
    writer_.noteNeeded();
    // Directly where possible: a group of pictures larger than the ring is still recorded.
    const FragmentPtr& last = writer_.lastGiven();
    const bool goes_on = file().isOpen() && last && continues(*last, *fragment);
    closeLongFile(*fragment);
    if (goes_on)
        writer_.write(fragment);
    else
        writeFromRing(events_.wantedFrom());
}

/// Before `next`: where nothing ever stops moving, the oldest footage can go only if it is a file of its own.
void CameraRecorder::closeLongFile(const Fragment& next) {
    if (file().isOpen() && next.starts_with_key && next.started_at - file().startedAt() >= segment_length_)
        writer_.close();
}

void CameraRecorder::writeFromRing(WallTime wanted_from) {
    const auto& fragments = ring_.fragments();
    std::size_t first = file().isOpen() ? 0 : ring_.indexAt(wanted_from);
    for (std::size_t i = 0; i < fragments.size(); ++i)
        if (fragments[i] == writer_.lastGiven()) first = std::max(first, i + 1);
    for (std::size_t i = first; i < fragments.size(); ++i) writer_.write(fragments[i]);
}

void CameraRecorder::noteFootage(const Footage& footage) {
    WallTime from = footage.start;
    bool is_after_pause = false;
    for (const auto& [pause_start, pause_end] : footage.pauses) {
        context_.ledger.noteWritten(settings_.name, from, pause_start, is_after_pause);
        from = pause_end;
        is_after_pause = true;
    }
    context_.ledger.noteWritten(settings_.name, from, footage.end, is_after_pause);
    footage_.add(footage, settings_.pre_roll + settings_.post_roll + kFootageMemory);
    events_.noteFootage(footage);
}

void CameraRecorder::openEvent(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg) {
    if (events_.has(row.id)) return;
    if (settings_.mode == config::RecordMode::Motion) writeFromRing(row.started_at - settings_.pre_roll);
    events_.open(row, thumbnail_jpeg);
}

void CameraRecorder::restamp(microseconds shift) {
    writer_.restamp(shift);
    footage_.shift(shift);
    events_.restamp(shift);
}

std::optional<Monotonic::time_point> CameraRecorder::rowRefusedSince() const noexcept {
    const auto of_file = file().rowRefusedSince();
    const auto& of_event = events_.refusedSince();
    if (!of_file || !of_event) return of_file ? of_file : of_event;
    return std::min(*of_file, *of_event);
}

void CameraRecorder::tick() {
    writer_.tick();
    events_.settle();
}

void CameraRecorder::finish(const std::string& close_reason) {
    writer_.finish();
    events_.finish(close_reason);
}

RecordingStatus CameraRecorder::status() const {
    RecordingStatus out;
    out.is_recording = file().isOpen();
    out.durable_at = file().durableAt();
    out.written_bytes = writer_.writtenBytes();
    out.ring_bytes = ring_.bytes();
    out.dropped_fragments = writer_.droppedFragments();
    out.held_bytes = writer_.held().bytes();
    out.is_spooled = file().isSpooled();
    out.error = writer_.trouble().why();
    return out;
}

ledger::WriterFacts CameraRecorder::writerFacts() const noexcept {
    return {isFootageWanted(), file().isOpen(), writer_.trouble().cause()};
}

}  // namespace porchlight::record
