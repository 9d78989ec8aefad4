/// The newest JPEG of each camera, fanned out to viewers; knows who watches, so that nothing is encoded for
/// nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "camera/part_hub.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// One JPEG, immutable, shared by all viewers.
struct LiveFrame {
    std::uint64_t number = 0;  ///< rises by one a picture of a camera
    WallTime at{};
    std::vector<std::uint8_t> jpeg;
};

/// One slot a camera: a slow viewer loses frames, never holds one. Any thread.
class LiveHub {
  public:
    /// A viewer's registration; destroying it takes the viewer off the count.
    class Viewer {
      public:
        Viewer(LiveHub& hub, std::string camera);
        ~Viewer();
        Viewer(const Viewer&) = delete;
        Viewer& operator=(const Viewer&) = delete;

        /// The newest frame later than `after`; null at the deadline or when the hub closes.
        std::shared_ptr<const LiveFrame> next(std::uint64_t after, Deadline deadline);

      private:
        LiveHub& hub_;
        std::string camera_;
    };

    /// Called (any thread, without the lock) whenever a camera gets its first viewer or loses its last.
    void onDemandChange(std::function<void(const std::string& camera, bool is_wanted)> callback);

    /// Registers a viewer; null when `max_viewers` are there already or the hub is closed.
    std::unique_ptr<Viewer> watch(const std::string& camera);

    /// Publishes a picture (supervisor thread).
    void publish(const std::string& camera, WallTime at, std::vector<std::uint8_t> jpeg);

    std::uint32_t viewers(const std::string& camera) const;

    /// The recorded streams themselves: what browsers show that can. It has viewers of its own.
    PartHub& parts() noexcept { return parts_; }
    const PartHub& parts() const noexcept { return parts_; }
    void setMaxViewers(std::uint32_t max_viewers);

    /// Wakes and ends all viewers; further watch() calls return null.
    void close();
    bool isClosed() const;

  private:
    struct Slot {
        std::shared_ptr<const LiveFrame> frame;
        std::uint64_t number = 0;
        std::uint32_t viewers = 0;
    };
    PartHub parts_;
    mutable Mutex mutex_;
    ConditionVariable changed_;
    std::map<std::string, Slot> slots_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::function<void(const std::string&, bool)> on_demand_change_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::uint32_t total_viewers_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    std::uint32_t max_viewers_ PORCHLIGHT_GUARDED_BY(mutex_) = 24;
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

/// What the worker of a camera is told of those who watch. Any thread.
inline ipc::Live demandOf(const LiveHub& hub, const std::string& camera) {
    return {.is_wanted = hub.viewers(camera) > 0, .wants_parts = hub.parts().viewers(camera) > 0};
}

}  // namespace porchlight::camera
