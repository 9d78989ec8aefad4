#include "record/camera_events.h"

#include <algorithm>

#include "base/fd.h"
#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kPostRollGrace{3'000'000};  // fragments come up to a second late
constexpr microseconds kHeldGrace{60'000'000};
constexpr microseconds kRowInterval{2'000'000};  // a running event's row is written at most this often
constexpr std::size_t kMaxEvents = 256;  // in flight: only a database that takes no rows lets them pile up

}  // namespace

CameraEvents::CameraEvents(RecorderContext& context, const RecorderEvents& listeners,
                           const std::filesystem::path& thumbnails_dir, const CameraRecording& settings,
                           const FootageMemory& footage, FootageWriter& writer)
    : context_(context),
      listeners_(listeners),
      thumbnails_dir_(thumbnails_dir),
      settings_(settings),
      footage_(footage),
      writer_(writer) {}

bool CameraEvents::has(const std::string& id) const noexcept {
    return std::any_of(events_.begin(), events_.end(),
                       [&](const Event& event) { return event.row.id == id; });
}

CameraEvents::Event* CameraEvents::find(const std::string& id) noexcept {
    const auto found =
        std::find_if(events_.begin(), events_.end(), [&](const Event& event) { return event.row.id == id; });
    return found == events_.end() ? nullptr : &*found;
}

void CameraEvents::open(const store::EventRow& row, const std::vector<std::uint8_t>& thumbnail_jpeg) {
    if (events_.size() >= kMaxEvents) {
        base::logError("recorder/" + settings_.name,
                       "event " + events_.front().row.id + " is forgotten: the database takes no rows");
        events_.erase(events_.begin());
    }
    Event& event = events_.emplace_back();
    event.row = row;
    event.thumbnail_jpeg = thumbnail_jpeg;
    event.footage_start = footage_.startFor(row.started_at - settings_.pre_roll);
    persist(event);
}

