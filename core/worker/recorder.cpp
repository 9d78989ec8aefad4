#include "worker/recorder.h"

#include <optional>
#include <utility>

#include "base/log.h"
#include "worker/stream/packet_queue.h"
#include "worker/stream/stream_probe.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxWaitingPictures = 3;  ///< 1.4 MB each at 720p
constexpr std::size_t kMaxWaitingJpegs = 8;

std::string whyNoHardware(const ipc::Setup& setup) {
    if (setup.confinement == Confinement::Decoding)
        return "workers of network cameras and files may open no devices";
    return setup.may_encode_in_hardware ? "" : "the hardware encoder hung";
}

}  // namespace

Recorder::Recorder(const ipc::Setup& setup, const base::Clock& clock, Outbox& outbox, Progress& progress)
    : setup_(setup),
      outbox_(outbox),
      progress_(progress),
      clock_(clock),
      fragmenter_(
          clock, [this](ipc::StreamStarted&& started) { outbox_.put(std::move(started)); },
          [this](ipc::FragmentReady&& fragment) { outbox_.putFragment(std::move(fragment)); }),
      choice_(whyNoHardware(setup)) {}

Recorder::~Recorder() {
    {
        const LockGuard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notifyAll();
}

void Recorder::announceWithoutInit(const StreamFormat& format) {
    ipc::StreamStarted started;
    started.epoch = static_cast<std::uint64_t>(clock_.wallNow().time_since_epoch().count());
    started.video = format.video;
    started.width_px = format.width_px;
    started.height_px = format.height_px;
    started.rate_hz = format.rate_hz;
    started.description = description();
    outbox_.put(std::move(started));
}

std::string Recorder::description() const {
    const LockGuard lock(mutex_);
    return description_ + encoded_by_;
}

void Recorder::opened(const SourceInfo& info) {
    given_description_ = info.description;
    begin(info.format);
}

void Recorder::formatChanged(const StreamFormat& format) {
    begin(format);
}

void Recorder::soundChanged(const StreamFormat& format) {
    if (!setup_.wants_fragments) return;
    sound_.change(format);
    announceSound();
}

void Recorder::begin(const StreamFormat& given) {
    if (setup_.wants_fragments) sound_.begin(given);
    StreamFormat format = given;
    copySound(sound_.recorded(), format);
    describe(format);
    if (!setup_.wants_fragments) return announceWithoutInit(given);
    did_tell_apart_ = false;
    encodes_ = format.video == Codec::None || (format.video == Codec::Mjpeg && !setup_.passes_mjpeg);
    const LockGuard lock(fragmenter_mutex_);
    if (!encodes_) return fragmenter_.begin(format, description());
    finishFragments();  // what is encoded of the stream before is left out from now on, and its sound is, too
    if (!jpeg_) {
        jpeg_ = std::make_unique<JpegDecoder>();
        thread_ = base::Thread("encode", [this] { encodeLoop(); });
    }
}

/// What the encode thread must know of the stream, and that it is another.
void Recorder::describe(const StreamFormat& format) {
    const LockGuard lock(mutex_);
    description_ = given_description_ + sound_.told();
    encoded_by_.clear();
    source_format_ = format;
    waiting_.clear();
    waiting_bytes_ = 0;
    is_source_new_ = true;
    ++stream_;
}

/// Other sound than before, or none.
void Recorder::announceSound() {
    const LockGuard lock(fragmenter_mutex_);
    {
        const LockGuard format_lock(mutex_);
        description_ = given_description_ + sound_.told();
        copySound(sound_.recorded(), source_format_);
    }
    fragmenter_.setSound(sound_.recorded(), description());
}

void Recorder::addSound(const Packet& packet) {
    if (sound_.learn(packet)) announceSound();
    bool is_in_place = true;
    const bool is_whole = sound_.add(packet, [this, &is_in_place](const Packet& recorded) {
        const LockGuard lock(fragmenter_mutex_);
        if (!fragmenter_.add(recorded)) is_in_place = false;
    });
    if (sound_.takeEnd()) announceSound();
    if (!is_whole || !is_in_place) ++progress_.dropped_packets;
    if (!is_in_place && !std::exchange(did_tell_apart_, true))
        base::logWarning(
            "record",
            "sound is left out where it stands more than 2 s beside its pictures, or is more than fits");
}

/// Whatever is open. fragmenter_mutex_ is held.
void Recorder::finishFragments() noexcept {
    try {
        fragmenter_.finish();
    } catch (const std::exception& error) {
        base::logWarning("record", error.what());
    }
}

void Recorder::add(const Sample& sample) {
    if (!setup_.wants_fragments) return;
    const auto* packet = std::get_if<Packet>(&sample);
    if (packet && packet->track == Track::Audio) return addSound(*packet);
    if (!encodes_) {
        if (!packet) return;
        const LockGuard lock(fragmenter_mutex_);
        fragmenter_.add(*packet);
        return;
    }
    {
        const LockGuard lock(mutex_);
        const std::size_t most =
            std::holds_alternative<Picture>(sample) ? kMaxWaitingPictures : kMaxWaitingJpegs;
        const std::size_t bytes = bytesOf(sample);
        while (!waiting_.empty() &&
               (waiting_.size() >= most || waiting_bytes_ + bytes > setup_.queue_max_bytes)) {
            waiting_bytes_ -= bytesOf(waiting_.front());
            waiting_.pop_front();
            ++progress_.dropped_packets;
        }
        waiting_bytes_ += bytes;
        waiting_.push_back(sample);
    }
    changed_.notifyAll();
}

void Recorder::closed() {
    if (encodes_) {
        // What waits belongs to this stream's recording: it takes milliseconds.
        UniqueLock lock(mutex_);
        is_finishing_ = true;
        changed_.notifyAll();
        changed_.waitFor(lock, milliseconds(500), [this]() PORCHLIGHT_REQUIRES(mutex_) {
            return waiting_.empty() && !is_busy_ && !is_finishing_;
        });
        is_finishing_ = false;
        waiting_.clear();
        waiting_bytes_ = 0;
        ++stream_;
    }
    const LockGuard lock(fragmenter_mutex_);
    finishFragments();
}

void Recorder::requestKeyframe() {
    wants_key_ = true;
    const LockGuard lock(fragmenter_mutex_);
    fragmenter_.cutSoon();
}

void Recorder::setWatched(bool is_watched) {
    const LockGuard lock(fragmenter_mutex_);
    if (is_watched)
        fragmenter_.sendParts([this](ipc::LivePart&& part) { outbox_.putPart(std::move(part)); });
    else
        fragmenter_.sendParts({});
}

std::size_t Recorder::queueBytes() const {
    const LockGuard lock(mutex_);
    return waiting_bytes_;
}

void Recorder::encodeLoop() {
    for (;;) {
        std::optional<Sample> sample;
        {
            UniqueLock lock(mutex_);
            is_busy_ = false;
            changed_.notifyAll();
            changed_.wait(lock, [this]() PORCHLIGHT_REQUIRES(mutex_) {
                return is_stopping_ || is_finishing_ || !waiting_.empty();
            });
            if (is_stopping_) return;
            is_busy_ = true;
            if (!waiting_.empty()) {
                sample = std::move(waiting_.front());
                waiting_.pop_front();
                waiting_bytes_ -= bytesOf(*sample);
                if (is_source_new_) encoder_.reset();
                is_source_new_ = false;
                encoded_stream_ = stream_;
            } else {
                is_finishing_ = false;
            }
        }
        const UnderWay mark(progress_.encode_since_us);
        if (!sample) {
            finishEncoder();
            continue;
        }
        try {
            encodeOne(*sample);
        } catch (const Error& error) {
            ++progress_.bad_packets;
            if (error.kind() == ErrorKind::BadData) continue;
            outbox_.put(ipc::Fault{"capture_failure", error.kind(), error.what()});
        }
    }
}

void Recorder::encodeOne(const Sample& sample) {
    const auto* packet = std::get_if<Packet>(&sample);
    if (!packet) return encodePicture(std::get<Picture>(sample), false);
    Picture picture = jpeg_->decodePicture(packet->data);
    picture.pts_us = packet->pts_us;
    picture.arrived_at = packet->arrived_at;
    encodePicture(picture, true);
}

void Recorder::makeEncoder(const Picture& picture, bool is_full_range) {
    finishEncoder();
    encoder_.reset();  // before the next one: hardware has few instances
    double rate_hz = 0;
    {
        const LockGuard lock(mutex_);
        rate_hz = source_format_.rate_hz;
    }
    // A trial of the hardware takes seconds, in which the stream may have ended.
    auto encoder =
        choice_.make({picture.width_px, picture.height_px, rate_hz, setup_.encode_kbit_s, is_full_range});
    const LockGuard lock(fragmenter_mutex_);
    if (isOver(encoded_stream_)) return;
    StreamFormat format = encoder->format();
    {
        const LockGuard format_lock(mutex_);
        copySound(source_format_, format);
        encoded_by_ = "; encoded by " + choice_.told();
    }
    fragmenter_.begin(format, description());
    encoder_ = std::move(encoder);
}

bool Recorder::isOver(std::uint64_t stream) const {
    const LockGuard lock(mutex_);
    return stream != stream_;
}

void Recorder::encodePicture(const Picture& picture, bool is_full_range) {
    const auto sink = [this](Packet&& encoded) {
        const LockGuard lock(fragmenter_mutex_);
        if (!isOver(encoded_stream_)) fragmenter_.add(encoded);
    };
    if (!encoder_ || !encoder_->fits(picture)) makeEncoder(picture, is_full_range);
    if (!encoder_) return;
    try {
        encoder_->encode(picture, wants_key_.exchange(false), sink);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Unavailable) throw;
        choice_.giveUp(error.what());
        makeEncoder(picture, is_full_range);
        if (encoder_) encoder_->encode(picture, true, sink);
    }
}

void Recorder::finishEncoder() noexcept {
    if (!encoder_) return;
    encoder_->finish([this](Packet&& encoded) {
        const LockGuard lock(fragmenter_mutex_);
        if (!isOver(encoded_stream_)) fragmenter_.add(encoded);
    });
}

}  // namespace porchlight::worker
