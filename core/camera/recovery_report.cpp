#include "camera/recovery_report.h"

namespace porchlight::camera {

const char* nameOf(Rung rung) noexcept {
    switch (rung) {
        case Rung::None:
            return "none";
        case Rung::Retry:
            return "retry";
        case Rung::RestartStream:
            return "restart_stream";
        case Rung::RespawnWorker:
            return "respawn_worker";
        case Rung::ResetDevice:
            return "reset_device";
        case Rung::OwnerAction:
            return "owner_action";
    }
    return "none";
}

const char* wordsFor(Rung rung) noexcept {
    switch (rung) {
        case Rung::None:
            return "none";
        case Rung::Retry:
            return "asking the source once more";
        case Rung::RestartStream:
            return "a restart of the stream";
        case Rung::RespawnWorker:
            return "a new process";
        case Rung::ResetDevice:
            return "a reset of the device";
        case Rung::OwnerAction:
            return "the owner's action";
    }
    return "none";
}

const char* nameOf(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::Running:
            return "running";
        case Outcome::Recovered:
            return "recovered";
        case Outcome::Failed:
            return "failed";
        case Outcome::Refused:
            return "refused";
    }
    return "failed";
}

const char* nameOf(Origin origin) noexcept {
    switch (origin) {
        case Origin::Automatic:
            return "automatic";
        case Origin::Ladder:
            return "ladder";
        case Origin::Manual:
            return "manual";
    }
    return "ladder";
}

}  // namespace porchlight::camera
