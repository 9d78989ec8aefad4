/// What an error number of libav means to the owner.
#pragma once

#include "address.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {

/// Why an open failed, with the kind the host acts on. Pure.
Error openFailure(const Address& address, int averror);

/// Why reading ended although nobody asked for it. Pure.
Error readFailure(const Address& address, int averror);

}  // namespace porchlight::ffmpeg
