// The events of one camera: their rows follow their footage.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "base/log.h"
#include "record/camera_recorder.h"

namespace porchlight::record {
namespace {

constexpr microseconds kPostRollGrace{3'000'000};  // fragments come up to a second late
constexpr microseconds kHeldGrace{60'000'000};
constexpr microseconds kRowInterval{2'000'000};  // a running event's row is written at most this often
constexpr std::size_t kMaxEvents = 256;  // in flight: only a database that takes no rows lets them pile up

}  // namespace

void CameraRecorder::openEvent(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg) {
    if (findEvent(row.id)) return;
    if (events_.size() >= kMaxEvents) {
        base::logError("recorder/" + settings_.name,
                       "event " + events_.front().row.id + " is forgotten: the database takes no rows");
        events_.erase(events_.begin());
    }
    Event& event = events_.emplace_back();
    event.row = row;
    event.thumbnail_jpeg = thumbnail_jpeg;
    const WallTime wanted = row.started_at - settings_.pre_roll;
    if (settings_.mode == config::RecordMode::Motion) writeFromRing(wanted);
    event.footage_start = footageStart(wanted);
    persist(event);
}

void CameraRecorder::updateEvent(const store::EventRow& row) {
    Event* event = findEvent(row.id);
    if (!event) return;
    const store::EventRow before = event->row;
    event->row = row;
    if (event->shift != microseconds{0}) {
        // The engine began this event by the old clock; what it noted since the clock was set is right
        // already.
        event->row.started_at += event->shift;
        const bool is_old =
            event->row.ended_at && (*event->row.ended_at < event->row.started_at ||
                                    *event->row.ended_at > context_.clock.wallNow() + kPostRollGrace);
        if (is_old) *event->row.ended_at += event->shift;
    }
    event->row.clip_started_at = before.clip_started_at;
    event->row.clip_ended_at = before.clip_ended_at;
    event->row.has_thumbnail = before.has_thumbnail;
    event->row.footage_gone_reason = before.footage_gone_reason;
    event->is_changed = true;
}

void CameraRecorder::endEvent(const store::EventRow& row) {
    Event* event = findEvent(row.id);
    if (!event) return;
    updateEvent(row);
    if (!event->row.ended_at) event->row.ended_at = context_.clock.wallNow();
    event->row.state = store::EventState::Closing;
    event->written_at = {};
    event->give_up_at = context_.clock.now() + settings_.post_roll + kPostRollGrace;
    settleEvents();
}

void CameraRecorder::collectEvents(std::set<std::string>& ids) const {
    for (const Event& event : events_) ids.insert(event.row.id);
}

CameraRecorder::Event* CameraRecorder::findEvent(const std::string& id) noexcept {
    const auto found =
        std::find_if(events_.begin(), events_.end(), [&](const Event& event) { return event.row.id == id; });
    return found == events_.end() ? nullptr : &*found;
}

/// Footage, then row, then thumbnail, then the announcement: what is announced can be seen. A row whose
/// thumbnail did not come to be is mended at the next start; a thumbnail without a row nobody would look for.
void CameraRecorder::persist(Event& event) {
    // Motion may be seen before the first fragment is there (just started): the clip then begins late, the
    // row does not.
    event.row.clip_started_at =
        std::min(event.footage_start.value_or(event.row.started_at), event.row.started_at);
    event.row.clip_ended_at.reset();
    event.written_at = context_.clock.now();
    if (file_ && file_->isDirty()) syncFile();
    event.row.has_thumbnail = !event.thumbnail_jpeg.empty();
    try {
        if (auto stamp = context_.stampAt(event.row.started_at); stamp.doubt) {
            stamp.doubt->kind = "event";
            stamp.doubt->id = event.row.id;
            context_.store.clocks.insertDoubt(*stamp.doubt);
        }
        context_.store.events.insert(event.row);
        event.is_persisted = true;
        event_refused_since_.reset();
        if (event.row.has_thumbnail && !writeThumbnail(event)) {
            event.row.has_thumbnail = false;
            event.is_changed = true;
        }
        event.thumbnail_jpeg.clear();
    } catch (const Error& error) {
        event.row.has_thumbnail = false;  // not yet
        // An attempt may have waited for a lock: it counts from its beginning.
        if (!event_refused_since_) event_refused_since_ = event.written_at;
        base::logError("recorder/" + settings_.name, "event " + event.row.id + ": " + error.what());
        if (error.kind() == ErrorKind::Exhausted) context_.needs_space = true;
    }
    // The owner is told even when the disk is not able to remember it.
    if (!event.is_announced && context_.events.on_event_persisted)
        context_.events.on_event_persisted(event.row);
    event.is_announced = true;
}

bool CameraRecorder::writeThumbnail(const Event& event) {
    const auto folder = context_.options.thumbnails_dir / settings_.name;
    const std::string file = (folder / (event.row.id + ".jpg")).string();
    try {
        if (std::filesystem::create_directories(folder)) base::syncFolder(folder.parent_path().string());
        context_.meter.addThumbnail(event.thumbnail_jpeg.size(), 2);
        base::writeFileDurably(file, std::string(event.thumbnail_jpeg.begin(), event.thumbnail_jpeg.end()),
                               0640);
        return true;
    } catch (const std::exception& error) {  // std::filesystem throws its own kind
        base::logError("recorder/" + settings_.name, std::string("thumbnail: ") + error.what());
        context_.leftovers.remove(file + ".new");  // the disk that failed may have kept it from being removed
        return false;
    }
}

/// Writes the row without touching what the owner may have changed meanwhile.
void CameraRecorder::saveRow(Event& event) {
    const auto stored = context_.store.events.byId(event.row.id);
    if (stored) {
        event.row.is_kept = stored->is_kept;
        event.row.is_reviewed = stored->is_reviewed;
        event.row.note = stored->note;
        context_.store.events.update(event.row);
    }
    event.is_changed = false;
}

void CameraRecorder::settleEvents() {
    for (std::size_t i = 0; i < events_.size();) {
        if (settle(events_[i]))
            events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
}

/// True when the event is final and its row written: nothing more is to be done for it.
bool CameraRecorder::settle(Event& event) {
    const auto now = context_.clock.now();
    const bool may_write = now - event.written_at >= kRowInterval;
    if (!event.is_persisted) {
        if (!may_write) return false;
        persist(event);
        if (!event.is_persisted) return false;
    }
    const bool has_footage = settings_.mode != config::RecordMode::Off || event.footage_start;
    // Footage that waits in memory for a disk is given some time to get there.
    const auto give_up_at = event.give_up_at == Monotonic::time_point::max() || held_.isEmpty()
                                ? event.give_up_at
                                : event.give_up_at + kHeldGrace;
    if (event.row.ended_at && event.row.state == store::EventState::Closing) {
        const WallTime target = *event.row.ended_at + settings_.post_roll;
        const bool is_covered = !has_footage || (!footage_.empty() && footage_.back().end >= target);
        if (is_covered || now >= give_up_at) {
            event.row.state = store::EventState::Closed;
            event.row.clip_ended_at = has_footage ? clipEnd(event, target) : *event.row.ended_at;
            if (!event.footage_start)
                event.row.footage_gone_reason =
                    !has_footage || context_.volume.isOk()
                        ? "not_recorded"
                        : std::string("volume_") + nameOf(context_.volume.state());
            event.is_changed = true;
            event.written_at = {};
        }
    }
    const bool is_closed = event.row.state == store::EventState::Closed;
    // A row that could not be written is tried again at the same interval, not with every fragment.
    if (!event.is_changed || !(may_write || event.written_at == Monotonic::time_point{})) return false;
    event.written_at = now;
    try {
        if (is_closed && file_ && file_->isDirty()) syncFile();
        saveRow(event);
        event_refused_since_.reset();
    } catch (const Error& error) {
        if (!event_refused_since_) event_refused_since_ = now;
        base::logError("recorder/" + settings_.name, "event " + event.row.id + ": " + error.what());
        return false;
    }
    if (is_closed && context_.events.on_event_final) context_.events.on_event_final(event.row);
    return is_closed;
}

/// End of the fragment that covers `target`, else of what there is.
WallTime CameraRecorder::clipEnd(const Event& event, WallTime target) const noexcept {
    if (!event.footage_start) return *event.row.ended_at;
    WallTime end = std::max(event.row.clip_started_at, *event.footage_start);
    for (const Footage& footage : footage_) {
        end = std::max(end, footage.end);
        if (footage.end >= target) break;
    }
    return end;
}

void CameraRecorder::finish(const std::string& close_reason) {
    if (!held_.isEmpty()) {
        retry_at_ = {};
        writeHeld();
    }
    closeFile();
    for (Event& event : events_) {
        if (!event.row.ended_at) {
            event.row.ended_at = std::max(event.row.started_at,
                                          footage_.empty() ? context_.clock.wallNow() : footage_.back().end);
            event.row.close_reason = close_reason;
        }
        event.row.state = store::EventState::Closing;
        event.give_up_at = context_.clock.now();
        event.is_changed = true;
        event.written_at = {};
    }
    settleEvents();
}

}  // namespace porchlight::record
