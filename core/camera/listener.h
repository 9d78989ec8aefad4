/// Who receives what the cameras deliver, and what there is to receive.
#pragma once

#include <memory>
#include <string>

#include "camera/recovery_report.h"
#include "camera/status.h"
#include "config/config.h"
#include "ipc/message.h"
#include "porchlight/record.h"

namespace porchlight::camera {

/// A change of a camera's state or health, for the history and for alerts.
struct StateChange {
    std::string camera;
    WallTime at{};
    State state = State::Starting;
    int score = 100;
    std::string detail;
    std::string kind;       ///< name of the FaultKind: frame_timeout, hung, ...; empty when well
    bool is_minor = false;  ///< one of many of a camera that flaps: shown, but no news for history and alerts
};

/// The host itself stood still or its clock jumped; no camera is to blame for what happened meanwhile.
struct HostStall {
    /// "host_stall" (the core got no processor for a while), "suspend", "clock_step" or "store_stall" (told
    /// when it ends).
    std::string cause;
    WallTime from{};  ///< of the clock before a step
    WallTime to{};
    microseconds span{0};  ///< lost time; of a clock step: how far it went, negative backwards
    std::string detail;    ///< of a host_stall: "swapping", "waiting for a disk"; empty: not known
};

/// Receives what the cameras deliver. All calls come from the supervisor thread and must not block.
class Listener {
  public:
    virtual ~Listener() = default;
    virtual void onFragment(const std::string& camera, std::shared_ptr<const Fragment> fragment) = 0;
    virtual void onStreamEnded(const std::string& camera) = 0;
    virtual void onDetection(const std::string& camera, ipc::DetectionReady detection) = 0;
    /// The camera itself has detected something; not tamper and video_lost, which are its faults.
    virtual void onCameraDetected(const std::string& /*camera*/, const CameraDetection&) {}
    /// Whether the camera tells its detections at the moment; told where it changes, first that it does.
    virtual void onCameraHeard(const std::string& /*camera*/, bool /*is_heard*/) {}
    /// Its worker is gone: nobody will tell the end of what it said.
    virtual void onCameraSilent(const std::string& /*camera*/) {}
    virtual void onStateChange(const StateChange& change) = 0;
    virtual void onDetectSwitched(const std::string& camera, bool is_on) = 0;
    virtual void onRecordModeSwitched(const std::string& /*camera*/, config::RecordMode /*mode*/) {}
    virtual void onRecovery(const RecoveryReport&) {}
    virtual void onHostStall(const HostStall&) {}
    /// About ten times a second.
    virtual void onTick(Monotonic::time_point now) = 0;
};

}  // namespace porchlight::camera