void CameraEvents::update(const store::EventRow& row) {
    Event* event = find(row.id);
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

void CameraEvents::picture(const std::string& id, const std::vector<std::uint8_t>& thumbnail_jpeg) {
    Event* event = find(id);
    if (!event || event->row.has_thumbnail || thumbnail_jpeg.empty()) return;
    event->thumbnail_jpeg = thumbnail_jpeg;
    if (!event->is_persisted) return;  // goes with its row
    event->row.has_thumbnail = writeThumbnail(*event);
    event->thumbnail_jpeg.clear();
    if (!event->row.has_thumbnail) return;
    event->is_changed = true;
    event->written_at = {};
    const store::EventRow row = event->row;
    settle();
    if (listeners_.on_event_pictured) listeners_.on_event_pictured(row, thumbnail_jpeg);
}

void CameraEvents::end(const store::EventRow& row) {
    Event* event = find(row.id);
    if (!event) return;
    update(row);
    if (!event->row.ended_at) event->row.ended_at = context_.clock.wallNow();
    event->row.state = store::EventState::Closing;
    event->is_over = true;
    event->written_at = {};
    event->give_up_at = context_.clock.now() + settings_.post_roll + kPostRollGrace;
    settle();
}

void CameraEvents::noteFootage(const Footage& footage) {
    for (Event& event : events_) {
        if (event.footage_start || footage.end <= event.row.started_at - settings_.pre_roll) continue;
        if (!event.is_persisted) continue;  // open() looked when the whole pre-roll was written
        event.footage_start = footage.start;
        event.row.clip_started_at = std::min(footage.start, event.row.started_at);
        event.is_changed = true;
    }
}

void CameraEvents::restamp(microseconds shift) {
    for (Event& event : events_) {
        event.shift += shift;
        event.row.started_at += shift;
        event.row.clip_started_at += shift;
        if (event.row.ended_at) *event.row.ended_at += shift;
        if (event.footage_start) *event.footage_start += shift;
    }
}

void CameraEvents::collect(std::set<std::string>& ids) const {
    for (const Event& event : events_) ids.insert(event.row.id);
}

/// Footage, then row, then thumbnail, then the announcement: what is announced can be seen. A row whose
/// thumbnail did not come to be is mended at the next start; a thumbnail without a row nobody would look for.
void CameraEvents::persist(Event& event) {
    // Motion may be seen before the first fragment is there (just started): the clip then begins late, the
    // row does not.
    event.row.clip_started_at =
        std::min(event.footage_start.value_or(event.row.started_at), event.row.started_at);
    event.row.clip_ended_at.reset();
    event.written_at = context_.clock.now();
    writer_.sync();
    event.row.has_thumbnail = !event.thumbnail_jpeg.empty();
    try {
        insertRow(event);
    } catch (const Error& error) {
        event.row.has_thumbnail = false;              // not yet
        noteRefused(event, error, event.written_at);  // an attempt may have waited for a lock
        if (error.kind() == ErrorKind::Exhausted) context_.use.noteFull();
    }
    // The owner is told even when the disk is not able to remember it.
    if (!event.is_announced && listeners_.on_event_persisted) listeners_.on_event_persisted(event.row);
    event.is_announced = true;
}

/// And its thumbnail. Throws Error of the database.
void CameraEvents::insertRow(Event& event) {
    if (auto stamp = context_.stamp_at(event.row.started_at); stamp.doubt) {
        stamp.doubt->kind = "event";
        stamp.doubt->id = event.row.id;
        context_.store.clocks.insertDoubt(*stamp.doubt);
    }
    context_.store.events.insert(event.row, [&] { context_.store.alerts.add(event.row, false); });
    event.is_persisted = true;
    refused_since_.reset();
    if (event.row.has_thumbnail && !writeThumbnail(event)) {
        event.row.has_thumbnail = false;
        event.is_changed = true;
    }
    event.thumbnail_jpeg.clear();
}

void CameraEvents::noteRefused(const Event& event, const Error& error, Monotonic::time_point since) {
    if (!refused_since_) refused_since_ = since;
    base::logError("recorder/" + settings_.name, "event " + event.row.id + ": " + error.what());
}

bool CameraEvents::writeThumbnail(const Event& event) {
    const auto folder = thumbnails_dir_ / settings_.name;
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

/// Writes the row without touching what the owner may have changed meanwhile, with the alert of its end.
void CameraEvents::saveRow(Event& event) {
    const auto stored = context_.store.events.byId(event.row.id);
    if (stored) {
        event.row.is_kept = stored->is_kept;
        event.row.is_reviewed = stored->is_reviewed;
        event.row.note = stored->note;
        context_.store.atomically([&] {
            context_.store.events.update(event.row);
            if (event.is_over && !event.is_end_stored) context_.store.alerts.add(event.row, true);
        });
        event.is_end_stored = event.is_over;
    }
    event.is_changed = false;
}

void CameraEvents::settle() {
    for (std::size_t i = 0; i < events_.size();) {
        if (isThrough(events_[i]))
            events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
        else
            ++i;
    }
}

/// True when the event is final and its row written: nothing more is to be done for it.
bool CameraEvents::isThrough(Event& event) {
    const bool is_due = context_.clock.now() - event.written_at >= kRowInterval;
    if (!event.is_persisted) {
        if (!is_due) return false;
        persist(event);
        if (!event.is_persisted) return false;
    }
    closeWhenCovered(event);
    // A row that could not be written is tried again at the same interval, not with every fragment.
    const bool may_write = is_due || event.written_at == Monotonic::time_point{};
    return event.is_changed && may_write && isWritten(event) && event.row.state == store::EventState::Closed;
}

/// Its clip is complete when the footage reaches the end of the post-roll, or will not come any more.
void CameraEvents::closeWhenCovered(Event& event) {
    if (!event.row.ended_at || event.row.state != store::EventState::Closing) return;
    const bool has_footage = settings_.mode != config::RecordMode::Off || event.footage_start;
    // Footage that waits in memory for a disk is given some time to get there.
    const auto give_up_at = event.give_up_at == Monotonic::time_point::max() || writer_.held().isEmpty()
                                ? event.give_up_at
                                : event.give_up_at + kHeldGrace;
    const WallTime target = *event.row.ended_at + settings_.post_roll;
    const bool is_covered = !has_footage || footage_.end().value_or(WallTime::min()) >= target;
    if (!is_covered && context_.clock.now() < give_up_at) return;
    event.row.state = store::EventState::Closed;
    event.row.clip_ended_at = *event.row.ended_at;
    if (event.footage_start)
        event.row.clip_ended_at =
            footage_.endFor(target, std::max(event.row.clip_started_at, *event.footage_start));
    else
        event.row.footage_gone_reason = !has_footage || context_.volume.isOk()
                                            ? "not_recorded"
                                            : std::string("volume_") + nameOf(context_.volume.state());
    event.is_changed = true;
    event.written_at = {};
}

/// Tries to write its row.
bool CameraEvents::isWritten(Event& event) {
    const auto now = context_.clock.now();
    event.written_at = now;
    const bool is_closed = event.row.state == store::EventState::Closed;
    try {
        if (is_closed) writer_.sync();
        saveRow(event);
        refused_since_.reset();
    } catch (const Error& error) {
        noteRefused(event, error, now);
        return false;
    }
    if (is_closed && listeners_.on_event_final) listeners_.on_event_final(event.row);
    return true;
}

void CameraEvents::finish(const std::string& close_reason) {
    for (Event& event : events_) {
        if (!event.row.ended_at) {
            event.row.ended_at =
                std::max(event.row.started_at, footage_.end().value_or(context_.clock.wallNow()));
            event.row.close_reason = close_reason;
        }
        event.row.state = store::EventState::Closing;
        event.is_over = true;
        event.give_up_at = context_.clock.now();
        event.is_changed = true;
        event.written_at = {};
    }
    settle();
}

}  // namespace porchlight::record
