// How files end, and what happens to footage that no file takes now.
#include <algorithm>

#include "base/log.h"
#include "disk/places.h"
#include "record/camera_recorder.h"

namespace porchlight::record {
namespace {

constexpr microseconds kMaxAvoidance{300'000'000};

}  // namespace

/// Throws nothing: a failure ends the file, and what was not durable is written again to another.
void CameraRecorder::syncFile() {
    const auto began_at = context_.clock.now();
    try {
        const std::string row_error = file_->sync(context_.store);
        context_.meter.addFootage(0, 1);
        noteSynced();
        if (!disk::isSpooled(file_->path())) {
            avoidance_ = microseconds{0};
            volume_error_.clear();
        }
        if (row_error.empty()) {
            row_refused_since_.reset();
            return wellAgain();
        }
        if (!row_refused_since_) row_refused_since_ = began_at;
        if (error_.empty())
            base::logError("recorder/" + settings_.name, "row of " + file_->path() + ": " + row_error +
                                                             "; the footage is safe, the row is tried again");
        error_ = row_error;
    } catch (const Error& error) {
        fail("sync", error, false);
    }
}

void CameraRecorder::noteSynced() {
    if (!disk::isSpooled(file_->path())) {
        std::uint64_t& durable_bytes =
            other_disk_ == 0 ? context_.volume_durable_bytes : context_.durable_elsewhere[other_disk_];
        for (const auto& fragment : unsynced_) durable_bytes += fragment->bytes.size();
    }
    durable_at_ = std::max(durable_at_, file_->durableUntil());
    unsynced_.clear();
    unsynced_span_ = {};
    context_.ledger.noteSynced(settings_.name);
}

void CameraRecorder::wellAgain() {
    if (!error_.empty()) base::logInfo("recorder/" + settings_.name, "recording works again");
    error_.clear();
}

void CameraRecorder::closeFile() {
    if (!file_) return;
    idle_since_.reset();
    if (disk::isSpooled(file_->path())) context_.spool.noteChange();
    try {
        file_->close(context_.store, context_.late_rows, context_.leftovers);
    } catch (const Error& error) {
        return fail("finish " + file_->path(), error, false);
    }
    context_.meter.addFootage(0, 1);
    noteSynced();
    file_.reset();
}

/// Ends the file. What a power cut would take from it goes back to what waits, in front. `may_sync`: it was
/// not the sync that failed (after that the kernel forgets what it could not write, and a second sync would
/// lie).
void CameraRecorder::fail(const std::string& what, const Error& error, bool may_sync) {
    if (error_.empty())
        base::logError("recorder/" + settings_.name,
                       what + ": " + error.what() + "; trying again every few seconds");
    error_ = error.what();
    error_kind_ = error.kind();
    retry_at_ = context_.clock.now() + context_.options.retry_interval;
    if (error.kind() == ErrorKind::Exhausted) context_.needs_space = true;
    const bool was_on_volume = file_ ? !disk::isSpooled(file_->path()) : opens_on_volume_;
    if (file_ && !was_on_volume) context_.spool.noteChange();
    if (file_ && !(may_sync && isClosedDespite())) abandonFile();
    file_.reset();
    idle_since_.reset();
    for (; !unsynced_.empty(); unsynced_.pop_back()) held_.pushFront(unsynced_.back());
    unsynced_span_ = {};
    context_.ledger.noteLost(
        settings_.name);  // what was not synced; it is noted again when it is written again
    if (was_on_volume)
        avoidVolume(error);
    else
        avoids_volume_until_ = {};  // the spool takes it no more than the volume did
}

/// The volume may well take what others write; a disk of its own is this camera's matter. The spool takes
/// over at once; without one it is tried again after a while.
void CameraRecorder::avoidVolume(const Error& error) {
    if (other_disk_ == 0)
        context_.volume.failed(error);
    else if (error.kind() == ErrorKind::Exhausted)
        context_.make_room(settings_.name);
    avoidance_ = std::clamp(avoidance_ * 2, context_.options.retry_interval,
                            std::max(kMaxAvoidance, context_.options.retry_interval));
    avoids_volume_until_ = context_.clock.now() + avoidance_;
    volume_error_ = error.what();
    if (context_.spool.isUsable()) retry_at_ = {};
}

bool CameraRecorder::isClosedDespite() {
    try {
        file_->close(context_.store, context_.late_rows, context_.leftovers);
        noteSynced();
        return true;
    } catch (const Error& error) {
        base::logDebug("recorder/" + settings_.name, error.what());
        return false;
    }
}

void CameraRecorder::abandonFile() {
    constexpr std::size_t kMaxUncut = 1000;
    const bool is_cut = file_->abandon(context_.store, context_.late_rows);
    if (!is_cut && context_.uncut_files.size() < kMaxUncut)
        context_.uncut_files.push_back({file_->path(), file_->durableBytes()});
}

void CameraRecorder::leaveVolume() {
    if (file_ && !disk::isSpooled(file_->path())) closeFile();
}

/// Ends with the first failure: whatever is wrong, the other cameras have their turn before it is tried
/// again.
void CameraRecorder::writeHeld() {
    while (!held_.isEmpty() && mayWrite()) {
        const FragmentPtr fragment = held_.takeFront();
        const std::size_t waiting = held_.size();
        if (writeNow(fragment)) continue;
        held_.insert(held_.size() - waiting, fragment);  // behind what a failure put back: that is older
        break;
    }
    context_.held.limit();
}

}  // namespace porchlight::record
