/// The alert at which connections are lost.
#pragma once

#include <string>

#include "porchlight/alert.h"

namespace porchlight::mqtt {

/// Counts how often in a row the connection was lost with one and the same alert on its way. Thread-bound.
class Losing {
  public:
    void note(const Alert& alert) {
        count_ = key_ == keyOf(alert) ? count_ + 1 : 1;
        key_ = keyOf(alert);
    }

    /// So many times with that alert.
    int count(const Alert& alert) const { return key_ == keyOf(alert) ? count_ : 0; }
    void forget() { key_.clear(); }

  private:
    static std::string keyOf(const Alert& alert) {
        return std::to_string(static_cast<int>(alert.kind)) + " " + alert.camera + " " + alert.event_id;
    }

    std::string key_;
    int count_ = 0;
};

}  // namespace porchlight::mqtt
