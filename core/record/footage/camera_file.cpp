#include "record/footage/camera_file.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace porchlight::record {

CameraFile::CameraFile(RecorderContext& context, std::string camera)
    : context_(context), camera_(std::move(camera)) {}

void CameraFile::open(const disk::Place& place, const Fragment& first) {
    is_on_volume_ = place.row_prefix.empty();
    other_disk_ = context_.volume.otherDisk(camera_);
    file_ = std::make_unique<OpenRecording>(context_.sink, context_.store, place, camera_, first,
                                            context_.stamp_at(first.started_at));
    row_refused_since_.reset();
    context_.meter.addFootage(file_->sizeBytes(), 2);
}

Footage CameraFile::append(const FragmentPtr& fragment) {
    const Footage footage = appendOrMakeRoom(*fragment);
    const std::uint64_t bytes = fragment->bytes.size();
    unsynced_.add(fragment, context_.clock.now());
    if (isSpooled())
        context_.use.noteSpooled(bytes);
    else
        context_.use.noteWritten(other_disk_, bytes);
    context_.meter.addFootage(bytes, 0);
    return footage;
}

Footage CameraFile::appendOrMakeRoom(const Fragment& fragment) {
    try {
        return file_->append(fragment);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Exhausted || isSpooled() || !context_.make_room(camera_)) throw;
        base::logWarning("recorder/" + camera_,
                         std::string(error.what()) + "; the oldest recordings made room");
        return file_->append(fragment);
    }
}

bool CameraFile::isSyncDue() const noexcept {
    return isDirty() && unsynced_.isSyncDue(context_.options.sync_interval, context_.options.look_interval,
                                            context_.clock.now());
}

std::string CameraFile::sync() {
    const auto began_at = context_.clock.now();  // it may wait for a lock
    std::string row_error = file_->sync(context_.store);
    context_.meter.addFootage(0, 1);
    noteSynced();
    if (row_error.empty())
        row_refused_since_.reset();
    else if (!row_refused_since_)
        row_refused_since_ = began_at;
    return row_error;
}

void CameraFile::noteSynced() {
    if (!isSpooled()) context_.use.noteDurable(other_disk_, unsynced_.bytes());
    durable_at_ = std::max(durable_at_, file_->durableUntil());
    unsynced_.clear();
    context_.ledger.noteSynced(camera_);
}

void CameraFile::close() {
    if (isSpooled()) context_.spool.noteChange();
    file_->close(context_.store, context_.late_rows, context_.leftovers);
    context_.meter.addFootage(0, 1);
    noteSynced();
    file_.reset();
}

std::deque<FragmentPtr> CameraFile::giveUp(bool may_sync) {
    if (file_ && isSpooled()) context_.spool.noteChange();
    if (file_ && !(may_sync && isClosedDespite())) abandon();
    file_.reset();
    context_.ledger.noteLost(camera_);  // it is noted again when it is written again
    return unsynced_.take();
}

bool CameraFile::isClosedDespite() {
    try {
        file_->close(context_.store, context_.late_rows, context_.leftovers);
        noteSynced();
        return true;
    } catch (const Error& error) {
        base::logDebug("recorder/" + camera_, error.what());
        return false;
    }
}

void CameraFile::abandon() {
    if (!file_->abandon(context_.store, context_.late_rows))
        context_.uncut_files.add(file_->path(), file_->durableBytes());
}

void CameraFile::restamp(microseconds shift) noexcept {
    if (file_) file_->shift(shift);
    if (durable_at_ != WallTime{}) durable_at_ += shift;
}

}  // namespace porchlight::record
