/// The still picture that a camera gives at an address of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "onvif/exchange.h"
#include "porchlight/challenge.h"

namespace porchlight::onvif {

inline constexpr std::uint64_t kMaxPictureBytes = 2U << 20U;

/// A JPEG of `snapshot` (Profile::snapshot). Asked without a login first; where it wants HTTP Digest the
/// login is made, once. Basic is never answered. Blocks until a wait or the deadline is over. Throws Error:
/// BadData (no JPEG), Misconfigured (no address, a login that cannot be made or is refused),
/// OnvifError(Unreachable, TimedOut). No text holds the password.
std::string fetchPicture(const std::string& snapshot, const std::optional<Login>& login, const Waits& waits,
                         Deadline deadline);

}  // namespace porchlight::onvif
