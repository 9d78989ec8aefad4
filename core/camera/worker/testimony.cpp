#include "camera/worker/testimony.h"

#include "base/log.h"

namespace porchlight::camera {

void Testimony::take(const ipc::CameraDetected& detected) {
    if (takeComplaint(detected) || site_.camera.detect.camera_word == event::CameraWord::Ignored) return;
    CameraDetection out;
    out.at = WallTime(microseconds(detected.at_us));
    out.label = detected.label;
    out.place = detected.place;
    out.is_on = detected.is_on;
    out.has_end = detected.has_end;
    out.score = detected.score;
    site_.listener.onCameraDetected(site_.camera.name, out);
}

void Testimony::take(const ipc::Offer& offer) {
    setHeard(offer.is_there && offer.is_detecting && offer.problem.empty());
}

void Testimony::end() {
    setHeard(false);
    for (Complaint& complaint : complaints_) complaint.places.clear();
    site_.listener.onCameraSilent(site_.camera.name);
}

void Testimony::setHeard(bool is_heard) {
    if (is_heard == is_heard_) return;
    is_heard_ = is_heard;
    if (site_.camera.detect.camera_word != event::CameraWord::Ignored)
        base::logInfo(site_.component(), is_heard ? "the camera tells what it detects"
                                                  : "the camera does not tell any more what it detects");
    site_.listener.onCameraHeard(site_.camera.name, is_heard);
}

bool Testimony::takeComplaint(const ipc::CameraDetected& detected) {
    for (Complaint& complaint : complaints_) {
        if (detected.label != complaint.label) continue;
        const auto now = site_.clock.now();
        auto& places = complaint.places;
        std::erase_if(places, [&](const auto& one) { return one.second && now >= *one.second; });
        std::optional<Monotonic::time_point> until;
        if (!detected.has_end) until = now + kComplaintShown;
        if (!detected.is_on)
            places.erase(detected.place);
        else if (places.size() < kMaxPlaces || places.contains(detected.place))
            places[detected.place] = until;
        return true;
    }
    return false;
}

std::optional<Finding> Testimony::problem(Monotonic::time_point now) const {
    for (const Complaint& complaint : complaints_)
        for (const auto& [place, until] : complaint.places) {
            if (until && now >= *until) continue;
            return Finding{complaint.kind, complaint.words + (place.empty() ? "" : " (" + place + ")")};
        }
    return std::nullopt;
}

}  // namespace porchlight::camera
