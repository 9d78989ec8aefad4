#include "sound_track.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kAacFrameTimesSecond = 1024 * std::int64_t{1'000'000};
constexpr std::int64_t kUsualPacketUs = 20'000;  ///< as telephones have it, and cameras after them

Codec soundCodec(const AVCodecParameters& parameters) noexcept {
    switch (parameters.codec_id) {
        case AV_CODEC_ID_AAC:
            return parameters.extradata_size > 0 ? Codec::Aac : Codec::AacAdts;
        case AV_CODEC_ID_AAC_LATM:
            return Codec::AacLatm;
        case AV_CODEC_ID_PCM_MULAW:
            return Codec::PcmMulaw;
        case AV_CODEC_ID_PCM_ALAW:
            return Codec::PcmAlaw;
        case AV_CODEC_ID_PCM_S16BE:
            return Codec::PcmS16Be;
        case AV_CODEC_ID_PCM_S16LE:
            return Codec::PcmS16Le;
        case AV_CODEC_ID_ADPCM_G722:
            return Codec::G722;
        case AV_CODEC_ID_ADPCM_G726LE:
            return Codec::G726;
        case AV_CODEC_ID_ADPCM_G726:
            return Codec::G726Aal2;
        case AV_CODEC_ID_OPUS:
            return Codec::Opus;
        case AV_CODEC_ID_MP2:
            return Codec::Mp2;
        case AV_CODEC_ID_MP3:
            return Codec::Mp3;
        default:
            return Codec::None;
    }
}

}  // namespace

bool describeSound(const AVCodecParameters& parameters, StreamFormat& format) {
    const Codec codec = soundCodec(parameters);
    if (codec == Codec::None) return false;
    format.audio = codec;
    format.sample_rate_hz = parameters.sample_rate;
    format.channels = parameters.ch_layout.nb_channels;
    format.audio_extradata.clear();
    if (codec == Codec::G726 || codec == Codec::G726Aal2)
        format.audio_extradata.push_back(static_cast<std::uint8_t>(parameters.bits_per_coded_sample));
    else if (parameters.extradata_size > 0)
        format.audio_extradata.assign(parameters.extradata, parameters.extradata + parameters.extradata_size);
    return true;
}

std::int64_t usualPacketUs(const StreamFormat& format) noexcept {
    const bool is_aac =
        format.audio == Codec::Aac || format.audio == Codec::AacAdts || format.audio == Codec::AacLatm;
    if (!is_aac || format.sample_rate_hz <= 0) return kUsualPacketUs;
    return kAacFrameTimesSecond / format.sample_rate_hz;
}

}  // namespace porchlight::ffmpeg
