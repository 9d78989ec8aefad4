/// What the web and the command line may ask of the cameras.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "camera/command.h"
#include "camera/live_hub.h"
#include "camera/recovery_report.h"
#include "camera/status.h"
#include "config/config.h"

namespace porchlight::camera {

/// A still picture or why there is none.
struct StillResult {
    std::string camera;
    std::string error;  ///< empty: `jpeg` is a picture
    WallTime at{};      ///< of the picture
    std::vector<std::uint8_t> jpeg;
    int attempts = 0;
};

/// The cameras as others see them. Implemented by Fleet. Any thread.
class Control {
  public:
    virtual ~Control() = default;

    /// In the order of the configuration. Never blocks longer than a lock.
    virtual std::vector<Status> statuses() const = 0;
    virtual std::optional<Status> status(const std::string& camera) const = 0;

    virtual LiveHub& live() = 0;

    /// One still of each camera, asked for at the same moment. Blocks until deadline at most.
    virtual std::vector<StillResult> stills(const std::vector<std::string>& cameras, Deadline deadline) = 0;

    /// Asks one camera for its next picture; `answer` is called once, on the supervisor's thread, and must
    /// not block. False: no such camera, or the cameras are being stopped; then it is not called.
    virtual bool askStill(const std::string& camera, std::function<void(StillResult)> answer) = 0;

    /// Tells one camera what to do; `answer` is called once, on the supervisor's thread, within
    /// budget::kCameraCommand, and must not block. What is not offered is answered at once. False: no such
    /// camera, or the cameras are being stopped; then it is not called. Never blocks.
    virtual bool command(const std::string& camera, const CameraCommand& command,
                         std::function<void(CommandResult)> answer) = 0;

    /// Starts one recovery attempt now and blocks until it is decided, or until `deadline` (then its outcome
    /// is Running and it goes on). It takes the place of an attempt under way. Nothing: no such camera.
    virtual std::optional<RecoveryReport> recover(const std::string& camera, Rung rung,
                                                  Deadline deadline) = 0;

    /// Closes and reopens the camera's source, unless a recovery attempt is under way: that knows better.
    /// False: no such camera, or the cameras are being stopped. Never blocks.
    virtual bool restartStream(const std::string& camera) = 0;

    /// Run-time switches of user `by`, remembered across restarts; false: no such camera.
    virtual bool setDetect(const std::string& camera, bool is_on, const std::string& by) = 0;
    /// Off ends its worker.
    virtual bool setEnabled(const std::string& camera, bool is_on, const std::string& by) = 0;
    virtual bool setRecordMode(const std::string& camera, config::RecordMode mode, const std::string& by) = 0;
};

}  // namespace porchlight::camera
