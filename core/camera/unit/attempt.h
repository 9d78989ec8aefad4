/// One recovery attempt under way.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "camera/owner_desk.h"
#include "camera/process/helper_process.h"
#include "camera/recovery_report.h"
#include "camera/unit/condition.h"
#include "camera/worker/command_desk.h"
#include "camera/worker/site.h"
#include "camera/worker/stream_desk.h"
#include "camera/worker/worker_slot.h"

namespace porchlight::camera {

/// What attempts are carried out with. Borrowed.
struct AttemptMeans {
    WorkerSlot& slot;
    const StreamDesk& streams;
    const Condition& condition;
    CommandDesk& commands;
    OwnerDesk& owner_desk;
    Reaper& reaper;
};

/// Whether it hangs at this machine: rung 4 resets its device. Of others it restarts the camera itself.
bool isLocalDevice(const config::CameraConfig& camera);

/// From the first step to the outcome; each step is noted when it is taken. **Owns** the helper program that
/// it runs. **Thread**: thread-bound (supervisor); nothing blocks.
class Attempt {
  public:
    using Callback = std::function<void(const RecoveryReport&)>;

    /// How it ended, and its last step.
    struct End {
        Outcome outcome = Outcome::Failed;
        std::string step;
    };

    Attempt(const Site& site, const AttemptMeans& means, Rung rung, Origin origin,
            std::vector<std::string> first_steps);

    /// Takes its rung.
    void carryOut();
    /// Instead of it: restarts the machine.
    void reboot();

    void onEnd(Callback callback) { callbacks_.push_back(std::move(callback)); }
    void keepFromHistory() noexcept { is_told_ = false; }
    void step(const std::string& text);

    /// The source failed again: the try that this led to is over, unless it is of the one before.
    void hear(const std::string& fault, Monotonic::time_point now);

    /// Nothing while it goes on.
    std::optional<End> tick(Monotonic::time_point now);

    /// Whether the good pictures that flow are its work.
    bool isProven() const;

    /// No worker is to be started meanwhile.
    bool holdsSpawn() const noexcept { return waits_for_end_ || helper_ || !command_.empty(); }

    /// The host stood still.
    void forgive(microseconds span) noexcept { deadline_ += span; }

    /// Tells log, history and whoever asked for it.
    void finish(const End& end);

    const RecoveryReport& report() const noexcept { return report_; }

  private:
    void retry(Monotonic::time_point now);
    void replaceWorker(Monotonic::time_point now);
    void beginRestart();
    std::optional<End> awaitRestart(Monotonic::time_point now);
    std::optional<End> judgeTicket();
    std::optional<End> runCommand(Monotonic::time_point now);
    std::optional<End> startCommand(Monotonic::time_point now);

    const Site& site_;
    const AttemptMeans& means_;
    RecoveryReport report_;
    const Monotonic::time_point began_at_;
    Monotonic::time_point deadline_;
    bool needs_new_stream_ = false;     ///< pictures count only from a stream that began after began_at_
    bool waits_for_end_ = false;        ///< the worker must be gone before the next step
    std::vector<std::string> command_;  ///< of rung 4 and 5: run next
    std::unique_ptr<HelperProcess> helper_;
    std::shared_ptr<const std::atomic<Ticket>> ticket_;   ///< not before it is remembered
    bool is_restarting_ = false;                          ///< rung 4 of a network camera: not told yet
    std::shared_ptr<std::optional<CommandResult>> told_;  ///< what it said to that; null: not told yet
    Monotonic::time_point boots_until_{};                 ///< what fails before is its restart
    std::vector<Callback> callbacks_;
    bool is_told_ = true;  ///< to log and history
};

}  // namespace porchlight::camera
