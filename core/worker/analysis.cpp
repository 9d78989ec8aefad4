#include "worker/analysis.h"

#include <algorithm>

#include "base/log.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxStills = 16;
constexpr milliseconds kCleanWait{1'500};  ///< for a keyframe, before a still is taken from cheaply decoded pictures

}  // namespace

Analysis::Analysis(std::string name, std::unique_ptr<DetectionStage> detection, std::size_t queue_max_bytes,
                   const base::Clock& clock, Outbox& outbox, Progress& progress, bool judges_distinct)
    : detection_(std::move(detection)), clock_(clock), outbox_(outbox), progress_(progress), judges_distinct_(judges_distinct),
      queue_(queue_max_bytes), thread_(std::move(name), [this] { run(); }) {}

Analysis::~Analysis() { queue_.close(); }

void Analysis::push(const Sample& sample) { progress_.dropped_packets += queue_.push(sample); }

void Analysis::setLive(const ipc::Live& live) {
    const std::lock_guard lock(wishes_mutex_);
    live_ = live;
}

void Analysis::requestStill(const ipc::StillRequest& request) {
    {
        const std::lock_guard lock(wishes_mutex_);
        if (stills_.size() < kMaxStills) {
            stills_.push_back(Wish{request, Monotonic::now()});
            return;
        }
    }
    outbox_.put(ipc::Still{request.id, 0, "too many stills are waiting", {}});
}

void Analysis::refuseStills(const std::string& reason, Monotonic::duration age) {
    const std::lock_guard lock(wishes_mutex_);
    const auto latest = Monotonic::now() - age;
    for (; !stills_.empty() && stills_.front().asked_at <= latest; stills_.pop_front())
        outbox_.put(ipc::Still{stills_.front().request.id, 0, reason, {}});
}

std::deque<Analysis::Wish> Analysis::takeStills() {
    const std::lock_guard lock(wishes_mutex_);
    return std::exchange(stills_, {});
}

bool Analysis::hasStills() {
    const std::lock_guard lock(wishes_mutex_);
    return !stills_.empty();
}

std::int64_t Analysis::wallUs(Monotonic::time_point arrived_at) const {
    const auto age = std::max(Monotonic::duration::zero(), clock_.now() - arrived_at);
    return clock_.wallNow().time_since_epoch().count() - std::chrono::duration_cast<microseconds>(age).count();
}

void Analysis::markDistinct(std::uint64_t hash) {
    if (!judges_distinct_ || hash == last_hash_) return;
    last_hash_ = hash;
    progress_.last_distinct_us = monotonicUs(Monotonic::now());
}

bool Analysis::isLiveDue(Monotonic::time_point now) {
    const std::lock_guard lock(wishes_mutex_);
    if (!live_.is_wanted) return false;
    // A quarter of a frame early is on time: cameras jitter.
    const auto interval = microseconds(1'000'000 / std::max<int>(live_.max_rate_hz, 1));
    if (now < live_due_ - interval / 4) return false;
    live_due_ = std::max(live_due_ + interval, now + interval / 2);
    return true;
}

void Analysis::run() {
    while (!queue_.isClosed()) {
        std::optional<PacketQueue::Item> item = queue_.pop(Deadline::in(seconds(1)));
        if (!item) continue;
        try {
            if (item->format) takeFormat(*item->format);
            else take(item->sample);
        } catch (const Error& error) {
            ++progress_.bad_packets;
            if (error.kind() != ErrorKind::BadData) base::logError("analysis", error.what());
        }
    }
}

void Analysis::takeFormat(const StreamFormat& format) {
    format_ = format;
    decoder_.reset();
    was_decoding_ = false;
    if (detection_) detection_->reset();
}

void Analysis::take(const Sample& sample) {
    const bool is_detecting = detection_ && is_detecting_;
    if (is_detecting && !was_detecting_) detection_->reset();
    was_detecting_ = is_detecting;
    if (const auto* picture = std::get_if<Picture>(&sample)) takePicture(*picture);
    else if (const auto& packet = std::get<Packet>(sample); format_.video == Codec::Mjpeg) takeJpeg(packet);
    else takePacket(packet);
}

