#include "worker/analyse/analysis.h"

#include <utility>

#include "base/log.h"

namespace porchlight::worker {

Analysis::Analysis(std::string name, std::shared_ptr<DetectionStage> detection, std::size_t queue_max_bytes,
                   microseconds frame_timeout, const base::Clock& clock, Outbox& outbox, Progress& progress,
                   Notify notify)
    : progress_(progress),
      notify_(std::move(notify)),
      queue_(queue_max_bytes),
      detecting_(std::move(detection)),
      judging_(progress),
      viewers_(clock, outbox),
      watch_(frame_timeout),
      coded_(watch_, progress),
      thread_(std::move(name), [this] { run(); }) {}

Analysis::~Analysis() {
    queue_.close();
}

void Analysis::begin(const StreamFormat& format) {
    gate_.restart();
    queue_.pushFormat(format);
}

void Analysis::push(const Sample& sample) {
    const auto* packet = std::get_if<Packet>(&sample);
    if (packet && !gate_.admit(*packet, detecting_.isWanted() || viewers_.isAnyone(), Monotonic::now()))
        return;
    progress_.dropped_packets += queue_.push(sample);
}

std::optional<std::string> Analysis::takeFailure() {
    const LockGuard lock(failure_mutex_);
    return std::exchange(failure_, std::nullopt);
}

void Analysis::run() {
    while (!queue_.isClosed()) {
        const std::optional<PacketQueue::Item> item = queue_.pop(Deadline::in(seconds(1)));
        if (!item) continue;
        takeItem(*item);
        tellFailure();
    }
}

void Analysis::tellFailure() {
    auto why = watch_.failure(Monotonic::now());
    if (!why) return;
    watch_.begin();
    {
        const LockGuard lock(failure_mutex_);
        failure_ = std::move(why);
    }
    notify_();
}

void Analysis::takeItem(const PacketQueue::Item& item) {
    try {
        if (item.format)
            takeFormat(*item.format);
        else
            take(item.sample);
    } catch (const Error& error) {
        ++progress_.bad_packets;
        if (error.kind() != ErrorKind::BadData) base::logError("analysis", error.what());
    }
}

void Analysis::takeFormat(const StreamFormat& format) {
    format_ = format;
    coded_.begin(format);
    gate_.restart();  // again: a look at the stream before may have ended since begin()
    rest(false);
    watch_.begin();
    judging_.restart();
    detecting_.restart();
}

void Analysis::rest(bool is_resting) {
    gate_.rest(is_resting);
    if (judging_.isOn()) progress_.is_judged_rarely = is_resting;
}

void Analysis::take(const Sample& sample) {
    detecting_.follow();
    if (const auto* picture = std::get_if<Picture>(&sample))
        takePicture(*picture);
    else if (const auto& packet = std::get<Packet>(sample); format_.video == Codec::Mjpeg)
        takeJpeg(packet);
    else
        takePacket(packet);
}

void Analysis::takePacket(const Packet& packet) {
    const bool has_viewer = viewers_.isAnyone();
    const bool is_needed = has_viewer || detecting_.isOn();
    if (!is_needed && !watch_.isSuspect()) return takeSample(packet);
    rest(false);
    using Need = CodedStream::Need;
    coded_.decode(packet,
                  has_viewer  ? Need::People
                  : is_needed ? Need::Detector
                              : Need::Proof,
                  [this](Picture&& picture) { takePicture(picture); });
}

/// Nobody needs pictures: now and then a keyframe is looked at.
void Analysis::takeSample(const Packet& packet) {
    const auto now = Monotonic::now();
    const bool is_due = gate_.isDue(now);
    if (!is_due || !packet.is_key) {
        coded_.stop();
        if (is_due) return watch_.missKey(now);
        watch_.begin();  // nobody waits for a keyframe any more
        return rest(true);
    }
    rest(false);
    coded_.decode(packet, CodedStream::Need::Look, [this](Picture&& picture) { takePicture(picture); });
    if (watch_.isSuspect()) return;  // what follows has to prove it
    coded_.stop();
    gate_.look(Monotonic::now(), judging_.isDoubtful());
    rest(true);
}

void Analysis::takeJpeg(const Packet& packet) {
    const bool is_for_detector = detecting_.isDue(packet.pts_us);
    const bool is_for_judge = !detecting_.isOn() && judging_.takeTurn(Monotonic::now());
    if (is_for_detector || is_for_judge || watch_.isSuspect()) lookAtJpeg(packet, is_for_detector);
    viewers_.showJpeg(packet, [this, &packet] {
        ++progress_.pictures_decoded;
        return jpeg_decoder_.decodePicture(packet.data);
    });
}

void Analysis::lookAtJpeg(const Packet& packet, bool is_for_detector) {
    watch_.feed(Monotonic::now());
    LumaPicture luma = jpeg_decoder_.decodeLuma(
        packet.data, is_for_detector ? detecting_.preferredWidthPx() : kJudgedWidthPx);
    luma.pts_us = packet.pts_us;
    ++progress_.pictures_decoded;
    if (jpeg_decoder_.wasTruncated())
        ++progress_.bad_packets;
    else
        watch_.succeed();
    if (!is_for_detector) return judging_.judge(luma, isCoded());
    detect(luma, packet.arrived_at, [this, &packet] { return jpeg_decoder_.decodePicture(packet.data); });
}

void Analysis::takePicture(const Picture& picture) {
    const Picture& small = picture.low ? *picture.low : picture;
    if (detecting_.isDue(picture.pts_us)) {
        const LumaPicture luma =
            scaler_.scale(small, LumaScaler::divisorFor(small.width_px, detecting_.preferredWidthPx()));
        detect(luma, picture.arrived_at, [&picture] { return picture; });
    } else if (!detecting_.isOn() && judging_.takeTurn(Monotonic::now())) {
        judging_.judge(scaler_.scale(small, LumaScaler::divisorFor(small.width_px, kJudgedWidthPx)),
                       isCoded());
    }
    viewers_.show(picture, coded_.isClean(Monotonic::now()));
}

void Analysis::detect(const LumaPicture& luma, Monotonic::time_point arrived_at,
                      const DetectionStage::MakePicture& make_picture) {
    if (judging_.takeTurn(Monotonic::now())) judging_.judge(luma, isCoded());
    detecting_.detect(luma, arrived_at, make_picture);
}

}  // namespace porchlight::worker
