/// One camera under supervision: its worker, its state, its failures.
#pragma once

#include <poll.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "camera/fleet.h"
#include "camera/worker_process.h"

namespace porchlight::camera {

/// **Owns** the worker process. **Thread**: thread-bound (supervisor); nothing blocks.
///
///     no worker --spawn--> running --end of file, pidfd--> no worker (respawn after a back-off)
///     running --no heartbeat, stuck, garbage--> killed --gone--> no worker
///     killed --still there after 1 s--> wedged: abandoned until the process is gone
class Unit {
  public:
    using StillCallback = std::function<void(StillResult)>;

    Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server, const base::Clock& clock,
         Listener& listener, LiveHub& live, Monotonic::time_point first_spawn_at);

    const config::CameraConfig& camera() const noexcept { return camera_; }

    /// The channel's descriptor and wanted events; fd -1 while there is no worker.
    pollfd wanted() noexcept;

    /// Reads and writes what the channel has.
    void onEvents(short events);

    /// Watches deadlines; about ten times a second.
    void tick();

    void requestStop();
    void killWorker(const std::string& why);
    bool hasWorker() const noexcept { return process_ != nullptr; }

    void requestStill(std::uint64_t id, StillCallback callback);
    void setLive(bool is_wanted);
    void setDetect(bool is_on);
    void setEnabled(bool is_on, const std::string& by);
    void setRecordMode(config::RecordMode mode);
    void recover(int rung);
    Status status() const;

  private:
    void spawn();
    void send(const ipc::Message& message);
    void handle(ipc::Message message);
    void handleFragment(ipc::FragmentReady message);
    void handleStream(ipc::StreamStarted message);
    void onWorkerEnd(const std::string& how);
    void endStream();
    void pause();
    void tickPaused();
    void checkWorker(Monotonic::time_point now);
    void checkPictures(Monotonic::time_point now);
    void noteFailure(const std::string& issue, const std::string& text);
    void notePicture();
    void setState(State state, const std::string& reason, const std::string& action);
    ipc::Setup setup() const;

    const config::CameraConfig camera_;
    const FleetOptions& options_;
    ForkServer& fork_server_;
    const base::Clock& clock_;
    Listener& listener_;
    LiveHub& live_;

    std::unique_ptr<WorkerProcess> process_;
    std::optional<Monotonic::time_point> killed_at_;
    std::string kill_reason_;
    Monotonic::time_point next_spawn_at_;
    Monotonic::time_point spawned_at_{};
    Monotonic::time_point last_heartbeat_at_{};
    std::chrono::milliseconds respawn_delay_{300};
    std::uint32_t worker_starts_ = 0;
    bool is_stopping_ = false;

    ipc::Heartbeat heartbeat_;
    std::optional<ipc::StreamStarted> stream_;           ///< without its init bytes
    std::shared_ptr<const StreamInit> init_;
    std::optional<Monotonic::time_point> last_picture_at_;
    Monotonic::time_point waiting_since_{};              ///< for pictures, since the last worker start or loss
    Monotonic::time_point last_failure_at_{};
    Monotonic::time_point told_failure_at_{};            ///< to log, history and alerts
    bool is_resting_ = false;                            ///< only the owner can help: Misconfigured, NotSupported

    State state_ = State::Starting;
    WallTime state_since_{};
    std::string reason_;
    std::string action_;
    std::string issue_;
    std::uint32_t consecutive_failures_ = 0;
    std::string rung_ = "none";
    bool is_detect_on_;
    bool is_live_wanted_ = false;
    bool is_enabled_ = camera_.is_enabled;               ///< run-time switch
    std::string disabled_by_;                            ///< empty: the configuration
    config::RecordMode record_mode_ = camera_.record.mode;
    bool is_paused_ = !camera_.is_enabled;               ///< its worker ends, which is no failure, and is not replaced yet
    Monotonic::time_point paused_at_{};
    std::map<std::uint64_t, StillCallback> stills_;
};

}  // namespace porchlight::camera