void Analysis::takePacket(const Packet& packet) {
    bool has_viewer = false;
    {
        const std::lock_guard lock(wishes_mutex_);
        has_viewer = live_.is_wanted || !stills_.empty();
    }
    if (!was_detecting_ && !has_viewer) {
        was_decoding_ = false;
        decoder_.reset();  // its reference pictures are megabytes
        markDistinct(hashOf(packet.data));
        return;
    }
    if (!was_decoding_) {
        if (!packet.is_key) return;
        decoder_ = std::make_unique<Decoder>(format_);
        decoder_bad_ = 0;
        was_decoding_ = true;
        was_cheap_ = false;
    }
    // A still is wanted clean: references decoded without the loop filter are used up at the next keyframe.
    const bool is_cheap = !has_viewer;
    if (!is_cheap && was_cheap_) {
        needs_clean_key_ = true;
        clean_due_ = Monotonic::now() + kCleanWait;
    }
    if (packet.is_key) needs_clean_key_ = false;
    was_cheap_ = is_cheap;
    decoder_->setCheap(is_cheap);
    decoder_->decode(packet, [this](Picture&& picture) {
        ++progress_.pictures_decoded;
        takePicture(picture);
    });
    progress_.bad_packets += decoder_->badPackets() - decoder_bad_;
    decoder_bad_ = decoder_->badPackets();
}

void Analysis::takePicture(const Picture& picture) {
    const bool is_detection_due = was_detecting_ && detection_->isDue(picture.pts_us);
    const Picture& judged = picture.low ? *picture.low : picture;
    if (is_detection_due) {
        LumaPicture luma = scaler_.scale(judged, LumaScaler::divisorFor(judged.width_px, detection_->preferredWidthPx()));
        detectIn(luma, picture.arrived_at, [&picture] { return picture; });
    } else if (!was_detecting_) {
        LumaPicture luma;
        luma.data = judged.planes[0];
        luma.stride_bytes = judged.strides_bytes[0];
        luma.width_px = judged.width_px;
        luma.height_px = judged.height_px;
        markDistinct(hashOf(luma));
    }
    showPicture(picture, isLiveDue(clock_.now()));
}

void Analysis::takeJpeg(const Packet& packet) {
    if (was_detecting_ && detection_->isDue(packet.pts_us)) {
        const int wanted = detection_->preferredWidthPx();
        LumaPicture luma = jpeg_decoder_.decodeLuma(packet.data, wanted);
        luma.pts_us = packet.pts_us;
        ++progress_.pictures_decoded;
        detectIn(luma, packet.arrived_at, [this, &packet] { return jpeg_decoder_.decodePicture(packet.data); });
    } else if (!was_detecting_) {
        markDistinct(hashOf(packet.data));
    }
    const bool is_live_due = isLiveDue(clock_.now());
    if (!is_live_due && !hasStills()) return;
    int live_width = 0;
    {
        const std::lock_guard lock(wishes_mutex_);
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
        else rest.push_back(request);
    }
    if (rest.empty() && (!is_live_due || passes_live)) return;
    Picture picture = jpeg_decoder_.decodePicture(packet.data);
    picture.arrived_at = packet.arrived_at;
    picture.captured_at = packet.captured_at;
    ++progress_.pictures_decoded;
    for (const auto& request : rest) answerStill(request, picture);
    if (is_live_due && !passes_live) showPicture(picture, true);
}

void Analysis::detectIn(const LumaPicture& luma, Monotonic::time_point arrived_at,
                        const DetectionStage::MakePicture& make_picture) {
    markDistinct(hashOf(luma));
    detection_->analyse(luma, arrived_at, make_picture);
}

void Analysis::showPicture(const Picture& picture, bool is_live_due) {
    if (is_live_due) {
        ipc::Live live;
        {
            const std::lock_guard lock(wishes_mutex_);
            live = live_;
        }
        outbox_.putLive({wallUs(picture.arrived_at), jpeg_encoder_.encode(picture, live.max_width_px, live.quality)});
    }
    if (needs_clean_key_ && format_.video != Codec::None && Monotonic::now() < clean_due_) return;
    for (const auto& [request, asked_at] : takeStills()) answerStill(request, picture);
}

void Analysis::answerStill(const ipc::StillRequest& request, const Picture& picture) {
    ipc::Still still;
    still.id = request.id;
    still.at_us = wallUs(takenAt(picture));
    try {
        still.jpeg = jpeg_encoder_.encode(picture, request.max_width_px, request.quality);
    } catch (const Error& error) {
        still.error = error.what();
    }
    outbox_.put(std::move(still));
}

}  // namespace porchlight::worker
