/// A fleet whose workers misbehave as the name of their camera says (bad-worker).
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "camera/fleet/fleet.h"
#include "listener.h"
#include "support/eventually.h"

namespace porchlight::camera::testing {

using namespace std::chrono_literals;
using test::eventually;

/// Keeps all that it hears.
class Noting final : public DeafListener {
  public:
    void onFragment(const std::string&, std::shared_ptr<const Fragment> fragment) override {
        const std::lock_guard lock(mutex);
        fragments.push_back(std::move(fragment));
    }
    void onDetection(const std::string&, ipc::DetectionReady detection) override {
        const std::lock_guard lock(mutex);
        detections.push_back(std::move(detection));
    }
    void onStateChange(const StateChange& change) override {
        const std::lock_guard lock(mutex);
        changes.push_back(change);
    }
    void onTick(Monotonic::time_point) override { ++ticks; }
    void onRecovery(const RecoveryReport& report) override {
        const std::lock_guard lock(mutex);
        reports.push_back(report);
    }
    void onHostStall(const HostStall& stall) override {
        const std::lock_guard lock(mutex);
        stalls.push_back(stall);
    }

    bool hasKind(const std::string& camera, const std::string& kind) {
        const std::lock_guard lock(mutex);
        return std::any_of(changes.begin(), changes.end(), [&](const StateChange& change) {
            return change.camera == camera && change.kind == kind;
        });
    }
    std::vector<RecoveryReport> all() {
        const std::lock_guard lock(mutex);
        return reports;
    }

    std::mutex mutex;
    std::vector<StateChange> changes;
    std::vector<RecoveryReport> reports;
    std::vector<HostStall> stalls;
    std::vector<std::shared_ptr<const Fragment>> fragments;
    std::vector<ipc::DetectionReady> detections;
    std::atomic<int> ticks{0};
};

inline config::CameraConfig cameraOf(const std::string& name) {
    config::CameraConfig out;
    out.name = out.title = name;
    out.source.plugin = "testpattern";
    out.detect.is_enabled = false;
    out.detect.detector = {};
    out.health.frame_timeout = 1s;
    return out;
}

inline FleetOptions options() {
    FleetOptions out;
    out.program = BAD_WORKER;
    return out;
}

/// How often the camera had that kind of fault.
inline std::uint64_t faultsOf(const Fleet& fleet, const std::string& name, const std::string& kind) {
    const auto status = fleet.status(name);
    const auto found = status->faults.find(kind);
    return found == status->faults.end() ? 0 : found->second;
}

}  // namespace porchlight::camera::testing
