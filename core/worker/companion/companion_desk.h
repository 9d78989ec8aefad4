/// What the camera offers beside its pictures, kept going beside the capture threads.
#pragma once

#include "ipc/message.h"
#include "worker/companion/performer.h"
#include "worker/companion/watcher.h"

namespace porchlight::worker {

/// Joins the thread that watches (only where somebody wants the camera's detections) and the one that
/// performs, each with a companion of its own.
///
///     Watcher ----> CameraDetected, Offer ---> Outbox
///     Performer --> CommandAnswer, Offer --^
///
/// **Thread**: everything from any thread; only waitEnded() and the destructor block, the latter for as long
/// as the plugin does.
class CompanionDesk {
  public:
    /// `setup`: its `source` and whether detections are wanted.
    CompanionDesk(CompanionCall::Factory factory, const ipc::Setup& setup, Outbox& outbox,
                  const base::Clock& clock, const CompanionPatience& patience = {});

    void take(const ipc::Command& command) { performer_.take(command); }
    void requestKeyframe() { performer_.requestKeyframe(); }

    /// Once a second: answers commands that waited too long, and tells of a call that hangs.
    void look();

    void stop() noexcept;

    /// True when both threads have ended. Blocks until deadline.
    bool waitEnded(Deadline deadline);

  private:
    OfferBoard board_;
    Performer performer_;
    std::optional<Watcher> watcher_;
    bool is_hang_told_ = false;  ///< of look()
};

}  // namespace porchlight::worker
