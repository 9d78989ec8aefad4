/// What the camera offers beside its pictures, and who waits for what it was told to do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "camera/command.h"
#include "camera/status.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// Whoever told the camera something is answered exactly once: with what the worker said, or with why nobody
/// did. What is not offered is never sent. **Thread**: thread-bound (supervisor); never blocks, answers from
/// within its functions.
class CommandDesk {
  public:
    using Callback = std::function<void(CommandResult)>;

    /// Nothing is to be sent: answers at once.
    static void refuse(const Callback& callback, const std::string& why);

    /// Why the camera cannot do it now; Done: it can.
    CommandResult judge(CameraAction action) const;

    /// What is to be sent; nothing: it was answered already, because it is not offered, or too many wait.
    std::optional<ipc::Command> wait(const CameraCommand& command, Callback callback,
                                     Monotonic::time_point now);

    /// The worker's answer; one that nobody waits for any more is dropped.
    void take(const ipc::CommandAnswer& answer);

    void take(ipc::Offer offer);

    /// Also a worker that never answers holds up nobody.
    void expire(Monotonic::time_point now);

    /// The worker is gone: what it offered is remembered, and not there.
    void endAll(const std::string& why);

    bool isOffered(CameraAction action) const { return judge(action).outcome == CommandOutcome::Done; }

    void describe(Status& out) const { out.offer = offer_; }

  private:
    void noteDone(const CameraCommand& command);

    struct Waiting {
        CameraCommand command;
        Callback callback;
        Monotonic::time_point give_up_at;
    };

    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, Waiting> waiting_;  ///< by id of the command; bounded
    /// Outputs as they were last switched from here, by token: ONVIF tells no state of them.
    std::map<std::string, bool> switched_;
    std::shared_ptr<const ipc::Offer> offer_;  ///< null: none was ever told
};

}  // namespace porchlight::camera
