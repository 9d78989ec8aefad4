/// The worker of one camera: capture, recording side, analysis, and the conversation with the core.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "ipc/channel.h"
#include "worker/analyse/analysis.h"
#include "worker/capture_loop.h"
#include "worker/companion/companion_desk.h"
#include "worker/plugin_source.h"
#include "worker/recorder.h"
#include "worker/report/heartbeat.h"

namespace porchlight::worker {

/// Owns everything that runs for one camera; no globals, so that tests run it in a thread over a socketpair.
///
///     capture ----> Recorder (fragments) ----> Outbox --> control thread --> core
///        \--------> Analysis (detection, live, stills) --^
///     CompanionDesk (where the plugin has one) ---------^
///     capture sub -> Analysis (detection; while it fails, the main stream is detected on)
///
/// Over 20 members: the parts of a worker meet here. **Thread**: run() is the control thread; log() from any
/// thread; everything else thread-bound to the owner.
class Worker {
  public:
    /// Called once, with the camera's setup, before any of its code runs: the place for a sandbox. May throw
    /// Error.
    using Confine = std::function<void(const ipc::Setup&)>;

    /// `socket` is a connected stream socket. Throws Error(Exhausted).
    Worker(base::Fd socket, PluginSource& plugins, const base::Clock& clock, Confine confine = {});

    /// Joins all threads: blocks for as long as a plugin hangs (see hasStuckThread()).
    ~Worker();

    /// Serves until Stop (done within 2 s; while a hardware encoder is being tried, when the trial ends, 5 s
    /// at most) or end of file (within 1 s). Returns 0, 2 after garbage from the core, or 3 when the memory
    /// it may use is exhausted: a new process begins anew.
    int run();

    /// After run(): a plugin did not come back. Only ending the process helps.
    bool hasStuckThread() const noexcept { return has_stuck_thread_; }

    /// Sends a line to the core's log.
    void log(std::uint8_t level, std::string_view component, std::string_view text) noexcept;

  private:
    enum class Ending : std::uint8_t { Stopped, PeerGone, Exhausted };
    Ending serve();
    bool receiveAll();
    bool dispatch(const ipc::Message& message);
    void start(const ipc::Setup& setup);
    std::shared_ptr<DetectionStage> makeDetection();
    void startMain(std::size_t queue_bytes, std::shared_ptr<DetectionStage> detection);
    CaptureLoop::Patience patience() const;
    void startSub(std::size_t queue_bytes, std::shared_ptr<DetectionStage> detection);
    void tellNoSub(const std::string& why);
    void startCompanion();
    void command(const ipc::Command& command);
    void giveUpUndecodable();
    void endExhausted();
    void chooseDetectedStream();
    HeartbeatMaker::Queues queues() const;
    void setLive(const ipc::Live& live);
    void expireStills();
    void shutDown(Ending ending);

    PluginSource& plugins_;
    const base::Clock& clock_;
    const Confine confine_;
    base::Waker waker_;
    Progress progress_;
    Outbox outbox_;
    ipc::Channel channel_;
    HeartbeatMaker heartbeat_;
    ipc::Setup setup_;
    std::atomic<bool> is_exhausted_{false};
    std::atomic<bool> is_sub_absent_{false};  ///< the camera has no such stream
    bool is_set_up_ = false;
    bool is_detect_on_ = true;
    Monotonic::time_point set_up_at_{};
    std::size_t analysis_max_bytes_ = 0;
    bool has_stuck_thread_ = false;

    std::unique_ptr<CompanionDesk> companion_;  ///< null: the plugin has none

    // Destroyed from the bottom: capture threads first, then what they feed.
    std::unique_ptr<Recorder> recorder_;
    std::unique_ptr<Analysis> main_analysis_;
    std::unique_ptr<Analysis> sub_analysis_;
    std::unique_ptr<CaptureLoop> main_;
    std::unique_ptr<CaptureLoop> sub_;
};

}  // namespace porchlight::worker
