/// What a camera is told to do, and what came of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/companion.h"

namespace porchlight::camera {

class Control;

enum class CommandOutcome : std::uint8_t {
    Done = 1,    ///< the camera has taken it
    NotOffered,  ///< it cannot do that, or does not say that it can
    NotThere,    ///< it is not reached: no worker, or one that finds it not
    Refused,     ///< it said no
    NoAnswer,    ///< nothing came in time: whether it was done is not known
    Busy,        ///< too much waits for this camera already
};

struct CommandResult {
    CommandOutcome outcome = CommandOutcome::Done;
    std::string error;  ///< for people; empty when done
};

/// Longest that the motors run without another word; a client that is gone cannot leave them on.
inline constexpr seconds kLongestMove{10};

/// By its name in JSON; nothing: there is none of that name.
std::optional<CameraAction> actionNamed(std::string_view name) noexcept;

/// The names of those whose bits are set, in the order of their numbers.
std::vector<std::string> namesOf(std::uint32_t actions);

/// What a command may be: speeds and span within their bounds, and what its action needs. Empty: it is right.
/// Otherwise the field that is not.
std::string wrongField(const CameraCommand& command);

/// Tells it and waits for what comes of it; blocks for budget::kCameraCommand + 1 s at most. Nothing: no such
/// camera, or the cameras are being stopped. Not on the supervisor's thread.
std::optional<CommandResult> perform(Control& cameras, const std::string& camera,
                                     const CameraCommand& command);

}  // namespace porchlight::camera
