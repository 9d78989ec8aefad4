#include "worker/stream/fragmenter.h"

#include <algorithm>

#include "worker/stream/live_part.h"
#include "worker/stream/packet_check.h"
#include "worker/stream/stream_probe.h"

namespace porchlight::worker {
namespace {

constexpr microseconds kMaxLate{10'000'000};  // a packet behind its arrival
constexpr std::int64_t kMaxFragmentUs = 900'000;
constexpr std::int64_t kMaxAudioApartUs = 2'000'000;
constexpr std::size_t kMaxOpenPackets = 600;
constexpr std::size_t kMaxFragmentBytes = 4U << 20U;  ///< a message holds 8 MiB

}  // namespace

Fragmenter::Fragmenter(const base::Clock& clock, StreamSink on_stream, FragmentSink on_fragment)
    : clock_(clock), on_stream_(std::move(on_stream)), on_fragment_(std::move(on_fragment)) {}

void Fragmenter::begin(const StreamFormat& format, std::string description) {
    finish();
    format_ = format;
    parameter_sets_.clear();
    description_ = std::move(description);
}

void Fragmenter::setSound(const StreamFormat& format, std::string description) {
    if (muxer_ && !hasSameSound(format, format_)) wants_epoch_ = is_sound_of_next_ = true;
    copySound(format, format_);
    description_ = std::move(description);
}

void Fragmenter::finish() {
    if (muxer_ && !video_.empty()) cut(timeline_.lastDtsUs() + timeline_.nominalUs());
    abandon();
}

void Fragmenter::abandon() noexcept {
    video_.clear();
    audio_.clear();
    open_bytes_ = 0;
    muxer_.reset();
    wants_epoch_ = false;
}

bool Fragmenter::add(const Packet& packet) {
    if (packet.data.empty()) return true;
    try {
        if (packet.track == Track::Audio) return addAudio(packet);
        addVideo(packet);
        return true;
    } catch (const Error&) {
        abandon();
        throw;
    }
}

void Fragmenter::addVideo(const Packet& packet) {
    if (!muxer_) {
        if (!packet.is_key) return;
        startEpoch(packet);
    }
    if (packet.is_key) noteParameterSets(packet);
    Timeline::Place place = timeline_.place(packet);
    if (place.did_jump || (place.did_pause && format_.audio != Codec::None)) wants_epoch_ = true;
    const bool is_new_epoch = wants_epoch_ && packet.is_key;
    if (!video_.empty() && (mustCutBefore(packet, place.dts_us) || is_new_epoch)) {
        const bool ends_before = place.did_pause && is_new_epoch;  // the pause is in neither
        cut(ends_before ? video_.back().dts_us + timeline_.usualUs() : place.dts_us);
    }
    if (is_new_epoch) {
        startEpoch(packet);
        place = timeline_.place(packet);
    }
    observeArrival(packet, place.dts_us);
    video_.push_back(PlacedPacket{packet, place.dts_us, place.pts_us});
    open_bytes_ += packet.data.size();
    if (on_part_) sendPart(video_.back());
}

void Fragmenter::sendParts(PartSink on_part) {
    const bool was_watched = on_part_ != nullptr;
    on_part_ = std::move(on_part);
    if (!on_part_ || was_watched) return;
    for (const PlacedPacket& placed : video_) sendPart(placed);
}

/// How long a picture lasts is not known before the next: twice the usual span, so that a browser finds no
/// hole behind one that comes late.
void Fragmenter::sendPart(const PlacedPacket& placed) {
    if (format_.video != Codec::H264 && format_.video != Codec::H265) return;
    ipc::LivePart part;
    part.epoch = epoch_;
    part.at_us = wallOf(placed.packet).time_since_epoch().count();
    part.start_us = placed.dts_us;
    part.lasts_us = 2 * timeline_.usualUs();
    part.is_key = placed.packet.is_key;
    part.bytes = makeLivePart(format_, placed, part.lasts_us);
    on_part_(std::move(part));
}

/// When the packet arrived, on the wall.
WallTime Fragmenter::wallOf(const Packet& packet) const {
    const auto late = std::chrono::duration_cast<microseconds>(clock_.now() - packet.arrived_at);
    return clock_.wallNow() - std::clamp<microseconds>(late, microseconds{0}, kMaxLate);
}

void Fragmenter::observeArrival(const Packet& packet, std::int64_t dts_us) {
    const auto now = clock_.now();
    const WallTime wall = clock_.wallNow();
    if (!clock_watch_) clock_watch_.emplace().begin(wall, now);
    if (const microseconds step = clock_watch_->stepAt(wall, now); step.count() != 0)
        anchor_.step(step.count());
    clock_watch_->begin(wall, now);  // slewing adds up to no step
    const auto late = std::chrono::duration_cast<microseconds>(now - packet.arrived_at);
    anchor_.observe(
        dts_us,
        (wall - std::clamp<microseconds>(late, microseconds{0}, kMaxLate)).time_since_epoch().count());
}

bool Fragmenter::addAudio(const Packet& packet) {
    if (!muxer_ || format_.audio != Codec::Aac || is_sound_of_next_) return true;
    const std::int64_t dts = timeline_.placeOther(packet.dts_us);
    if (std::abs(dts - timeline_.lastDtsUs()) > kMaxAudioApartUs) return false;
    if (audio_.size() >= kMaxOpenPackets || open_bytes_ + packet.data.size() > kMaxFragmentBytes)
        return false;
    // Left out, not moved: what is moved moves all that follows away from its pictures.
    if (dts < 0 || dts <= last_audio_dts_us_) return true;
    last_audio_dts_us_ = dts;
    audio_.push_back(PlacedPacket{packet, dts, dts});
    open_bytes_ += packet.data.size();
    return true;
}

/// Extradata and size of an epoch come from its first keyframe; when later ones bring others, players need a
/// new epoch.
void Fragmenter::noteParameterSets(const Packet& key) {
    std::vector<std::uint8_t> sets = parameterSetsOf(format_, key);
    if (sets.empty() || sets == parameter_sets_) return;
    if (!parameter_sets_.empty()) wants_epoch_ = true;
    parameter_sets_ = std::move(sets);
}

void Fragmenter::startEpoch(const Packet& key) {
    abandon();
    // Damaged parameter sets make no muxer, and must not stay: the next keyframe brings others.
    StreamFormat completed = completedFormat(format_, key);
    if (completed.sample_rate_hz <= 0) completed.audio = Codec::None;
    muxer_ = std::make_unique<Mp4Muxer>(completed);
    format_ = std::move(completed);
    timeline_.restart(format_.rate_hz > 1 ? static_cast<std::int64_t>(1e6 / format_.rate_hz) : 66'667);
    anchor_.restart();
    last_audio_dts_us_ = -1;
    is_sound_of_next_ = false;
    sequence_ = 0;
    wants_cut_ = false;
    // Wall time makes epochs of one camera rise across restarts of its worker.
    epoch_ = std::max<std::uint64_t>(epoch_ + 1,
                                     static_cast<std::uint64_t>(clock_.wallNow().time_since_epoch().count()));
    ipc::StreamStarted started;
    started.epoch = epoch_;
    started.video = format_.video;
    started.width_px = format_.width_px;
    started.height_px = format_.height_px;
    started.rate_hz = format_.rate_hz;
    started.has_audio = format_.audio != Codec::None;
    started.description = description_;
    started.init = muxer_->init();
    on_stream_(std::move(started));
}

bool Fragmenter::mustCutBefore(const Packet& packet, std::int64_t dts_us) const noexcept {
    if (wants_cut_) return true;
    if (dts_us - video_.front().dts_us + timeline_.nominalUs() > kMaxFragmentUs) return true;
    if (video_.size() >= kMaxOpenPackets || open_bytes_ + packet.data.size() > kMaxFragmentBytes) return true;
    // All pictures of an intra-only stream are keyframes: those are not worth a fragment each.
    return packet.is_key &&
           std::any_of(video_.begin(), video_.end(), [](const auto& p) { return !p.packet.is_key; });
}

void Fragmenter::cut(std::int64_t end_us) {
    wants_cut_ = false;
    // The newest audio packet waits for its successor, which tells how long it lasts.
    std::vector<PlacedPacket> audio;
    std::int64_t audio_end_us = 0;
    if (audio_.size() > 1) {
        audio_end_us = audio_.back().dts_us;
        audio.assign(std::make_move_iterator(audio_.begin()), std::make_move_iterator(audio_.end() - 1));
        audio_.erase(audio_.begin(), audio_.end() - 1);
    }
    ipc::FragmentReady fragment;
    fragment.epoch = epoch_;
    fragment.sequence = sequence_++;
    const WallAnchor::Span span = anchor_.place(video_.front().dts_us, end_us - video_.front().dts_us);
    fragment.started_at_us = span.started_at_us;
    fragment.duration_us = span.duration_us;
    fragment.starts_with_key = video_.front().packet.is_key;
    fragment.bytes = muxer_->write(video_, end_us, audio, audio_end_us);
    video_.clear();
    open_bytes_ = audio_.empty() ? 0 : audio_.back().packet.data.size();
    on_fragment_(std::move(fragment));
}

}  // namespace porchlight::worker
