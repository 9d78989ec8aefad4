#include "camera/command.h"

#include <cmath>
#include <memory>

#include "base/budgets.h"
#include "camera/control.h"
#include "porchlight/mutex.h"

namespace porchlight::camera {
namespace {

constexpr std::uint8_t kFirst = static_cast<std::uint8_t>(CameraAction::Keyframe);
constexpr std::uint8_t kLast = static_cast<std::uint8_t>(kLastCameraAction);

bool isSpeed(float speed) noexcept {
    return std::isfinite(speed) && std::abs(speed) <= 1;
}

std::string wrongInMove(const CameraCommand& command) {
    if (!isSpeed(command.pan)) return "pan";
    if (!isSpeed(command.tilt)) return "tilt";
    if (!isSpeed(command.zoom)) return "zoom";
    const bool is_still = command.pan == 0 && command.tilt == 0 && command.zoom == 0;
    if (is_still) return "pan";
    return command.lasts <= milliseconds(0) || command.lasts > kLongestMove ? "lasts_ms" : "";
}

}  // namespace

std::optional<CameraAction> actionNamed(std::string_view name) noexcept {
    for (std::uint8_t i = kFirst; i <= kLast; ++i)
        if (name == nameOf(static_cast<CameraAction>(i))) return static_cast<CameraAction>(i);
    return std::nullopt;
}

std::vector<std::string> namesOf(std::uint32_t actions) {
    std::vector<std::string> out;
    for (std::uint8_t i = kFirst; i <= kLast; ++i)
        if ((actions & (1U << i)) != 0) out.emplace_back(nameOf(static_cast<CameraAction>(i)));
    return out;
}

std::string wrongField(const CameraCommand& command) {
    switch (command.action) {
        case CameraAction::Move:
            return wrongInMove(command);
        case CameraAction::GoToPreset:
        case CameraAction::RemovePreset:
        case CameraAction::SetOutput:
            return command.token.empty() ? "token" : "";
        case CameraAction::SavePreset:
            return command.name.empty() ? "name" : "";
        case CameraAction::SetInfrared:
            return command.token == "on" || command.token == "off" || command.token == "auto" ? "" : "token";
        default:
            return "";
    }
}

std::optional<CommandResult> perform(Control& cameras, const std::string& camera,
                                     const CameraCommand& command) {
    struct Waiting {
        Mutex mutex;
        ConditionVariable changed;
        std::optional<CommandResult> result PORCHLIGHT_GUARDED_BY(mutex);
    };
    auto waiting = std::make_shared<Waiting>();
    const bool is_posted = cameras.command(camera, command, [waiting](CommandResult result) {
        const LockGuard lock(waiting->mutex);
        waiting->result = std::move(result);
        waiting->changed.notifyAll();
    });
    if (!is_posted) return std::nullopt;
    const Deadline deadline = Deadline::in(budget::kCameraCommand + seconds(1));
    UniqueLock lock(waiting->mutex);
    while (!waiting->result && !deadline.isPast()) waiting->changed.waitUntil(lock, deadline.at());
    if (waiting->result) return *waiting->result;
    return CommandResult{CommandOutcome::NoAnswer, "the cameras are too busy to pass it on"};
}

}  // namespace porchlight::camera
