/// The way of one camera's footage to a disk: files one after the other, the spool, memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "record/footage/camera_file.h"
#include "record/footage/held_memory.h"
#include "record/footage/volume_avoidance.h"
#include "record/footage/write_trouble.h"

namespace porchlight::record {

/// Invariant: what write() was given is, in order, in a file, waits in memory for one, or is counted as
/// dropped. What a failure takes from a file is written anew, before anything later.
/// **Thread**: thread-bound (recorder). No function throws Error: failures are logged once, shown by
/// trouble(), retried.
class FootageWriter {
  public:
    /// `on_footage`: told where each fragment lies that is in a file.
    FootageWriter(RecorderContext& context, const std::string& camera,
                  std::function<void(const Footage&)> on_footage);

    /// To the file; while there is no disk for it, to memory.
    void write(const FragmentPtr& fragment);

    /// Nobody needs the file any more: it ends before `fragment` where that is a keyframe, so that the next
    /// one goes on exactly there - or without one, after a while.
    void writeOrEnd(const FragmentPtr& fragment);
    void noteNeeded() noexcept { idle_since_.reset(); }

    void sync();  ///< if there is something to be synced
    void close();
    void leaveVolume();  ///< it is no longer usable: what is written there is ended as well as it can be
    void tick();         ///< due syncs, retries
    void finish();       ///< tries once more what waits, and ends the file
    void restamp(microseconds shift) noexcept { file_.restamp(shift); }

    const CameraFile& file() const noexcept { return file_; }
    const HeldMemory::Queue& held() const noexcept { return held_; }
    const WriteTrouble& trouble() const noexcept { return trouble_; }
    /// Why files keep away from the volume, be that well or not; empty when they do not.
    const std::string& volumeError() const noexcept { return avoidance_.why(); }
    const FragmentPtr& lastGiven() const noexcept { return last_given_; }
    std::uint64_t writtenBytes() const noexcept { return written_bytes_; }
    std::uint64_t droppedFragments() const noexcept { return dropped_fragments_ + held_.dropped(); }

  private:
    bool writeNow(const FragmentPtr& fragment);
    bool open(const Fragment& first);
    void writeHeld();
    bool mayWrite() const noexcept;
    bool maySeekHome(const Fragment& fragment) const noexcept;
    void fail(const std::string& what, const Error& error, bool may_sync);
    void avoidVolume(const Error& error);

    RecorderContext& context_;
    const std::string camera_;
    const std::string log_name_;
    const std::function<void(const Footage&)> on_footage_;
    CameraFile file_;
    HeldMemory::Queue held_;  ///< waits for a disk
    VolumeAvoidance avoidance_;
    WriteTrouble trouble_;
    FragmentPtr last_given_;  ///< what the ring need not give again
    std::optional<Monotonic::time_point> idle_since_;
    std::uint64_t written_bytes_ = 0;
    std::uint64_t dropped_fragments_ = 0;  ///< beside those that held_ gave up
};

}  // namespace porchlight::record
