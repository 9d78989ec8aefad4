/// All cameras: spawns a worker for each, watches it, restarts it, and hands on what it delivers.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/thread.h"
#include "camera/control.h"
#include "camera/owner_desk.h"
#include "camera/process/fork_server.h"
#include "camera/recovery_report.h"
#include "config/config.h"
#include "ipc/message.h"
#include "porchlight/mutex.h"
#include "porchlight/record.h"

namespace porchlight::camera {

class Unit;
class HostWatch;

/// A change of a camera's state or health, for the history and for alerts.
struct StateChange {
    std::string camera;
    WallTime at{};
    State state = State::Starting;
    int score = 100;
    std::string detail;
    std::string kind;       ///< name of the FaultKind: frame_timeout, hung, ...; empty when well
    bool is_minor = false;  ///< one of many of a camera that flaps: shown, but no news for history and alerts
};

/// The host itself stood still or its clock jumped; no camera is to blame for what happened meanwhile.
struct HostStall {
    /// "host_stall" (the core got no processor for a while), "suspend", "clock_step" or "store_stall" (told
    /// when it ends).
    std::string cause;
    WallTime from{};  ///< of the clock before a step
    WallTime to{};
    microseconds span{0};  ///< lost time; of a clock step: how far it went, negative backwards
    std::string detail;    ///< of a host_stall: "swapping", "waiting for a disk"; empty: not known
};

/// Receives what the cameras deliver. All calls come from the supervisor thread and must not block.
class Listener {
  public:
    virtual ~Listener() = default;
    virtual void onFragment(const std::string& camera, std::shared_ptr<const Fragment> fragment) = 0;
    virtual void onStreamEnded(const std::string& camera) = 0;
    virtual void onDetection(const std::string& camera, ipc::DetectionReady detection) = 0;
    virtual void onStateChange(const StateChange& change) = 0;
    virtual void onDetectSwitched(const std::string& camera, bool is_on) = 0;
    virtual void onRecordModeSwitched(const std::string& /*camera*/, config::RecordMode /*mode*/) {}
    virtual void onRecovery(const RecoveryReport&) {}
    virtual void onHostStall(const HostStall&) {}
    /// About ten times a second.
    virtual void onTick(Monotonic::time_point now) = 0;
};

/// How the fleet makes worker processes.
struct FleetOptions {
    std::string program = "/proc/self/exe";
    std::string plugin_folder;
    config::MemoryProfile memory = config::MemoryProfile::Standard;
    std::string reset_program;  ///< porchlight-device-reset; empty: rung 4 is not available
    std::vector<std::string> reboot_command{"/usr/bin/systemctl", "reboot"};
    std::string owner_journal;           ///< what save_owner_journal was last given
    OwnerDesk::Save save_owner_journal;  ///< empty: nothing that must be remembered is done
    std::vector<Switch> switches;        ///< what was switched before the restart
    std::function<void(const Switch&)>
        save_switch;  ///< one whose value is the configured one is over; empty: not remembered
    std::function<microseconds()> store_age;  ///< since the recorder's last progress; empty: not watched
};

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
    bool post(const std::string& camera, std::function<void(Unit&)> command);

    const base::Clock& clock_;
    Listener& listener_;
    const FleetOptions options_;
    LiveHub live_;
    base::Waker waker_;
    ForkServer fork_server_;                    ///< touched by the supervisor only
    OwnerDesk owner_desk_;                      ///< likewise
    std::unique_ptr<HostWatch> host_watch_;     ///< likewise
    microseconds busy_{0};                      ///< our own work in the last round
    std::vector<std::unique_ptr<Unit>> units_;  ///< fixed after construction; touched by the supervisor only
    std::vector<std::string> names_;
    std::function<void(Status&)> status_extra_;

    mutable Mutex mutex_;
    std::vector<Status> statuses_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::vector<std::pair<std::string, std::function<void(Unit&)>>> posted_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;  ///< nobody runs what is posted any more

    Monotonic::time_point last_tick_at_{};
    std::atomic<std::uint64_t> next_still_id_{0};
    std::atomic<std::uint64_t> ticks_{0};
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::camera
