/// All cameras: spawns a worker for each, watches it, restarts it, and hands on what it delivers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/thread.h"
#include "camera/control.h"
#include "camera/fleet/postbox.h"
#include "camera/fleet_options.h"
#include "camera/listener.h"
#include "camera/owner_desk.h"
#include "camera/process/fork_server.h"
#include "camera/proof/proof_desk.h"
#include "config/config.h"
#include "porchlight/mutex.h"

namespace porchlight::camera {

class Unit;
class HostWatch;

/// **Owns** the supervisor thread, the workers and the live hub. **Thread**: functions of Control from any
/// thread; start() and stop() from the owner.
class Fleet final : public Control {
  public:
    Fleet(std::vector<config::CameraConfig> cameras, FleetOptions options, const base::Clock& clock,
          Listener& listener);
    ~Fleet() override;

    void start();

    /// Asks all workers to end, kills those that do not within 2 s, leaves behind those that cannot be killed
    /// within 1 s more. Blocks 4 s at most.
    void stop();

    /// Progress of the supervisor thread, for the watchdog: rises at least once a second.
    std::uint64_t ticks() const noexcept { return ticks_.load(); }

    std::vector<Status> statuses() const override;
    std::optional<Status> status(const std::string& camera) const override;
    LiveHub& live() override { return live_; }
    std::vector<StillResult> stills(const std::vector<std::string>& cameras, Deadline deadline) override;
    bool askStill(const std::string& camera, std::function<void(StillResult)> answer) override;
    /// The same, scaled down to a width, at most.
    bool askThumbnail(const std::string& camera, std::uint16_t max_width_px,
                      std::function<void(StillResult)> answer);
    bool command(const std::string& camera, const CameraCommand& command,
                 std::function<void(CommandResult)> answer) override;
    std::optional<RecoveryReport> recover(const std::string& camera, Rung rung, Deadline deadline) override;
    bool restartStream(const std::string& camera) override;
    bool setDetect(const std::string& camera, bool is_on, const std::string& by) override;
    bool setEnabled(const std::string& camera, bool is_on, const std::string& by) override;
    bool setRecordMode(const std::string& camera, config::RecordMode mode, const std::string& by) override;

    /// A keyframe soon, and the open fragment cut now: an event has opened. Any thread; false: no such
    /// camera.
    bool requestKeyframe(const std::string& camera);

    /// Fills in what the recorder knows (supervisor reads it when it publishes a status). Set before start().
    void setStatusExtra(std::function<void(Status&)> extra) { status_extra_ = std::move(extra); }

  private:
    void run();
    void pollOnce();
    void runPosted();
    void watchHost();
    void publishStatuses();
    bool post(const std::string& camera, Postbox::Command command);

    const base::Clock& clock_;
    Listener& listener_;
    const FleetOptions options_;
    LiveHub live_;
    base::Waker waker_;
    ForkServer fork_server_;                    ///< touched by the supervisor only
    OwnerDesk owner_desk_;                      ///< likewise
    ProofTurn proof_turn_;                      ///< likewise
    std::unique_ptr<HostWatch> host_watch_;     ///< likewise
    microseconds busy_{0};                      ///< our own work in the last round
    std::vector<std::unique_ptr<Unit>> units_;  ///< fixed after construction; touched by the supervisor only
    std::vector<std::string> names_;            ///< of the units
    std::function<void(Status&)> status_extra_;

    Postbox postbox_;

    mutable Mutex mutex_;
    std::vector<Status> statuses_ PORCHLIGHT_GUARDED_BY(mutex_);

    Monotonic::time_point last_tick_at_{};
    std::atomic<std::uint64_t> next_still_id_{0};
    std::atomic<std::uint64_t> ticks_{0};
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::camera
