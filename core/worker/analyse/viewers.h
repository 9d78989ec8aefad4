/// People who look at one stream: live pictures and stills.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "porchlight/mutex.h"
#include "worker/picture/jpeg.h"
#include "worker/report/outbox.h"

namespace porchlight::worker {

/// What people want to see of a stream, and how they get it. Invariant: each still that was asked for is
/// answered once, with a picture or with the reason why not. **Owns** the wishes and the JPEG encoder.
/// **Thread**: wishes and refusals from any thread, none blocks; show() and showJpeg() thread-bound
/// (analysis).
class Viewers {
  public:
    using MakePicture = std::function<Picture()>;

    Viewers(const base::Clock& clock, Outbox& outbox) : clock_(clock), outbox_(outbox) {}

    void setLive(const ipc::Live& live);
    void requestStill(const ipc::StillRequest& request);

    /// Answers with an error every still that was asked for at least `age` ago.
    void refuseStills(const std::string& reason, Monotonic::duration age = {});

    /// Somebody watches, or waits for a still.
    bool isAnyone() const;

    /// Gives the picture to whose turn it is. Stills wait for one that is clean.
    void show(const Picture& picture, bool is_clean);

    /// The same with a JPEG: whoever takes its size gets it as it is, `decode` is called for the others.
    /// Throws what `decode` throws; who needed it goes on waiting.
    void showJpeg(const Packet& packet, const MakePicture& decode);

  private:
    struct Wish {
        ipc::StillRequest request;
        Monotonic::time_point asked_at;
    };
    bool hasStills() const;
    std::optional<ipc::Live> takeLiveTurn();
    std::deque<Wish> takeStills(std::optional<int> that_fit_px = {});
    void putLive(const Picture& picture, const ipc::Live& live);
    void answerStills(const Picture& picture);
    std::int64_t wallUs(Monotonic::time_point at) const;

    const base::Clock& clock_;
    Outbox& outbox_;
    mutable Mutex mutex_;
    ipc::Live live_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::deque<Wish> stills_ PORCHLIGHT_GUARDED_BY(mutex_);
    Monotonic::time_point live_due_{};  ///< analysis thread only, as is the encoder
    JpegEncoder encoder_;
};

}  // namespace porchlight::worker
