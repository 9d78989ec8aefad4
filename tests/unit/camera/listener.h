/// Listeners for tests that look at something else.
#pragma once

#include "camera/listener.h"

namespace porchlight::camera::testing {

/// Hears nothing. Tests derive from it what they want to hear.
class DeafListener : public Listener {
  public:
    void onFragment(const std::string&, std::shared_ptr<const Fragment>) override {}
    void onStreamEnded(const std::string&) override {}
    void onDetection(const std::string&, ipc::DetectionReady) override {}
    void onStateChange(const StateChange&) override {}
    void onDetectSwitched(const std::string&, bool) override {}
    void onTick(Monotonic::time_point) override {}
};

}  // namespace porchlight::camera::testing
