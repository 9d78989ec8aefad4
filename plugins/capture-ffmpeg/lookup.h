/// Finds a camera's host, within bounds that the system's resolver does not keep.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "address.h"

namespace porchlight::ffmpeg {

/// Its addresses, as HostPermit takes them. Looks the host up before libav does, which only ever says "I/O
/// error" and cannot be interrupted. A resolver whose server is silent takes up to half a minute: it is left
/// to a thread that nobody waits for, of which there are four at most. Blocks up to 6 s, ends within 50 ms of
/// `stop`. Throws SourceError(NotFound: unknown host), Error(Unavailable: the name service does not answer,
/// or a ".local" name whose owner is away).
std::vector<std::string> checkHost(const Address& address, const std::atomic<bool>& stop);

}  // namespace porchlight::ffmpeg
