/// What an error number of libav means to the owner.
#pragma once

#include "address.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {

/// Throws why an open failed, with the kind the host acts on and, where it has one, its own name
/// (SourceError).
[[noreturn]] void throwOpenFailure(const Address& address, int averror);

/// Why reading ended although nobody asked for it. Pure.
Error readFailure(const Address& address, int averror);

}  // namespace porchlight::ffmpeg
