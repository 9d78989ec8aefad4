/// A connection to a camera under TLS.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "porchlight/time.h"
#include "socket.h"
#include "wire.h"

namespace porchlight::ffmpeg {

/// Agrees with the camera on TLS 1.0 to 1.3 over the connected `socket`, and gives the wire. Whose
/// certificate it is nobody asks, as libavformat does not: cameras make their own. So TLS keeps those out who
/// listen, not those who stand between. `host`: the name that the camera is asked for by, told where it is no
/// number. Blocks until deadline, ends within 100 ms of `stop`, which outlives the wire. -> an averror, or 0;
/// EIO: it speaks no TLS, or none that we do. Throws Error(Exhausted).
int openTls(Socket socket, const std::string& host, Deadline deadline, const std::atomic<bool>& stop,
            std::unique_ptr<Wire>& opened);

}  // namespace porchlight::ffmpeg
