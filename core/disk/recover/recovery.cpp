#include "disk/recover/recovery.h"

#include <algorithm>

#include "base/log.h"
#include "base/wall_times.h"
#include "disk/begun_file.h"
#include "disk/places.h"
#include "disk/recover/reconciliation.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr microseconds kLongestClip = std::chrono::hours(6);
constexpr std::size_t kMaxCameraName = 40;
constexpr std::size_t kMaxTold = 5;  // names of files that are not ours

// A clock that says so was not set: nothing of that time is ever too old.

struct Reach {
    WallTime footage_end{};
    bool is_out_of_sight =
        false;  ///< a recording of it is not ended: on the volume that is missing, or not read yet
};

Reach reachOf(store::Store& store, const store::EventRow& event) {
    Reach out{event.clip_started_at, false};
    for (const auto& row : store.recordings.overlapping(event.camera, event.clip_started_at,
                                                        event.clip_started_at + kLongestClip)) {
        if (row.ended_at)
            out.footage_end = std::max(out.footage_end, *row.ended_at);
        else
            out.is_out_of_sight = true;
    }
    return out;
}

void closeEvent(store::Store& store, store::EventRow event, const Reach& reach, RecoveryReport& report) {
    // One that ended for good has its reason, written together with the alert of its end.
    const bool is_told = !event.close_reason.empty();
    if (!event.ended_at) event.ended_at = std::max(event.started_at, reach.footage_end);
    const WallTime longest = *event.ended_at + seconds(60);
    event.clip_ended_at = std::max(event.clip_started_at,
                                   reach.is_out_of_sight ? longest : std::min(reach.footage_end, longest));
    if (event.close_reason.empty()) event.close_reason = "core_restart";
    const bool is_without = reach.footage_end <= event.clip_started_at && !reach.is_out_of_sight;
    if (is_without && event.footage_gone_reason.empty()) event.footage_gone_reason = "not_recorded";
    event.state = store::EventState::Closed;
    store.atomically([&] {
        store.events.update(event);
        if (!is_told) store.alerts.add(event, true);
    });
    ++report.closed_events;
}

}  // namespace

void RecoveryReport::noteForeign(const std::string& path) {
    if (foreign_files++ >= kMaxTold) return;
    base::logWarning("recorder",
                     path + " is no recording of Porchlight, or cannot be read: it is left alone");
}

void RecoveryReport::noteUnreadable(const std::string& what) {
    base::logError("recorder", what);
    if (unreadable_files++ == 0) unreadable_sample = what;
}

bool endOpenRow(store::Store& store, const fs::path& recordings_dir, const store::RecordingRow& row,
                RecoveryReport& report, Deadline deadline) {
    std::optional<FileFacts> facts;
    try {
        FileInspection inspection(fileOf(recordings_dir, row.path), true);
        while (inspection.step())
            if (deadline.isPast()) return false;  // a long one: ended beside recording
        facts = inspection.facts();
    } catch (const Error& error) {
        // One bad sector must not keep the appliance from starting: the row stays open for the next start.
        report.noteUnreadable(error.what());
        return false;
    }
    if (!facts) {
        if (presenceOf(recordings_dir, row.path) == Presence::OutOfReach) return false;
        report.lost[row.camera] += store.removals.lose({row}).size();
        return true;
    }
    if (facts->torn_bytes > 0) ++report.truncated_files;
    store.recordings.finish(row.id, row.started_at + facts->duration, facts->size_bytes);
    ++report.closed_recordings;
    return true;
}

std::vector<std::string> closeUnfinished(store::Store& store, const fs::path& recordings_dir,
                                         const RecoveryScope& scope, Deadline deadline,
                                         RecoveryReport& report) {
    for (const auto& row : store.recordings.unfinished()) {
        if (deadline.isPast()) break;
        if (scope.in_use.contains(row.path) || (!scope.has_volume && !isSpooled(row.path))) continue;
        if (presenceOf(recordings_dir, row.path) == Presence::There)
            endOpenRow(store, recordings_dir, row, report, deadline);
    }
    std::vector<std::string> waiting;
    for (const auto& event : store.events.unfinished()) {
        const Reach reach = reachOf(store, event);
        const bool may_grow = reach.is_out_of_sight || reach.footage_end <= event.clip_started_at;
        if (scope.has_volume && may_grow)
            waiting.push_back(event.id);
        else
            closeEvent(store, event, reach, report);
    }
    return waiting;
}

void closeEvents(store::Store& store, const std::vector<std::string>& ids, RecoveryReport& report) {
    for (const std::string& id : ids) {
        const auto event = store.events.byId(id);
        if (event && !event->clip_ended_at) closeEvent(store, *event, reachOf(store, *event), report);
    }
}

std::size_t mendThumbnails(store::Store& store, const fs::path& thumbnails_dir, Leftovers& leftovers,
                           const std::set<std::string>& running_events) {
    std::size_t begun = 0;
    for (auto event : store.events.unfinished()) {
        if (running_events.contains(event.id)) continue;
        const fs::path thumbnail = thumbnails_dir / event.camera / (event.id + ".jpg");
        if (leftovers.remove(thumbnail.string() + ".new")) ++begun;
        if (!event.has_thumbnail || !isAbsent(thumbnail)) continue;
        event.has_thumbnail = false;
        store.events.update(event);
    }
    return begun;
}

bool isRecordingName(const fs::path& relative) {
    return std::distance(relative.begin(), relative.end()) >= 3 &&
           relative.begin()->native().size() <= kMaxCameraName && startOf(relative);
}

store::RecordingRow rowOfFile(const std::string& row_path, const FileFacts& facts) {
    const fs::path relative = relativeOf(row_path);
    store::RecordingRow row;
    row.camera = relative.begin()->string();
    row.path = row_path;
    row.started_at = startOf(relative).value();
    row.ended_at = row.started_at + facts.duration;
    row.bytes = facts.size_bytes;
    row.video = facts.video;
    row.width_px = facts.width_px;
    row.height_px = facts.height_px;
    row.has_audio = facts.has_audio;
    if (row.started_at < kPlausibleSince) row.clock_state = "untrusted";
    return row;
}

std::optional<store::RecordingRow> adoptable(const fs::path& recordings_dir, const std::string& row_path,
                                             bool may_cut) {
    const fs::path relative = relativeOf(row_path);
    if (!isRecordingName(relative)) return std::nullopt;
    const auto facts = inspectFile(fileOf(recordings_dir, row_path), may_cut && isOursByName(relative));
    if (!facts) return std::nullopt;
    return rowOfFile(row_path, *facts);
}

RecoveryReport recover(store::Store& store, const fs::path& recordings_dir, const RecoveryScope& scope) {
    RecoveryReport report;
    const auto waiting = closeUnfinished(store, recordings_dir, scope, base::Cancel::never(), report);
    Reconciliation reconciliation(store, recordings_dir);
    reconciliation.begin(scope.has_volume);
    reconciliation.step({}, scope.in_use);
    closeEvents(store, waiting, report);
    RecoveryReport out = reconciliation.report();
    out.closed_recordings += report.closed_recordings;
    out.truncated_files += report.truncated_files;
    out.closed_events += report.closed_events;
    for (const auto& [camera, count] : report.lost) out.lost[camera] += count;
    return out;
}

}  // namespace porchlight::disk
