// The analysis of MJPEG: decoded as far as needed, passed to people as it is.
#include "worker/analyse/analysis.h"

namespace porchlight::worker {

void Analysis::takeJpeg(const Packet& packet) {
    const bool is_detection_due = was_detecting_ && detection_->isDue(packet.pts_us);
    const bool is_judgement_due = !was_detecting_ && isJudgementDue();
    if (is_detection_due || is_judgement_due || watch_.isSuspect()) {
        watch_.feed(Monotonic::now());
        LumaPicture luma = jpeg_decoder_.decodeLuma(
            packet.data, is_detection_due ? detection_->preferredWidthPx() : kJudgedWidthPx);
        luma.pts_us = packet.pts_us;
        ++progress_.pictures_decoded;
        if (jpeg_decoder_.wasTruncated())
            ++progress_.bad_packets;
        else
            watch_.succeed();
        if (is_detection_due)
            detectIn(luma, packet.arrived_at,
                     [this, &packet] { return jpeg_decoder_.decodePicture(packet.data); });
        else
            judge(luma);
    }
    const bool is_live_due = isLiveDue(clock_.now());
    if (is_live_due || hasStills()) showJpeg(packet, is_live_due);
}

void Analysis::showJpeg(const Packet& packet, bool is_live_due) {
    int live_width = 0;
    {
        const LockGuard lock(wishes_mutex_);
        live_width = live_.max_width_px;
    }
    const int width = jpegSize(packet.data).width_px;
    const base::Bytes bytes(packet.data.begin(), packet.data.end());
    const bool passes_live = live_width == 0 || width <= live_width;
    if (is_live_due && passes_live) outbox_.putLive(ipc::LivePicture{wallUs(packet.arrived_at), bytes});
    std::deque<ipc::StillRequest> rest;
    for (const auto& [request, asked_at] : takeStills()) {
        if (request.max_width_px == 0 || width <= request.max_width_px)
            outbox_.put(ipc::Still{request.id, wallUs(takenAt(packet)), {}, bytes});
        else
            rest.push_back(request);
    }
    if (rest.empty() && (!is_live_due || passes_live)) return;
    Picture picture = jpeg_decoder_.decodePicture(packet.data);
    picture.arrived_at = packet.arrived_at;
    picture.captured_at = packet.captured_at;
    ++progress_.pictures_decoded;
    for (const auto& request : rest) answerStill(request, picture);
    if (is_live_due && !passes_live) showPicture(picture, true);
}

}  // namespace porchlight::worker
