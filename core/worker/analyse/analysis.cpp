#include "worker/analyse/analysis.h"

#include <algorithm>

#include "base/log.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxStills = 16;
constexpr milliseconds kCleanWait{
    1'500};  ///< for a keyframe, before a still is taken from cheaply decoded pictures
constexpr seconds kJudgeEvery{1};

}  // namespace

Analysis::Analysis(std::string name, std::shared_ptr<DetectionStage> detection, std::size_t queue_max_bytes,
                   microseconds frame_timeout, const base::Clock& clock, Outbox& outbox, Progress& progress,
                   Notify notify)
    : detection_(std::move(detection)),
      clock_(clock),
      outbox_(outbox),
      progress_(progress),
      notify_(std::move(notify)),
      queue_(queue_max_bytes),
      watch_(frame_timeout),
      judge_(progress),
      thread_(std::move(name), [this] { run(); }) {}

Analysis::~Analysis() {
    queue_.close();
}

void Analysis::begin(const StreamFormat& format) {
    {
        const LockGuard lock(rest_mutex_);
        schedule_.restart();
        is_resting_ = false;
    }
    queue_.pushFormat(format);
}

void Analysis::push(const Sample& sample) {
    if (!isLeftOut(sample)) progress_.dropped_packets += queue_.push(sample);
}

/// Packets nobody would decode are not worth waking the analysis for.
bool Analysis::isLeftOut(const Sample& sample) {
    const auto* packet = std::get_if<Packet>(&sample);
    if (!packet) return false;
    const bool is_needed = (detection_ && is_detecting_) || hasViewer();
    const LockGuard lock(rest_mutex_);
    schedule_.pass(*packet);
    return is_resting_ && !is_needed && !schedule_.isDue(Monotonic::now());
}

void Analysis::noteRest(bool is_resting) {
    is_resting_ = is_resting;
    if (is_judging_) progress_.is_judged_rarely = is_resting;
}

bool Analysis::isSampleDue() {
    const LockGuard lock(rest_mutex_);
    return schedule_.isDue(Monotonic::now());
}

void Analysis::rest(bool is_resting) {
    const LockGuard lock(rest_mutex_);
    noteRest(is_resting);
}

void Analysis::setLive(const ipc::Live& live) {
    const LockGuard lock(wishes_mutex_);
    live_ = live;
}

void Analysis::requestStill(const ipc::StillRequest& request) {
    {
        const LockGuard lock(wishes_mutex_);
        if (stills_.size() < kMaxStills) {
            stills_.push_back(Wish{request, Monotonic::now()});
            return;
        }
    }
    outbox_.put(ipc::Still{request.id, 0, "too many stills are waiting", {}});
}

void Analysis::refuseStills(const std::string& reason, Monotonic::duration age) {
    const LockGuard lock(wishes_mutex_);
    const auto latest = Monotonic::now() - age;
    for (; !stills_.empty() && stills_.front().asked_at <= latest; stills_.pop_front())
        outbox_.put(ipc::Still{stills_.front().request.id, 0, reason, {}});
}

std::optional<std::string> Analysis::takeFailure() {
    const LockGuard lock(wishes_mutex_);
    return std::exchange(failure_, std::nullopt);
}

std::deque<Analysis::Wish> Analysis::takeStills() {
    const LockGuard lock(wishes_mutex_);
    return std::exchange(stills_, {});
}

bool Analysis::hasStills() {
    const LockGuard lock(wishes_mutex_);
    return !stills_.empty();
}

std::int64_t Analysis::wallUs(Monotonic::time_point arrived_at) const {
    const auto age = std::max(Monotonic::duration::zero(), clock_.now() - arrived_at);
    return clock_.wallNow().time_since_epoch().count() -
           std::chrono::duration_cast<microseconds>(age).count();
}

bool Analysis::hasViewer() {
    const LockGuard lock(wishes_mutex_);
    return live_.is_wanted || !stills_.empty();
}

bool Analysis::isLiveDue(Monotonic::time_point now) {
    const LockGuard lock(wishes_mutex_);
    if (!live_.is_wanted) return false;
    // A quarter of a frame early is on time: cameras jitter.
    const auto interval = microseconds(1'000'000 / std::max<int>(live_.max_rate_hz, 1));
    if (now < live_due_ - interval / 4) return false;
    live_due_ = std::max(live_due_ + interval, now + interval / 2);
    return true;
}

void Analysis::run() {
    while (!queue_.isClosed()) {
        const std::optional<PacketQueue::Item> item = queue_.pop(Deadline::in(seconds(1)));
        if (!item) continue;
        takeItem(*item);
        if (auto why = watch_.failure(Monotonic::now())) {
            watch_.begin();
            {
                const LockGuard lock(wishes_mutex_);
                failure_ = std::move(why);
            }
            notify_();
        }
    }
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
    decoder_.reset();
    was_decoding_ = false;
    {
        // Again: a look at the stream before may have ended since begin().
        const LockGuard lock(rest_mutex_);
        schedule_.restart();
        noteRest(false);
    }
    watch_.begin();
    judge_.reset();
    if (detection_ && is_detecting_) detection_->reset();
}

