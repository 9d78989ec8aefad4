/// What other threads want of a camera, until the supervisor has time for it.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "porchlight/mutex.h"

namespace porchlight::camera {

class Unit;

/// Each command that was taken in is handed out once, in order; nothing is taken in once it is closed. Any
/// thread; never blocks longer than a lock.
class Postbox {
  public:
    using Command = std::function<void(Unit&)>;

    /// False: it is full, or closed.
    bool post(std::string camera, Command command);

    /// All that came since, by camera.
    std::vector<std::pair<std::string, Command>> take();

    /// Nobody runs what is posted from now on; what was posted before can still be taken.
    void close();

  private:
    Mutex mutex_;
    std::vector<std::pair<std::string, Command>> posted_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::camera
