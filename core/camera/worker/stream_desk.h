/// The stream that a camera delivers now, from its begin to its end.
#pragma once

#include <memory>
#include <optional>

#include "camera/part_hub.h"
#include "camera/worker/site.h"

namespace porchlight::camera {

/// Footage reaches the listener only between begin() and end(), each fragment with the init bytes of its
/// stream, and each begin that was followed by footage has its onStreamEnded. **Thread**: thread-bound
/// (supervisor); never blocks.
class StreamDesk {
  public:
    /// Both must outlive it.
    StreamDesk(const Site& site, PartHub& parts) : site_(site), parts_(parts) {}

    /// Ends the one before.
    void begin(ipc::StreamStarted message);

    /// Hands it on, and returns it; null: there is no stream that it could be of.
    std::shared_ptr<const Fragment> take(ipc::FragmentReady message);

    /// To those who watch.
    void takePart(ipc::LivePart part);

    void end();

    bool isOpen() const noexcept { return stream_.has_value(); }
    void describe(Status& out) const;

  private:
    const Site& site_;
    PartHub& parts_;
    std::optional<ipc::StreamStarted> stream_;  ///< without its init bytes
    std::shared_ptr<const StreamInit> init_;    ///< there while stream_ is
};

}  // namespace porchlight::camera
