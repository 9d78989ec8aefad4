#include "worker/sound/sound.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/log.h"
#include "worker/sound/adts.h"
#include "worker/stream/stream_probe.h"

namespace porchlight::worker {
namespace {

constexpr int kTelephoneRateHz = 8'000;
constexpr int kUsualRateHz = 48'000;
constexpr int kMostRefused = 200;  ///< packets in a row; 4 to 13 s
constexpr const char* kAsAac = " is recorded as AAC";

/// Where the description tells none.
int usualRate(Codec codec) noexcept {
    switch (codec) {
        case Codec::PcmMulaw:
        case Codec::PcmAlaw:
        case Codec::G726:
        case Codec::G726Aal2:
            return kTelephoneRateHz;
        case Codec::G722:
            return 2 * kTelephoneRateHz;
        default:
            return kUsualRateHz;
    }
}

/// "mu-law 8 kHz mono"
std::string soundText(const StreamFormat& format) {
    if (format.sample_rate_hz <= 0) return nameOf(format.audio);
    std::array<char, 32> rate{};
    std::snprintf(rate.data(), rate.size(), " %g kHz ", format.sample_rate_hz / 1000.0);
    const std::string text = nameOf(format.audio) + std::string(rate.data());
    if (format.channels > 2) return text + std::to_string(format.channels) + " channels";
    return text + (format.channels == 2 ? "stereo" : "mono");
}

}  // namespace

void Sound::begin(const StreamFormat& source) {
    copySound(source, source_);
    copySound({}, recorded_);
    told_.clear();
    did_tell_damage_ = is_over_ = false;
    refused_ = 0;
    decoder_.reset();
    encoder_.reset();
    choose();
    first_way_ = way_;
    copySound(source_, first_source_);
}

void Sound::change(const StreamFormat& source) {
    if (recorded_.audio == Codec::None) return begin(source);
    refused_ = 0;
    decoder_.reset();
    copySound(source, source_);
    complete();
    const bool is_first = hasSameSound(source_, first_source_);
    way_ = source_.audio == Codec::None ? Way::None : is_first ? first_way_ : Way::Encoded;
    told_ =
        way_ == Way::None ? "" : ", audio " + (way_ == Way::Encoded ? soundText(source_) + kAsAac : "aac");
}

/// What nothing told; of AAC its packets tell it.
void Sound::complete() {
    const Codec codec = source_.audio;
    if (codec == Codec::None || codec == Codec::Aac || codec == Codec::AacAdts) return;
    if (source_.sample_rate_hz <= 0) source_.sample_rate_hz = usualRate(codec);
    source_.channels = std::max(source_.channels, 1);
}

void Sound::choose() {
    complete();
    const Codec codec = source_.audio;
    way_ = Way::None;
    if (codec == Codec::None) return;
    const bool is_aac = codec == Codec::Aac || codec == Codec::AacAdts;
    if (codec == Codec::AacAdts && source_.sample_rate_hz <= 0) {
        way_ = Way::Awaited;
        return;
    }
    if (is_aac && source_.sample_rate_hz <= 0) return leaveOut("nothing tells its rate");
    std::vector<std::uint8_t> config = source_.audio_extradata;
    if (is_aac && config.empty()) config = aacConfig(source_.sample_rate_hz, source_.channels);
    if (!is_aac || config.empty()) return encodeFrom(source_.sample_rate_hz, source_.channels);
    way_ = codec == Codec::Aac ? Way::AsItComes : Way::Unpacked;
    copySound(source_, recorded_);
    recorded_.audio = Codec::Aac;
    recorded_.audio_extradata = std::move(config);
    told_ = ", audio aac";
}

void Sound::leaveOut(const std::string& why) {
    way_ = Way::None;
    told_ = ", audio " + soundText(source_) + " left out (" + why + ")";
    copySound({}, recorded_);
}

void Sound::encodeFrom(int rate_hz, int channels) {
    try {
        encoder_ = std::make_unique<SoundEncoder>(rate_hz, channels);
        decoder_ = std::make_unique<SoundDecoder>(source_, encoder_->rateHz(), encoder_->channels());
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotSupported) throw;
        return leaveOut(error.what());
    }
    way_ = Way::Encoded;
    recorded_.audio = Codec::Aac;
    recorded_.sample_rate_hz = encoder_->rateHz();
    recorded_.channels = encoder_->channels();
    recorded_.audio_extradata = encoder_->config();
    told_ = ", audio " + soundText(source_) + kAsAac;
}

bool Sound::learn(const Packet& packet) {
    if (way_ != Way::Awaited) return false;
    const auto header = readAdts(packet.data);
    if (!header) return false;
    source_.sample_rate_hz = header->rate_hz;
    source_.channels = header->channels;
    choose();
    first_way_ = way_;
    return true;
}

bool Sound::add(const Packet& packet, const Sink& sink) {
    try {
        pass(packet, sink);
        refused_ = 0;
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Exhausted) throw;
        if (!std::exchange(did_tell_damage_, true))
            base::logWarning("record", std::string("sound is left out in part: ") + error.what());
        if (error.kind() == ErrorKind::NotSupported || ++refused_ >= kMostRefused) {
            base::logWarning("record", std::string("sound is left out from now on: ") + error.what());
            leaveOut(error.what());
            is_over_ = true;
        }
        return false;
    }
}

void Sound::pass(const Packet& packet, const Sink& sink) {
    switch (way_) {
        case Way::AsItComes:
            return sink(packet);
        case Way::Unpacked:
            return unpack(packet, sink);
        case Way::Encoded:
            return encode(packet, sink);
        case Way::None:
        case Way::Awaited:
            break;
    }
}

bool Sound::isAsRecorded(const AdtsHeader& header) const noexcept {
    return header.object_type == 2 && header.blocks == 1 && header.rate_hz == recorded_.sample_rate_hz &&
           header.channels == recorded_.channels;
}

/// Frames of another kind than the first ones are encoded as those were, and so is what follows.
void Sound::unpack(const Packet& packet, const Sink& sink) {
    Packet frame = packet;
    for (auto rest = packet.data; !rest.empty();) {
        const auto header = readAdts(rest);
        if (!header || header->frame_bytes > rest.size()) throw Error(ErrorKind::BadData, "no frame of AAC");
        if (!isAsRecorded(*header)) {
            way_ = Way::Encoded;
            frame.data = rest;
            return encode(frame, sink);
        }
        frame.data = rest.subspan(header->header_bytes, header->frame_bytes - header->header_bytes);
        sink(frame);
        frame.pts_us = frame.dts_us = frame.dts_us + 1'000'000LL * kAacFrame / header->rate_hz;
        rest = rest.subspan(header->frame_bytes);
    }
}

void Sound::encode(const Packet& packet, const Sink& sink) {
    if (!encoder_) encoder_ = std::make_unique<SoundEncoder>(recorded_.sample_rate_hz, recorded_.channels);
    if (encoder_->rateHz() != recorded_.sample_rate_hz || encoder_->channels() != recorded_.channels)
        throw Error(ErrorKind::NotSupported, "it has changed, and cannot be encoded as it was");
    if (!decoder_)
        decoder_ = std::make_unique<SoundDecoder>(source_, recorded_.sample_rate_hz, recorded_.channels);
    decoder_->decode(packet, [&](const AVFrame& samples, std::int64_t at_us) {
        try {
            encoder_->add(samples, at_us, packet.arrived_at, sink);
        } catch (const Error&) {
            encoder_.reset();  // what it holds stands at no known time any more
            throw;
        }
    });
}

}  // namespace porchlight::worker
