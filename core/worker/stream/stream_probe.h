/// What a stream is, by its first keyframe: parameter sets and picture size. What a camera announces besides
/// may lack a set, be of another size, or be rubbish.
#pragma once

#include "porchlight/media.h"

namespace porchlight::worker {

/// `format` with the parameter sets that `key` brings, each kind in place of the announced ones, and the size
/// that they tell; what `key` does not tell stays as it was. Throws Error(Exhausted).
StreamFormat completedFormat(StreamFormat format, const Packet& key);

/// Whether two formats differ in their sound at most.
bool hasSamePictures(const StreamFormat& a, const StreamFormat& b) noexcept;

/// Whether they agree in their sound.
bool hasSameSound(const StreamFormat& a, const StreamFormat& b) noexcept;

/// The sound of `from`. Throws std::bad_alloc.
void copySound(const StreamFormat& from, StreamFormat& to);

}  // namespace porchlight::worker
