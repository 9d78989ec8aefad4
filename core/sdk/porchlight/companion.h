/// The interface to what a camera offers beside its pictures: its own detections, and what it can be told to
/// do. A capture plugin that has it says so in its stamp (CaptureTraits::has_companion) and exports
/// PORCHLIGHT_COMPANION.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "porchlight/settings.h"
#include "porchlight/time.h"

namespace porchlight {

/// What the camera can be told to do. The numbers cross to the core: never changed, only added to.
enum class CameraAction : std::uint8_t {
    Keyframe = 1,  ///< sends a keyframe of the recorded stream now
    Move,          ///< pans, tilts and zooms at a speed until Stop, or until CameraCommand::lasts is over
    Stop,          ///< ends all movement
    GoToPreset,    ///< `token`
    SavePreset,    ///< where it looks now, as `name`; with a `token` in the place of that one
    RemovePreset,  ///< `token`
    GoHome,
    SetHome,      ///< where it looks now
    SetOutput,    ///< switches the relay or lamp `token` by `is_on`
    SetInfrared,  ///< `token`: "on", "off" or "auto"
    SetTime,      ///< to our clock, as UTC
    Restart,      ///< the whole camera
};

inline constexpr CameraAction kLastCameraAction = CameraAction::Restart;

/// The action as it stands in JSON.
constexpr const char* nameOf(CameraAction action) noexcept {
    constexpr const char* kNames[] = {
        "",        "keyframe", "move",       "stop",         "go_to_preset", "save_preset", "remove_preset",
        "go_home", "set_home", "set_output", "set_infrared", "set_time",     "restart"};
    return kNames[static_cast<std::uint8_t>(action)];
}

struct CameraCommand {
    CameraAction action = CameraAction::Stop;
    float pan = 0;          ///< -1 left .. 1 right, a share of the highest speed
    float tilt = 0;         ///< -1 down .. 1 up
    float zoom = 0;         ///< -1 out .. 1 in
    milliseconds lasts{0};  ///< of Move: the camera stops by itself after it, 10 s at most
    std::string token;
    std::string name;
    bool is_on = false;
};

/// An item whose token is longer is left out: cut, it would be of no use to the camera.
inline constexpr std::size_t kMaxItemTokenBytes = 64;

/// A place, output or setting of the camera.
struct CameraItem {
    std::string token;
    std::string name;  ///< the camera's, made printable and cut; may be empty
    bool is_on = false;
};

/// What the camera says it can do. A flag that is not set: it cannot, or does not say.
struct CameraAbilities {
    std::uint32_t actions = 0;                ///< bit 1 << (action number) for each
    bool is_detecting = false;                ///< tells detections of its own
    std::vector<CameraItem> presets;          ///< at most 64
    std::vector<CameraItem> outputs;          ///< at most 16
    std::string infrared;                     ///< "on", "off", "auto"; empty: not told
    std::optional<milliseconds> clock_ahead;  ///< of ours; nothing: not told
    std::string description;                  ///< for people: "Maker IPC-7, firmware 2.1"
    std::string advice;  ///< settings of the camera that the owner may want otherwise, a sentence each

    bool can(CameraAction action) const noexcept {
        return (actions & (1U << static_cast<std::uint32_t>(action))) != 0;
    }
};

/// Something that the camera detected by itself.
struct CameraDetection {
    WallTime at{};        ///< by our clock; the skew of the camera's is taken out
    std::string label;    ///< motion, person, vehicle, animal, face, package, line, sound, input; tamper and
                          ///< video_lost are troubles of the camera and open no event
    std::string place;    ///< the camera's own name of the rule or input; may be empty
    bool is_on = true;    ///< false: it is over
    bool has_end = true;  ///< false: a single moment, no end will be told
    float score = 0;      ///< 0..1; 0: not told
};

/// What a camera offers beside its pictures.
///
/// The host makes two objects of it, each with a thread of its own: one that only watches, one that only
/// performs. open() is called first, again after any failure and whenever it is asked anew what the
/// camera offers, and never while another call runs. No function sleeps, retries or blocks past its deadline
/// + 100 ms.
class PORCHLIGHT_EXPORT CameraCompanion {
  public:
    CameraCompanion() = default;
    CameraCompanion(const CameraCompanion&) = delete;
    CameraCompanion& operator=(const CameraCompanion&) = delete;

    /// Leaves what it holds at the camera (a subscription) within 2 s.
    virtual ~CameraCompanion() = default;

    /// Asks the camera what it can do; `settings` are those of the capture plugin. Throws Error: Unavailable,
    /// Misconfigured (refused password: not tried again before the owner changes something, or for an hour).
    virtual CameraAbilities open(const Settings& settings, Deadline deadline) = 0;

    /// What was detected since the last call, oldest first; waits for it, and gives nothing at the deadline.
    /// The first call subscribes; states that last already are told as if they began now. Throws Error:
    /// Unavailable (connection or subscription lost: the host opens again), NotSupported.
    virtual std::vector<CameraDetection> watch(Deadline deadline) = 0;

    /// Does it; the camera has taken it when this returns. Throws Error: NotSupported, Unavailable,
    /// Misconfigured (no right to do it).
    virtual void perform(const CameraCommand& command, Deadline deadline) = 0;

    /// Makes a blocked call return within 100 ms; sticky. Any thread, never blocks.
    virtual void interrupt() noexcept = 0;
};

/// The optional symbol of a capture plugin with a companion.
inline constexpr char kCreateCompanionSymbol[] = "porchlight_plugin_create_companion";

/// Makes one; null when memory is short. The caller owns it and destroys it with delete.
using CompanionCreate = void* (*)() noexcept;

}  // namespace porchlight

#define PORCHLIGHT_COMPANION(type_)                                                    \
    extern "C" PORCHLIGHT_EXPORT void* porchlight_plugin_create_companion() noexcept { \
        try {                                                                          \
            return static_cast<::porchlight::CameraCompanion*>(new type_());           \
        } catch (...) {                                                                \
            return nullptr;                                                            \
        }                                                                              \
    }
