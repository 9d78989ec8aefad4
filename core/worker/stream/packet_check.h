/// Whether a packet has the outer form of its codec. Cheap, and not a parser: the decoder judges the rest.
#pragma once

#include "porchlight/media.h"

namespace porchlight::worker {

/// H264, H265: the packet consists of NAL units of possible types, after start codes (Annex B) or, when the
/// extradata is an avcC or hvcC box, after lengths that fill it exactly. Mjpeg: it begins with a JPEG's
/// start. Pure; bytes may be hostile.
bool hasFormOf(const StreamFormat& format, const Packet& packet) noexcept;

/// The parameter sets (SPS, PPS, VPS with their start codes) at the head of an Annex B keyframe; empty when
/// there are none, or the stream is none of Annex B.
std::vector<std::uint8_t> parameterSetsOf(const StreamFormat& format, const Packet& key);

/// The same and the announced sets of those kinds that the keyframe does not bring, VPS before SPS before
/// PPS; the announced ones as they are when it brings none.
std::vector<std::uint8_t> mergedParameterSets(const StreamFormat& format, const Packet& key);

}  // namespace porchlight::worker
