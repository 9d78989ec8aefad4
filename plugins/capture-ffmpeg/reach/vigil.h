/// Tells when a camera that refused us restarts, and when a stream comes that was not there.
#pragma once

#include <atomic>

#include "address.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Keeps one idle connection to the camera, with an OPTIONS request every 15 s that needs no password. True
/// when the camera hangs up or cannot be reached: it restarts, and may admit us afterwards. Cameras that hang
/// up on idle clients without restarting are believed three times. False at the deadline, within 100 ms of
/// `stop`, and when a camera is no use for this. Thread: any thread; blocks until deadline.
bool awaitRestart(const Address& address, Deadline deadline, const std::atomic<bool>& stop);

/// As awaitRestart, for an rtsp:// stream that is not there: the connection is asked what the stream is,
/// without a password, every 2 s, and made anew where the camera hangs up behind its answers. True
/// as well when that is answered otherwise than at first; an answer that the stream is there is believed as
/// hanging up is. A camera that tells nothing without a password (401 from the first on) is asked as
/// awaitRestart does from then on.
bool awaitStream(const Address& address, Deadline deadline, const std::atomic<bool>& stop);

/// The camera admitted us: what was held against its hanging up is forgotten. Any thread; never blocks.
void forgetRestarts() noexcept;

}  // namespace porchlight::ffmpeg
