/// Cameras that move: what they can, and how they are told to (the PTZ service).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onvif/camera.h"
#include "porchlight/companion.h"

namespace porchlight::onvif {

/// A range of speeds, in the camera's own units.
struct SpeedRange {
    float low = -1;
    float high = 1;

    /// -1..1 in those units; beyond it is cut.
    float of(float share) const noexcept;
};

/// What moves, by the answer to GetNodes. Plain data.
struct Motors {
    bool pans = false;
    bool zooms = false;
    bool has_home = false;
    int most_presets = 0;
    SpeedRange pan, tilt, zoom;
};

inline constexpr std::size_t kMaxPresets = 64;
inline constexpr seconds kLongestMove{10};

/// Readers of single answers. Pure; take any tree.
Motors motorsIn(const Node& answer, std::string_view node);  ///< of GetNodes; the first where `node` is empty
std::vector<CameraItem> presetsIn(const Node& answer);

/// Tells one camera to move. **Thread**: thread-bound; blocks as Client does. Throws OnvifError.
class Movement {
  public:
    /// Nothing: the camera has no profile that moves. Asks for what moves; a camera that does not tell it is
    /// taken for one that does it all, but for home and presets.
    static std::optional<Movement> of(Client& client, const Services& services,
                                      const std::vector<Profile>& profiles);

    const Motors& motors() const noexcept { return motors_; }
    std::vector<CameraItem> presets(Client& client) const;

    /// The camera stops by itself after `lasts`, in whole seconds; -> false: it takes no such time, and moves
    /// until stop(). Throws Error(NotSupported) for what it cannot.
    bool move(Client& client, const CameraCommand& command);
    void stop(Client& client) const;

    /// GoToPreset, SavePreset, RemovePreset, GoHome, SetHome.
    void perform(Client& client, const CameraCommand& command) const;

  private:
    Operation asked(const char* name, const std::string& arguments) const;

    ServiceAddress service_;
    std::string profile_;
    Motors motors_;
    bool takes_timeout_ = true;
};

}  // namespace porchlight::onvif
