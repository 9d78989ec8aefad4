/// Completed requests on their way from the library's thread to ours.
#pragma once

#include "compat.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"
#include "sequence_queue.h"

namespace porchlight::libcamera_source {

/// A plain receiver of signals, on purpose no libcamera::Object: its calls would be queued to an event loop
/// that we do not have. The callbacks only hand over. Bounded by the number of requests. **Thread**:
/// onCompleted() and onDisconnected() on the library's thread, interrupt() on any, the others on the capture
/// thread.
class Completions {
  public:
    /// By whose pictures requests are ordered. Before any is queued.
    void orderBy(const libcamera::Stream* stream) noexcept { stream_ = stream; }

    void onCompleted(libcamera::Request* request);
    void onDisconnected();
    void interrupt() noexcept;
    /// From here on completed requests are ignored: they are cancelled ones.
    void close();

    /// The completed request with the oldest picture; null at the deadline, when interrupted, and when the
    /// camera is gone. When a number is missing, those that may be right behind are waited for, for 10 ms.
    libcamera::Request* next(Deadline deadline);

    bool isInterrupted();
    bool isDisconnected();

  private:
    Mutex mutex_;
    ConditionVariable changed_;
    const libcamera::Stream* stream_ = nullptr;
    SequenceQueue<libcamera::Request*> ready_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_interrupted_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_disconnected_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::libcamera_source
