/// One camera under supervision: its worker, its state, its faults, its way up the recovery ladder.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "camera/control.h"
#include "camera/fleet_options.h"
#include "camera/gate.h"
#include "camera/listener.h"
#include "camera/process/worker_process.h"
#include "camera/unit/attempt.h"
#include "camera/unit/condition.h"
#include "camera/unit/recovery_plan.h"
#include "camera/unit/worker_watch.h"

namespace porchlight::camera {

/// **Owns** the worker process and the recovery attempt. **Thread**: thread-bound (supervisor); nothing
/// blocks.
///
///     no worker --spawn--> starting --it is there--> running --end of file, pidfd--> no worker (respawn
///     after a back-off) running --no heartbeat, stuck, garbage--> killed --gone--> no worker killed --asleep
///     in the kernel for 1 s, or there after a minute--> wedged: abandoned until the process is gone
///
/// unit.cpp holds the worker's life and messages, unit_health.cpp faults and state, unit_recovery.cpp
/// attempts.
class Unit {
  public:
    using StillCallback = std::function<void(StillResult)>;

    Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server,
         OwnerDesk& owner_desk, const base::Clock& clock, Listener& listener, LiveHub& live,
         Monotonic::time_point first_spawn_at);

    const config::CameraConfig& camera() const noexcept { return camera_; }

    /// The channel's descriptor and wanted events; fd -1 while there is no worker.
    pollfd wanted() noexcept;

    /// Reads and writes what the channel has.
    void onEvents(short events);

    /// The fork server has said something: perhaps that its worker is there.
    void lookForStart();

    /// Watches deadlines; about ten times a second.
    void tick();

    /// Nobody watched for `span`: no deadline counts that time. When the host stood still (`is_host`),
    /// connections may have died of it, which is excused for a while.
    void forgive(microseconds span, bool is_host);

    /// Whether the host gives nobody the processor, memory or disk in time: what is slow to end or to read
    /// then is not stuck.
    void setHostSlow(bool is_slow) noexcept { is_host_slow_ = is_slow; }

    void requestStop();
    void killWorker(FaultKind kind, const std::string& why);
    bool hasWorker() const noexcept { return process_ != nullptr; }

    void requestStill(std::uint64_t id, StillCallback callback);
    void setLive(bool is_wanted);
    void requestKeyframe();
    void setDetect(bool is_on, const std::string& by);
    void setEnabled(bool is_on, const std::string& by);
    void setRecordMode(config::RecordMode mode, const std::string& by);

    /// The owner's attempt; `done` is called once with its outcome.
    void recover(Rung rung, Attempt::Callback done);
    /// Rung 2 for who waits for a picture; nothing while an attempt, the ladder's or the owner's, is under
    /// way.
    void restartStream();
    Status status() const;

  private:
    std::string component() const { return "camera/" + camera_.name; }  // of its lines in the log
    void spawn(WorkerProcess::By by);
    bool isSpawnHeld() const noexcept;
    void awaitStart(Monotonic::time_point now);
    void begin();
    void send(const ipc::Message& message);
    void handle(ipc::Message message);
    void handleFragment(ipc::FragmentReady message);
    void handleStream(ipc::StreamStarted message);
    void handleStill(ipc::Still message);
    void handleFault(const ipc::Fault& fault);
    void onWorkerEnd(const std::string& how);
    void expireStills(Monotonic::time_point now);
    void endStream();
    void pause();
    void takeSwitches();
    void noteSwitch(const std::string& key, const std::string& value, const std::string& configured,
                    const std::string& by);
    void tickPaused();
    void checkWorker(Monotonic::time_point now);
    void watchKilled(Monotonic::time_point now);

    void checkHealth(Monotonic::time_point now);
    void noteSilence(Monotonic::time_point now);
    void showState(Monotonic::time_point now);
    void noteHealthy(Monotonic::time_point now);
    bool isHealthy(Monotonic::time_point now) const;
    void tellIssue();
    void tellCritical(const std::string& what, Monotonic::time_point now);
    StateChange change(WallTime at, bool is_minor) const;
    void setState(State state, const std::string& reason, const std::string& action);
    bool isWedged() const noexcept;
    bool isRespawning() const noexcept;

