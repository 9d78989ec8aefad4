/// Why a source gives no stream, in words for its owner.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "address.h"
#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Throws why an open failed, as an Error with the kind the host acts on or, where it has a name of its own,
/// as a SourceError. `averror`: what libav says. Any thread; never blocks.
[[noreturn]] void throwOpenFailure(const Address& address, int averror);

/// Throws SourceError(AuthRefused): a camera whose question for a password only the own session answers, over
/// RTP in TCP, takes none there (461). `asked`: the algorithm of its digest; empty: it named none.
[[noreturn]] void throwTransportRefused(const Address& address, std::string_view asked);

/// The same as the first; where libav has one word for whatever the camera said, the camera is asked anew
/// what that was. Blocks for 4 s at most, ends within 100 ms of `stop`. Any thread.
[[noreturn]] void throwOpenFailure(const Address& address, int averror, const std::atomic<bool>& stop);

/// Why reading ended although nobody asked for it. Pure.
Error readFailure(const Address& address, int averror);

/// Asks an rtsp:// camera for its stream without user and password, on a connection of its own, and tells
/// what came, in words for the owner. Blocks until deadline, and 2 s at most to connect; ends within 100 ms
/// of `stop`. Any thread.
std::string lookAtWire(const Address& address, Deadline deadline, const std::atomic<bool>& stop);

/// The same of what was read: pure. `did_hang_up`: the end of the connection was seen.
std::string describeAnswer(const std::string& answer, bool did_hang_up);

}  // namespace porchlight::ffmpeg
