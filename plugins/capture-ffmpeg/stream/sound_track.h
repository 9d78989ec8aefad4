/// What libav says of a sound track, in the words of the SDK.
#pragma once

#include <cstdint>

#include "libav/libav.h"
#include "porchlight/media.h"

namespace porchlight::ffmpeg {

/// Fills in the audio fields. False, and nothing changed, for a kind of sound that has no name in the SDK.
bool describeSound(const AVCodecParameters& parameters, StreamFormat& format);

/// The distance of its packets, where no stamp tells it.
std::int64_t usualPacketUs(const StreamFormat& format) noexcept;

}  // namespace porchlight::ffmpeg
