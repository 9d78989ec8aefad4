/// One HTTP request and its answer, within bounds of time and size.
#pragma once

#include <string>

#include "onvif/address.h"
#include "onvif/http_answer.h"
#include "porchlight/time.h"

namespace porchlight::onvif {

/// How long each part may take. Cameras are slow when they are busy: some need seconds for a list of
/// profiles.
struct Waits {
    milliseconds connect{4'000};
    milliseconds send{4'000};
    milliseconds answer{10'000};  ///< from the request to the end of its answer, however it drips
};

/// Sends a POST and takes its answer; `fields`: further lines of the head, each with its end. A certificate
/// is not looked at: cameras make their own, and no password goes over the line. **Thread**: any; blocks
/// until a wait or `deadline` is over (6 s more for a name service that is silent). Throws
/// OnvifError(Unreachable, TimedOut, NotOnvif), Error(BadData: cut short).
HttpAnswer post(const ServiceAddress& address, const std::string& fields, const std::string& body,
                const Waits& waits, Deadline deadline);

}  // namespace porchlight::onvif
