/// What stands in place of a picture that a camera does not give: what is wrong, since when, what is being
/// done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "camera/status.h"
#include "config/config.h"

namespace porchlight::placeholder {

/// The words of a placeholder, in the owner's language and local time.
struct MissingPicture {
    std::string title;     ///< the camera's
    std::string headline;  ///< "No picture", "Switched off", ...
    std::optional<WallTime> since{};
    std::string reason;     ///< may be empty
    std::string action;     ///< what is being done; may be empty
    bool is_meant = false;  ///< switched off by somebody: nothing is wrong
    bool operator==(const MissingPicture&) const = default;
};

/// How much older than it is a camera's picture may seem: workers tell the age of their last one in
/// heartbeats.
inline constexpr seconds kAgeStep{1};

/// Why the camera has no picture that is current; nothing when it has one. A picture is current when it came
/// within `frame_timeout` + kAgeStep and is not known to be frozen. Pure.
std::optional<MissingPicture> missingPicture(const camera::Status& status, microseconds frame_timeout,
                                             WallTime now);

/// For a camera that delivers but gives no live picture or still: `why`. Pure.
MissingPicture silentPicture(const camera::Status& status, const std::string& why,
                             std::optional<WallTime> since);

/// How old a picture of this camera may be; 5 s for one that is not configured.
microseconds frameTimeoutOf(const config::Config& config, const std::string& camera);

/// Set to "true" on a still, or on a part of a live stream, that is a placeholder.
inline constexpr const char* kPlaceholderHeader = "X-Porchlight-Placeholder";

/// "14:32:05" of today, else "20 Nov 14:32" or "20 Nov 2025 14:32", in the time zone of the machine. Any
/// thread.
std::string localMoment(WallTime at, WallTime now);

/// The JPEG, in the shape of the camera's picture (16:9 while that is not known), with a clock that runs.
/// About 25 KB; letters can be read on a phone.
std::vector<std::uint8_t> drawPlaceholder(const MissingPicture& missing, int width_px, int height_px,
                                          WallTime now);

}  // namespace porchlight::placeholder
