/// What a camera really says, where libav only says that it did not understand it.
#pragma once

#include <atomic>
#include <string>

#include "address.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Asks an rtsp:// camera for its stream without user and password, on a connection of its own, and tells
/// what came: "it asks for user and password (401), and hung up when they came". Blocks until deadline, ends
/// within 100 ms of `stop`. Any thread.
std::string lookAtWire(const Address& address, Deadline deadline, const std::atomic<bool>& stop);

/// The same of what was read: pure. `did_hang_up`: the end of the connection was seen.
std::string describeAnswer(const std::string& answer, bool did_hang_up);

}  // namespace porchlight::ffmpeg
