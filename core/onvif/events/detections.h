/// From what a camera tells to what it detects: begins and ends, each told once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "onvif/events/topics.h"
#include "porchlight/companion.h"

namespace porchlight::onvif {

inline constexpr std::size_t kMaxStates = 64;      ///< that last at the same time
inline constexpr std::size_t kMaxDetections = 64;  ///< of one answer
/// Some cameras never say that it is over: what has not been told again for so long has ended, unless this
/// state was once told to be over.
inline constexpr seconds kSilence{180};
/// After another subscription a camera tells again what lasts; what it does not tell has ended.
inline constexpr seconds kDoubt{10};
/// A time that is further off than that is none: now is taken instead.
inline constexpr seconds kBelievable{30};

/// The states of one camera. Several at the same place (two persons in a field) are one: it begins with the
/// first and ends with the last. **Thread**: thread-bound. Waits for nothing.
class Detections {
  public:
    /// When something comes.
    struct Now {
        WallTime wall;  ///< ours
        Monotonic::time_point monotonic;
        std::optional<seconds> clock_ahead;  ///< the camera's clock of ours
    };

    /// What begins, ends or happens with it, oldest first; also what ended in silence.
    std::vector<CameraDetection> take(const std::vector<Notification>& notifications, const Now& now);

    /// There is a new subscription: what lasts is told once more when the camera tells it again.
    void doubt(Monotonic::time_point now);

    bool isAnyOn() const noexcept;

  private:
    struct State {
        CameraDetection begun;
        bool is_on = false;
        bool was_over = false;  ///< the camera knows how to say so
        Monotonic::time_point told;
        std::optional<Monotonic::time_point> doubted;  ///< until it is told again
    };

    void change(const Meaning& meaning, const CameraDetection& told, const Now& now,
                std::vector<CameraDetection>& out);
    void endSilent(const Now& now, std::vector<CameraDetection>& out);
    bool isAnotherOn(const State& state) const noexcept;
    bool makeRoom(const Now& now, std::vector<CameraDetection>& out);
    void end(State& state, const Now& now, std::vector<CameraDetection>& out) const;
    bool isNewMoment(const Meaning& meaning, const Now& now);

    std::map<std::string, State> states_;
    std::map<std::string, Monotonic::time_point> moments_;  ///< told within the last second
};

}  // namespace porchlight::onvif
