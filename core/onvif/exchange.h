/// One HTTP request and its answer, within bounds of time and size.
#pragma once

#include <string>

#include "base/halt.h"
#include "http/answer_reader.h"
#include "onvif/address.h"
#include "porchlight/time.h"

namespace porchlight::onvif {

using http::HttpAnswer;

/// How long each part may take. Cameras are slow when they are busy: some need seconds for a list of
/// profiles.
struct Waits {
    milliseconds connect{4'000};
    milliseconds send{4'000};
    milliseconds answer{10'000};       ///< from the request to the end of its answer, however it drips
    const base::Halt* halt = nullptr;  ///< ends them all; outlives whoever waits
};

/// Of an answer, which a stranger may have written.
inline constexpr http::AnswerBounds kAnswerBounds{std::size_t{16} << 10U, std::uint64_t{1} << 20U};

/// Sends a POST and takes its answer; `fields`: further lines of the head, each with its end. A certificate
/// is not looked at: cameras make their own, and no password goes over the line. **Thread**: any; blocks
/// until a wait or `deadline` is over (6 s more for a name service that is silent), or `halt` is raised.
/// Throws OnvifError(Unreachable, TimedOut, NotOnvif), Error(BadData: cut short).
HttpAnswer post(const ServiceAddress& address, const std::string& fields, const std::string& body,
                const Waits& waits, Deadline deadline);

/// Likewise a GET, whose answer is no longer than `most_bytes`.
HttpAnswer get(const ServiceAddress& address, const std::string& fields, std::uint64_t most_bytes,
               const Waits& waits, Deadline deadline);

}  // namespace porchlight::onvif
