#include "camera/status.h"

namespace porchlight::camera {

const char* nameOf(State state) noexcept {
    switch (state) {
        case State::Starting:
            return "starting";
        case State::Running:
            return "running";
        case State::Degraded:
            return "degraded";
        case State::Offline:
            return "offline";
        case State::Wedged:
            return "wedged";
        case State::Disabled:
            return "disabled";
    }
    return "offline";
}

}  // namespace porchlight::camera
