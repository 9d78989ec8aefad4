/// What a camera says of what it sees and of itself, beside its pictures.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "camera/fault_kind.h"
#include "camera/worker/site.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// Hands the camera's own detections to the listener, and keeps its complaints: that it was tampered with, or
/// has lost its sensor's picture. A complaint lasts until its end is told, which the worker does itself for a
/// camera that it has lost, or until the worker is gone; one that has no end is shown for kComplaintShown.
/// **Thread**: thread-bound (supervisor); never blocks.
class Testimony {
  public:
    static constexpr seconds kComplaintShown{60};
    static constexpr std::size_t kMaxPlaces = 16;  ///< of one complaint

    explicit Testimony(const Site& site) : site_(site) {}

    void take(const ipc::CameraDetected& detected);
    void take(const ipc::Offer& offer);

    /// The worker is gone, and nobody hears the camera.
    void end();

    /// What the camera complains of.
    std::optional<Finding> problem(Monotonic::time_point now) const;

  private:
    struct Complaint {
        FaultKind kind;
        const char* label;
        const char* words;
        /// Where it lasts, and until when if no end of it is told; bounded by kMaxPlaces.
        std::map<std::string, std::optional<Monotonic::time_point>> places;
    };

    void setHeard(bool is_heard);
    bool takeComplaint(const ipc::CameraDetected& detected);

    const Site& site_;
    bool is_heard_ = false;
    std::array<Complaint, 2> complaints_{
        {{FaultKind::Tampered, "tamper", "the camera says that it was tampered with", {}},
         {FaultKind::VideoLost, "video_lost", "the camera says that it has lost its picture", {}}}};
};

}  // namespace porchlight::camera
