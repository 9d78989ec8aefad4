/// The companion of a plugin as one thread calls it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "porchlight/companion.h"
#include "porchlight/mutex.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// How long the host waits for what; the defaults are what a worker uses.
struct CompanionPatience {
    milliseconds open{30'000};  ///< a dozen questions, to cameras that take a second for each
    milliseconds settle{
        5'000};  ///< until the performer opens, too, where the watcher has: commands are quick then
    milliseconds watch{10'000};           ///< a call of watch()
    milliseconds first_rest{1'000};       ///< after a failure, doubled with each ...
    milliseconds longest_rest{60'000};    ///< ... up to it
    milliseconds healthy{60'000};         ///< of watching: earlier failures are forgotten
    milliseconds owners_rest{3'600'000};  ///< when only the owner can help
    milliseconds refresh{1'800'000};      ///< the camera is asked again what it offers
    milliseconds confirm{15'000};         ///< what lasted before a loss and is not told again in it is over
    milliseconds keyframe{1'000};         ///< between two keyframes that nobody asked for by a command
};

/// The rest after so many failures in a row. Pure.
milliseconds planRest(const CompanionPatience& patience, ErrorKind kind, int failures) noexcept;

/// **Owns** one companion, made at the first open() and kept over failures. **Thread**: interrupt() and
/// overdue() any, never block; everything else thread-bound. Throws Error as the plugin does; what else it
/// throws becomes Error(Internal), and what memory is short for Error(Exhausted).
class CompanionCall {
  public:
    using Factory = std::function<std::unique_ptr<CameraCompanion>()>;

    CompanionCall(Factory factory, Settings settings)
        : factory_(std::move(factory)), settings_(std::move(settings)) {}

    CameraAbilities open(Deadline deadline);
    std::vector<CameraDetection> watch(Deadline deadline);
    void perform(const CameraCommand& command, Deadline deadline);

    /// Destroys the companion: may take 2 s.
    void close();

    /// Ends the call that is under way, and all later ones at once.
    void interrupt() noexcept;

    /// How long a call has been over its deadline.
    microseconds overdue() const noexcept;

  private:
    template <class Call>
    auto guarded(Deadline deadline, const Call& call);

    const Factory factory_;
    const Settings settings_;
    std::unique_ptr<CameraCompanion> companion_;
    std::atomic<std::int64_t> call_until_us_{0};  ///< 0: no call is under way
    Mutex mutex_;
    CameraCompanion* interruptible_ PORCHLIGHT_GUARDED_BY(mutex_) = nullptr;
    bool is_interrupted_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::worker
