/// Fills in what a camera did not announce: parameter sets and picture size, from its first keyframe.
#pragma once

#include "porchlight/media.h"

namespace porchlight::worker {

/// `format` with extradata and size completed from `key`; what cannot be found stays as it was. Throws
/// Error(Exhausted).
StreamFormat completedFormat(StreamFormat format, const Packet& key);

}  // namespace porchlight::worker
