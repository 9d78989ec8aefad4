/// Why a source gives no stream, in words for its owner.
#pragma once

#include <atomic>
#include <string>

#include "address.h"
#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Throws why an open failed, with the kind the host acts on and, where it has one, its own name
/// (SourceError).
[[noreturn]] void throwOpenFailure(const Address& address, int averror);

/// The same; where libav has one word for whatever the camera said, the camera is asked anew what that was.
/// Blocks for 2 s at most, ends within 100 ms of `stop`.
[[noreturn]] void throwOpenFailure(const Address& address, int averror, const std::atomic<bool>& stop);

/// Why reading ended although nobody asked for it. Pure.
Error readFailure(const Address& address, int averror);

/// Asks an rtsp:// camera for its stream without user and password, on a connection of its own, and tells
/// what came, in words for the owner. Blocks until deadline, ends within 100 ms of `stop`. Any thread.
std::string lookAtWire(const Address& address, Deadline deadline, const std::atomic<bool>& stop);

/// The same of what was read: pure. `did_hang_up`: the end of the connection was seen.
std::string describeAnswer(const std::string& answer, bool did_hang_up);

}  // namespace porchlight::ffmpeg
