#include "record/footage/footage_writer.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr microseconds kMaxIdle{10'000'000};  // a file waits so long for a keyframe to end at

/// Why a volume in that state takes no file.
ErrorKind kindOf(disk::VolumeState state) noexcept {
    if (state == disk::VolumeState::Full) return ErrorKind::Exhausted;
    return state == disk::VolumeState::Failing ? ErrorKind::Unavailable : ErrorKind::Misconfigured;
}

}  // namespace

FootageWriter::FootageWriter(RecorderContext& context, const std::string& camera,
                             std::function<void(const Footage&)> on_footage)
    : context_(context),
      camera_(camera),
      log_name_("recorder/" + camera),
      on_footage_(std::move(on_footage)),
      file_(context, camera),
      held_(context.held) {}

bool FootageWriter::mayWrite() const noexcept {
    return trouble_.mayWrite(context_.clock.now());
}

void FootageWriter::write(const FragmentPtr& fragment) {
    last_given_ = fragment;
    if (mayWrite() && !held_.isEmpty()) writeHeld();
    if (mayWrite() && held_.isEmpty() && writeNow(fragment)) return;
    held_.pushBack(fragment);
    context_.held.limit();
}

void FootageWriter::writeOrEnd(const FragmentPtr& fragment) {
    if (!idle_since_) idle_since_ = context_.clock.now();
    if (fragment->starts_with_key || context_.clock.now() - *idle_since_ > kMaxIdle)
        close();
    else
        write(fragment);
}

/// The spool is left as soon as the volume takes files again.
bool FootageWriter::maySeekHome(const Fragment& fragment) const noexcept {
    return file_.isSpooled() && fragment.starts_with_key && context_.volume.isOk() &&
           !avoidance_.isOn(context_.clock.now());
}

/// True when it is in the file, or of no use; false when there is no file for it now.
bool FootageWriter::writeNow(const FragmentPtr& fragment) {
    const std::size_t waiting = held_.size();
    if (file_.isOpen() && (maySeekHome(*fragment) || !file_.accepts(*fragment))) close();
    if (!mayWrite() || held_.size() > waiting) return false;  // closing has failed: what it put back is older
    if (!file_.isOpen() && !fragment->starts_with_key) {
        ++dropped_fragments_;
        return true;
    }
    try {
        if (!file_.isOpen() && !open(*fragment)) return false;
        const Footage footage = file_.append(fragment);
        written_bytes_ += fragment->bytes.size();
        on_footage_(footage);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData) {
            ++dropped_fragments_;
            base::logWarning(log_name_, error.what());
            return true;
        }
        fail("write", error, true);
        return false;
    }
    if (file_.isSyncDue()) sync();
    return true;
}

/// False: there is no place for a file now. Throws what OpenRecording throws.
bool FootageWriter::open(const Fragment& first) {
    if (const auto place = context_.place(avoidance_.isOn(context_.clock.now()))) {
        file_.open(*place, first);
        return true;
    }
    trouble_.begin(context_.volume.detail(), kindOf(context_.volume.state()));
    trouble_.restUntil(context_.clock.now() + context_.options.retry_interval);
    return false;
}

/// A failure ends the file, and what was not durable is written again to another.
void FootageWriter::sync() {
    if (!file_.isDirty()) return;
    try {
        const std::string row_error = file_.sync();
        if (!file_.isSpooled()) avoidance_.tookFootage();
        if (row_error.empty()) {
            if (trouble_.end()) base::logInfo(log_name_, "recording works again");
        } else if (trouble_.beginOfRow(row_error)) {
            base::logError(log_name_, "row of " + file_.path() + ": " + row_error +
                                          "; the footage is safe, the row is tried again");
        }
    } catch (const Error& error) {
        fail("sync", error, false);
    }
}

void FootageWriter::close() {
    if (!file_.isOpen()) return;
    idle_since_.reset();
    try {
        file_.close();
    } catch (const Error& error) {
        fail("finish " + file_.path(), error, false);
    }
}

/// Ends the file. What a power cut would take from it goes back to what waits, in front.
void FootageWriter::fail(const std::string& what, const Error& error, bool may_sync) {
    if (trouble_.begin(error.what(), error.kind()))
        base::logError(log_name_, what + ": " + error.what() + "; trying again every few seconds");
    trouble_.restUntil(context_.clock.now() + context_.options.retry_interval);
    if (error.kind() == ErrorKind::Exhausted) context_.use.noteFull();
    auto unsynced = file_.giveUp(may_sync);
    idle_since_.reset();
    for (; !unsynced.empty(); unsynced.pop_back()) held_.pushFront(unsynced.back());
    if (file_.isOnVolume())
        avoidVolume(error);
    else
        avoidance_.tryNext();
}

/// The volume may well take what others write; a disk of its own is this camera's matter. The spool takes
/// over at once; without one it is tried again after a while.
void FootageWriter::avoidVolume(const Error& error) {
    if (file_.otherDisk() == 0)
        context_.volume.failed(error);
    else if (error.kind() == ErrorKind::Exhausted)
        context_.make_room(camera_);
    avoidance_.refused(error.what(), context_.options.retry_interval, context_.clock.now());
    if (context_.spool.isUsable()) trouble_.tryNow();
}

void FootageWriter::leaveVolume() {
    if (file_.isOpen() && !file_.isSpooled()) close();
}

/// Ends with the first failure: whatever is wrong, the other cameras have their turn before it is tried
/// again.
void FootageWriter::writeHeld() {
    while (!held_.isEmpty() && mayWrite()) {
        const FragmentPtr fragment = held_.takeFront();
        const std::size_t waiting = held_.size();
        if (writeNow(fragment)) continue;
        held_.insert(held_.size() - waiting, fragment);  // behind what a failure put back: that is older
        break;
    }
    context_.held.limit();
}

void FootageWriter::tick() {
    if (file_.isSyncDue()) sync();
    if (!held_.isEmpty() && mayWrite()) writeHeld();
    context_.held.limit();  // what a sync that failed puts back counts, too
}

void FootageWriter::finish() {
    if (!held_.isEmpty()) {
        trouble_.tryNow();
        writeHeld();
    }
    close();
}

}  // namespace porchlight::record
