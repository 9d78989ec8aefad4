/// Addresses in texts without what they give away.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::base {

/// The text with user and password of every URL in it replaced ("rtsp://***@host/main"), and the values of
/// credentials ("password=...").
std::string redactUrls(std::string_view text);

}  // namespace porchlight::base
