/// The thread that opens and reads one source, and opens it again.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/thread.h"
#include "porchlight/capture.h"
#include "porchlight/mutex.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// Keeps one source open: Opening -> Reading -> Closing -> Resting (0.5 s doubling to 2 s; 60 s when only the
/// owner can help) -> Opening. A file that is not repeated stays Ended until restart(). A plugin that hangs
/// hangs this thread only; `progress` shows for how long.
///
/// **Owns** its thread and the source. **Thread**: the sinks are called on the capture thread; other members
/// from any thread.
class CaptureLoop {
  public:
    struct Sinks {
        std::function<void(const SourceInfo&)> opened;
        std::function<void(const StreamFormat&)> format_changed;
        std::function<void(Sample&&)> sample;  ///< may throw Error(BadData, Exhausted, NotSupported)
        std::function<void()> closed;
        std::function<void(ipc::Fault&&)> fault;
        std::function<void()> exhausted;  ///< memory ran out; told after the fault
    };
    /// How long a source may take.
    struct Patience {
        microseconds open;
        microseconds frame;  ///< without a good picture
    };
    using Factory = std::function<std::unique_ptr<CaptureSource>()>;

    CaptureLoop(std::string name, Factory factory, Settings settings, Patience patience,
                CaptureProgress& progress, Sinks sinks);
    ~CaptureLoop() { stop(); }  ///< joins: may block as long as the plugin does

    /// Closes and opens the source again, now.
    void restart();

    /// Gives the open stream up with this fault, as if the source had failed. Any thread.
    void fail(ipc::Fault&& fault);

    /// Asks the thread to end; it does once the plugin returns.
    void stop();

    /// True when the thread has ended. Blocks until deadline.
    bool waitEnded(Deadline deadline);

  private:
    enum class Outcome : std::uint8_t { Again, Failed, OwnersMatter, Ended };
    void run();
    Outcome attempt();
    Outcome awaitChange(CaptureSource& source);
    Outcome readAll(CaptureSource& source, bool is_live);
    bool takeSample(Sample&& sample, std::string& damage);
    void takeSound(Sample&& sample);
    bool hasOnlyBadSamples(Monotonic::time_point now) const;
    Outcome takeFailure(Outcome otherwise);
    Outcome report(const Error& error);
    void fault(std::string issue, ErrorKind kind, std::string text);
    void rest(Outcome outcome);
    bool isInterrupted();
    void setCurrent(CaptureSource* source);

    const std::string name_;
    const Factory factory_;
    const Settings settings_;
    const Patience patience_;
    CaptureProgress& progress_;
    const Sinks sinks_;

    Mutex mutex_;
    ConditionVariable changed_;
    CaptureSource* current_ PORCHLIGHT_GUARDED_BY(mutex_) = nullptr;
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool wants_restart_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::optional<ipc::Fault> failure_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< of fail()
    bool has_ended_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    int failures_ = 0;                    ///< in a row; capture thread only
    int bad_samples_ = 0;                 ///< in a row; capture thread only
    Monotonic::time_point last_sound_{};  ///< capture thread only
    Monotonic::time_point last_good_{};
    base::Thread thread_;
};

}  // namespace porchlight::worker