    RecoveryHistory history() const;
    std::array<std::string, kRungs> obstacles() const;
    void climb(Monotonic::time_point now);
    void beginAttempt(Rung rung, Origin origin, const std::vector<std::string>& first_steps);
    void beginAutomatic(const std::string& why);
    void carryOut(Attempt& attempt, Monotonic::time_point now);
    void prepareOwner(Attempt& attempt, bool is_reboot);
    void tickAttempt(Monotonic::time_point now);
    void runCommand(Attempt& attempt, Monotonic::time_point now);
    bool isRecovered(const Attempt& attempt, Monotonic::time_point now) const;
    void finishAttempt(Outcome outcome, const std::string& last_step);
    void step(const std::string& text);
    ipc::Setup setup() const;

    const config::CameraConfig camera_;
    const FleetOptions& options_;
    ForkServer& fork_server_;
    OwnerDesk& owner_desk_;
    const base::Clock& clock_;
    Listener& listener_;
    LiveHub& live_;

    std::unique_ptr<WorkerProcess> starting_;  ///< asked for, not there yet
    std::unique_ptr<WorkerProcess> process_;
    std::optional<WorkerWatch> watch_;  ///< of the running worker
    std::optional<Gate> gate_;          ///< of the running worker: all that it says passes here
    std::optional<Monotonic::time_point> killed_at_;
    std::optional<Monotonic::time_point>
        asleep_since_;  ///< killed, and in each look since then asleep in the kernel
    FaultKind kill_kind_ = FaultKind::WorkerDied;
    std::string kill_reason_;
    std::optional<Monotonic::time_point> cpu_killed_at_;  ///< the last time it was for its CPU
    bool avoids_hardware_encoder_ = false;                ///< a worker hung in its encoder
    bool is_kill_wanted_ = false;                         ///< part of an attempt, no fault
    Monotonic::time_point next_spawn_at_;
    Monotonic::time_point spawned_at_{};
    std::optional<Monotonic::time_point> unread_since_;  ///< commands that the worker does not read
    std::chrono::milliseconds respawn_delay_{300};
    std::uint32_t worker_starts_ = 0;
    bool is_stopping_ = false;
    bool is_host_slow_ = false;
    bool is_wedged_ = false;

    ipc::Heartbeat heartbeat_;                  ///< the last one, also of a worker that is gone
    std::optional<ipc::StreamStarted> stream_;  ///< without its init bytes
    std::shared_ptr<const StreamInit> init_;
    std::optional<Monotonic::time_point> last_picture_at_;
    Monotonic::time_point waiting_since_{};  ///< for pictures, since the last worker start or loss
    Monotonic::time_point
        pictureless_since_{};  ///< before the first picture ever: since the camera was switched on
    Monotonic::time_point excused_until_{};  ///< after a host stall lost connections are no failures
    bool is_resting_ = false;                ///< only the owner can help: Misconfigured, NotSupported

    Condition condition_;
    std::optional<Attempt> attempt_;
    std::uint32_t attempts_ = 0;  ///< of the ladder, since the last ten healthy minutes
    Rung rung_ = Rung::None;      ///< last one tried since then
    std::optional<Monotonic::time_point> last_attempt_at_;
    std::optional<Monotonic::time_point> respawned_at_;  ///< last automatic one of this episode
    std::uint32_t automatic_ = 0;         ///< automatic respawns since the last ten healthy minutes ...
    std::uint32_t automatic_untold_ = 0;  ///< ... and those the history was spared
    Monotonic::time_point automatic_told_at_{};
    Decision decision_;  ///< the latest

    State state_ = State::Starting;
    WallTime state_since_{};
    std::string reason_;
    std::string action_;
    std::optional<Monotonic::time_point> change_kept_back_at_;  ///< a minor change that history has not seen
    bool is_detect_on_;
    bool is_live_wanted_ = false;
    bool is_enabled_ = camera_.is_enabled;    ///< run-time switch
    std::map<std::string, Switch> switches_;  ///< by key, those that say other than the configuration
    std::string disabled_by_;                 ///< empty: the configuration
    config::RecordMode record_mode_ = camera_.record.mode;
    bool is_paused_ = !camera_.is_enabled;  ///< its worker ends, which is no failure, and is not replaced yet
    Monotonic::time_point paused_at_{};
    struct WaitingStill {
        StillCallback callback;
        Monotonic::time_point give_up_at;
    };
    std::map<std::uint64_t, WaitingStill> stills_;  ///< at most kMaxStills
};

}  // namespace porchlight::camera
