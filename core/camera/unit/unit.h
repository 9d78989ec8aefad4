/// One camera under supervision.
#pragma once

#include <poll.h>

#include <optional>
#include <string>

#include "camera/proof/proof_desk.h"
#include "camera/unit/board.h"
#include "camera/unit/condition.h"
#include "camera/unit/health.h"
#include "camera/unit/intake.h"
#include "camera/unit/ladder.h"
#include "camera/unit/still_desk.h"
#include "camera/unit/switches.h"
#include "camera/worker/command_desk.h"
#include "camera/worker/site.h"
#include "camera/worker/stream_desk.h"
#include "camera/worker/testimony.h"
#include "camera/worker/worker_slot.h"

namespace porchlight::camera {

/// Joins the parts: each keeps its own promise, this keeps their order. In a tick the worker is looked at
/// first, then what is wrong, then what is done about it, then what is shown. **Owns** its parts. **Thread**:
/// thread-bound (supervisor); nothing blocks. Over 25 functions: the fleet's orders, each handed to one part.
///
///     Intake: what the worker says --> StreamDesk, StillDesk, CommandDesk, WorkerSlot (heartbeats), Health
///     (faults) ProofDesk: what a reader says of footage --> FootageWatch --> Health WorkerSlot: the process
///     --> Health: what is wrong --> Ladder: what is tried --> Board: what is told
class Unit {
  public:
    Unit(config::CameraConfig camera, const FleetOptions& options, ForkServer& fork_server,
         OwnerDesk& owner_desk, ProofTurn& proof_turn, const base::Clock& clock, Listener& listener,
         LiveHub& live, Monotonic::time_point first_spawn_at);
    Unit(const Unit&) = delete;

    /// The channel's descriptor and wanted events; fd -1 while there is no worker.
    pollfd wanted() noexcept { return slot_.wanted(); }

    /// Reads and writes what the channel has.
    void onEvents(short events) { slot_.read(events, take_); }

    /// The fork server has said something: perhaps that its worker is there.
    void lookForStart();

    /// Watches deadlines; about ten times a second.
    void tick();

    /// Nobody watched for `span`: no deadline counts that time. When the host stood still (`is_host`),
    /// connections may have died of it, which is excused for a while.
    void forgive(microseconds span, bool is_host);

    /// Whether the host gives nobody the processor, memory or disk in time: what is slow to end or to read
    /// then is not stuck.
    void setHostSlow(bool is_slow) noexcept { slot_.setHostSlow(is_slow); }

    void requestStop();
    /// Of a worker that was asked to stop, and had its time.
    void killUnstopped();
    bool hasWorker() const noexcept { return !slot_.isEmpty(); }

    /// `max_width_px` 0: in full size.
    void requestStill(std::uint64_t id, StillDesk::Callback callback, std::uint16_t max_width_px = 0);
    void command(const CameraCommand& command, CommandDesk::Callback callback);
    /// Somebody watches now, or nobody any more. Who begins to watch is not to wait for the next keyframe:
    /// a camera that offers one is asked for it, once in a while.
    void setWatched(const ipc::Live& demand);
    void tell(const ipc::Message& command) { slot_.send(command); }  ///< lost where no worker runs
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
    void startWorker(Monotonic::time_point now);
    bool takeEnd();
    void pause();
    void tickPaused(Monotonic::time_point now);
    void callForReboot(Monotonic::time_point now);
    std::string pauseText() const;
    void show(Monotonic::time_point now);

    const config::CameraConfig camera_;
    const Site site_;
    LiveHub& live_;
    Switches switches_;
    Condition condition_;
    Board board_;
    WorkerSlot slot_;
    StreamDesk streams_;
    StillDesk stills_;
    CommandDesk commands_;
    ProofDesk proofs_;
    FootageWatch footage_;
    Testimony testimony_;
    Health health_;
    Ladder ladder_;
    Intake intake_;
    const WorkerSlot::Taker take_ = [this](ipc::Message message) { intake_.take(std::move(message)); };
    bool is_stopping_ = false;
    std::optional<Monotonic::time_point> keyframe_at_;  ///< last asked for by who watches
    /// Its worker ends, which is no failure, and is not replaced yet.
    std::optional<Monotonic::time_point> paused_at_;
};

}  // namespace porchlight::camera
