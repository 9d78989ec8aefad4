/// Who waits for a still picture of a camera.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "camera/control.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// Whoever asked is answered exactly once: with the picture, or with why there is none. **Thread**:
/// thread-bound (supervisor); never blocks, answers from within its functions.
class StillDesk {
  public:
    using Callback = std::function<void(StillResult)>;

    explicit StillDesk(std::string camera) : camera_(std::move(camera)) {}

    /// Nobody is to be asked: answers at once.
    void refuse(const Callback& callback, const std::string& why) const;

    /// False: it was refused, because too many wait already.
    bool wait(std::uint64_t id, Callback callback, Monotonic::time_point now);

    /// The worker's answer; one that nobody waits for any more is dropped.
    void take(ipc::Still still);

    /// Also a worker that never answers holds up nobody.
    void expire(Monotonic::time_point now);

    void endAll(const std::string& why);

  private:
    struct Waiting {
        Callback callback;
        Monotonic::time_point give_up_at;
    };

    const std::string camera_;
    std::map<std::uint64_t, Waiting> waiting_;  ///< by id of the question; bounded
};

}  // namespace porchlight::camera
