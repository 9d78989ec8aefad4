/// The place of a camera's worker: one process at a time, from being asked for to its end.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "camera/gate.h"
#include "camera/process/worker_process.h"
#include "camera/worker/backoff.h"
#include "camera/worker/dying.h"
#include "camera/worker/site.h"
#include "camera/worker/worker_watch.h"

namespace porchlight::camera {

/// How a worker ended.
struct WorkerEnd {
    Finding fault;            ///< the kind to count it as, and its words; means nothing where `was_wanted`
    std::string how;          ///< "killed by signal 9 (Killed)"
    bool was_wanted = false;  ///< it was ended for an attempt
    milliseconds next_in{0};  ///< the back-off
};

/// **Owns** the worker process, its gate and its watch. **Thread**: thread-bound (supervisor); nothing
/// blocks.
///
///     empty --raise--> starting --it is there--> running --end of file, pidfd--> empty
///     running --killed--> dying --gone--> empty     dying --asleep in the kernel--> wedged --gone--> empty
///
/// At most one process exists, and while one is dying nothing is sent to it or heard from it.
class WorkerSlot {
  public:
    /// Receives what has passed the gate, free of secrets.
    using Taker = std::function<void(ipc::Message)>;

    WorkerSlot(const Site& site, ForkServer& fork_server, Monotonic::time_point first_spawn_at);

    /// Of an empty slot: asks for a worker when it is time, and looks whether it is there. True when it runs
    /// from now on, and wants its setup. Throws Error(Exhausted) when none can be started; tried again later.
    bool raise(Monotonic::time_point now);

    void cancelStart() noexcept { starting_.reset(); }
    void startAt(Monotonic::time_point at) noexcept { backoff_.startAt(at); }

    /// The channel's descriptor and wanted events; fd -1 while nothing runs.
    pollfd wanted() noexcept;

    /// Reads and writes what the channel has: a bounded number of messages, so that one flooding worker
    /// cannot starve the others.
    void read(short events, const Taker& take);

    /// Nothing while none runs. One that does not take it is killed.
    void send(const ipc::Message& message);

    void kill(FaultKind kind, const std::string& why);
    void killForAttempt();
    /// A fault that no worker survives; false for any other.
    bool killIfFatal(const Finding& finding, Monotonic::time_point now);

    /// When it has ended: hands on its last words and its last fragment, and empties the slot.
    std::optional<WorkerEnd> takeEnd(bool has_given_up, const Taker& take);

    /// Whether one that dies gets on with it, and one that runs reads what it is sent.
    void watchOver(Monotonic::time_point now);

    void forgive(microseconds span, Monotonic::time_point now);
    void setHostSlow(bool is_slow) noexcept { is_host_slow_ = is_slow; }

    bool isEmpty() const noexcept { return !process_; }
    bool isStarting() const noexcept { return starting_ != nullptr; }
    bool isRunning() const noexcept { return process_ && !dying_; }
    bool isWedged() const noexcept { return process_ && dying_ && dying_->isWedged(); }
    std::string pid() const { return std::to_string(process_->pid()); }  ///< not of an empty slot

    /// What is known of it, also while it dies; null of an empty slot.
    WorkerWatch* watch() noexcept { return watch_ ? &*watch_ : nullptr; }
    const WorkerWatch* watch() const noexcept { return watch_ ? &*watch_ : nullptr; }

    bool mayEncodeInHardware() const noexcept { return !avoids_hardware_encoder_; }

    void noteHeartbeat(const ipc::Heartbeat& beat);
    void describe(Status& out) const;

  private:
    void ask(WorkerProcess::By by);

    const Site& site_;
    ForkServer& fork_server_;
    Backoff backoff_;
    std::unique_ptr<WorkerProcess> starting_;  ///< asked for, not there yet
    std::unique_ptr<WorkerProcess> process_;
    std::optional<WorkerWatch> watch_;  ///< there while process_ is
    std::optional<Gate> gate_;          ///< likewise
    std::optional<Dying> dying_;        ///< only while process_ is there
    Monotonic::time_point spawned_at_{};
    std::optional<Monotonic::time_point> unread_since_;   ///< commands that the worker does not read
    std::optional<Monotonic::time_point> cpu_killed_at_;  ///< the last time it was for its CPU
    bool avoids_hardware_encoder_ = false;                ///< a worker hung in its encoder
    bool is_host_slow_ = false;
    std::uint32_t starts_ = 0;
    ipc::Heartbeat heartbeat_;  ///< the last one, also of a worker that is gone
};

}  // namespace porchlight::camera
