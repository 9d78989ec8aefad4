/// Messages of all threads on their way to the core, with the rule of what is dropped when the core is slow.
#pragma once

#include <deque>
#include <optional>

#include "base/fd.h"
#include "base/limits.h"
#include "ipc/channel.h"
#include "porchlight/mutex.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// put functions: any thread, never block. pump(): thread-bound (control).
///
/// When more than `max_bytes` wait, whole fragments are dropped up to the next one that starts with a
/// keyframe. Of live pictures, heartbeats, offers and stream announcements that nothing follows only the
/// newest waits. Of live parts 2 MiB wait, or one alone; then they are dropped up to the next keyframe, and
/// all else goes before them. Log lines are dropped when 128 KiB of small messages wait, detections and
/// faults at 512 KiB; a still that does not fit beside the fragments is answered with an error. Whatever is
/// dropped is counted.
class Outbox {
  public:
    Outbox(base::Waker& waker, Progress& progress) : waker_(waker), progress_(progress) {}

    void setMaxBytes(std::size_t max_bytes);
    void put(ipc::Message message);
    void putFragment(ipc::FragmentReady fragment);
    void putLive(ipc::LivePicture picture);
    void forgetLive();
    void putPart(ipc::LivePart part);
    void forgetParts();

    /// Hands waiting messages to the channel while it takes them at once. Throws Error(Unavailable).
    void pump(ipc::Channel& channel);

    bool isEmpty() const;

    /// Bytes of everything that waits here.
    std::size_t bytes() const;

  private:
    void push(ipc::Message message, std::size_t bytes) PORCHLIGHT_REQUIRES(mutex_);
    bool replaceWaiting(ipc::Message& message) PORCHLIGHT_REQUIRES(mutex_);
    std::optional<ipc::Message> next();

    base::Waker& waker_;
    Progress& progress_;
    mutable Mutex mutex_;
    std::size_t max_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = limit::kWorkerQueue.standard_bytes;
    std::deque<ipc::Message> waiting_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t fragment_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    std::size_t small_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;  ///< of everything else in waiting_
    std::optional<ipc::LivePicture> live_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_dropping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::deque<ipc::LivePart> parts_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t part_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_dropping_parts_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::worker