void Analysis::take(const Sample& sample) {
    const bool is_detecting = detection_ && is_detecting_;
    if (is_detecting && !was_detecting_) detection_->reset();
    was_detecting_ = is_detecting;
    if (const auto* picture = std::get_if<Picture>(&sample))
        takePicture(*picture);
    else if (const auto& packet = std::get<Packet>(sample); format_.video == Codec::Mjpeg)
        takeJpeg(packet);
    else
        takePacket(packet);
}

void Analysis::takePacket(const Packet& packet) {
    const auto now = Monotonic::now();
    const bool has_viewer = hasViewer();
    const bool is_sample = !was_detecting_ && !has_viewer && !watch_.isSuspect();
    const bool is_due = is_sample && isSampleDue();
    if (is_sample && (!is_due || !packet.is_key)) {
        was_decoding_ = false;
        decoder_.reset();  // its reference pictures are megabytes
        if (is_due) return watch_.missKey(now);
        watch_.begin();  // nobody waits for a keyframe any more
        rest(true);
        return;
    }
    rest(false);
    if (!was_decoding_ && !startDecoder(packet)) return;
    const bool is_unneeded = !was_detecting_ && !has_viewer;
    if (is_unneeded && decoder_->needsKey() && !packet.is_key)
        return watch_.missKey(now);  // after a damaged look
    // A still is wanted clean: references decoded without the loop filter are used up at the next keyframe.
    const bool is_cheap = !has_viewer;
    if (!is_cheap && was_cheap_) {
        needs_clean_key_ = true;
        clean_due_ = now + kCleanWait;
    }
    if (packet.is_key) needs_clean_key_ = false;
    was_cheap_ = is_cheap;
    decoder_->setCheap(is_cheap);
    decode(packet, is_sample);
}

/// False while nothing can be decoded yet.
bool Analysis::startDecoder(const Packet& packet) {
    const auto now = Monotonic::now();
    // Parameter sets that no decoder takes count as undecodable, too, and so does what follows them.
    if (packet.is_key || watch_.isSuspect())
        watch_.feed(now);
    else
        watch_.missKey(now);
    if (!packet.is_key) return false;
    decoder_ = std::make_unique<Decoder>(format_);
    decoder_bad_ = 0;
    was_decoding_ = true;
    was_cheap_ = false;
    return true;
}

void Analysis::decode(const Packet& packet, bool is_sample) {
    watch_.feed(Monotonic::now());
    const Decoder::Sink sink = [this](Picture&& picture) {
        ++progress_.pictures_decoded;
        if (decoder_->badPackets() == decoder_bad_) watch_.succeed();
        progress_.bad_packets += decoder_->badPackets() - decoder_bad_;
        decoder_bad_ = decoder_->badPackets();
        takePicture(picture);
    };
    decoder_->decode(packet, sink);
    if (is_sample) decoder_->drain(sink);
    progress_.bad_packets += decoder_->badPackets() - decoder_bad_;
    decoder_bad_ = decoder_->badPackets();
    if (!is_sample || watch_.isSuspect()) return;
    was_decoding_ = false;
    decoder_.reset();
    const LockGuard lock(rest_mutex_);
    schedule_.look(Monotonic::now(), is_doubtful_);
    noteRest(true);
}

bool Analysis::isJudgementDue() {
    const auto now = Monotonic::now();
    if (!is_judging_ || now < judge_due_) return false;
    judge_due_ = now + kJudgeEvery;
    return true;
}

void Analysis::judge(const Picture& picture) {
    judge(scaler_.scale(picture, LumaScaler::divisorFor(picture.width_px, kJudgedWidthPx)));
}

void Analysis::judge(const LumaPicture& luma) {
    const bool is_coded = format_.video == Codec::H264 || format_.video == Codec::H265;
    is_doubtful_ = is_judging_ && !judge_.judge(luma, is_coded);
}

void Analysis::takePicture(const Picture& picture) {
    const Picture& judged = picture.low ? *picture.low : picture;
    if (was_detecting_ && detection_->isDue(picture.pts_us)) {
        const LumaPicture luma =
            scaler_.scale(judged, LumaScaler::divisorFor(judged.width_px, detection_->preferredWidthPx()));
        detectIn(luma, picture.arrived_at, [&picture] { return picture; });
    } else if (!was_detecting_ && isJudgementDue()) {
        judge(judged);
    }
    showPicture(picture, isLiveDue(clock_.now()));
}

void Analysis::detectIn(const LumaPicture& luma, Monotonic::time_point arrived_at,
                        const DetectionStage::MakePicture& make_picture) {
    if (isJudgementDue()) judge(luma);
    if (luma.width_px != detected_width_px_ || luma.height_px != detected_height_px_) detection_->reset();
    detected_width_px_ = luma.width_px;
    detected_height_px_ = luma.height_px;
    detection_->analyse(luma, arrived_at, make_picture);
}

void Analysis::showPicture(const Picture& picture, bool is_live_due) {
    if (is_live_due) {
        ipc::Live live;
        {
            const LockGuard lock(wishes_mutex_);
            live = live_;
        }
        outbox_.putLive(
            {wallUs(picture.arrived_at), jpeg_encoder_.encode(picture, live.max_width_px, live.quality)});
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
