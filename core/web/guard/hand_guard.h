/// How often a camera may be told something over the web, and what of it is news for the audit log.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "porchlight/companion.h"
#include "porchlight/mutex.h"
#include "web/guard/allowance.h"

namespace porchlight::web {

/// A held pad says "move" twice a second; six a second are heard of one camera, and one restart a minute. To
/// stop has an allowance of its own. Only names of cameras that exist may come: they are kept. Any thread,
/// never blocks longer than a lock.
class HandGuard {
  public:
    explicit HandGuard(const base::Clock& clock) : clock_(clock) {}

    /// 0: it may be told, and is counted; otherwise the seconds to wait.
    int waitOf(const std::string& camera, CameraAction action);

    /// Everything is, but the movement that somebody goes on with: one line a minute stands for it.
    bool isNews(const std::string& who, const std::string& camera, CameraAction action);

  private:
    struct Hands {
        Allowance commands;
        Allowance stops;
        Allowance restarts;
    };

    const base::Clock& clock_;
    Mutex mutex_;
    std::map<std::string, Hands> hands_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< by camera
    /// Camera and who moves it -> when the audit log was told; bounded.
    std::map<std::pair<std::string, std::string>, Monotonic::time_point> told_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::web
