#include "ledger/gap_cause.h"

namespace porchlight::ledger {

const char* nameOf(GapCause cause) noexcept {
    switch (cause) {
        case GapCause::NoMotion:
            return "no_motion";
        case GapCause::RecordOff:
            return "record_off";
        case GapCause::DetectOff:
            return "detect_off";
        case GapCause::Disabled:
            return "disabled";
        case GapCause::NotConfigured:
            return "not_configured";
        case GapCause::Shutdown:
            return "shutdown";
        case GapCause::DaemonStopped:
            return "daemon_stopped";
        case GapCause::Starting:
            return "starting";
        case GapCause::NoFrames:
            return "no_frames";
        case GapCause::FrozenPicture:
            return "frozen_picture";
        case GapCause::AuthRefused:
            return "auth_refused";
        case GapCause::ConnectionLost:
            return "connection_lost";
        case GapCause::CaptureFailure:
            return "capture_failure";
        case GapCause::WorkerRestart:
            return "worker_restart";
        case GapCause::Wedged:
            return "wedged";
        case GapCause::Misconfigured:
            return "misconfigured";
        case GapCause::NotFound:
            return "not_found";
        case GapCause::NotSupported:
            return "not_supported";
        case GapCause::Ended:
            return "ended";
        case GapCause::Dropped:
            return "dropped";
        case GapCause::DiskFull:
            return "disk_full";
        case GapCause::WriteError:
            return "write_error";
        case GapCause::VolumeMissing:
            return "volume_missing";
        case GapCause::HostStall:
            return "host_stall";
        case GapCause::Suspended:
            return "suspended";
        case GapCause::ClockStep:
            return "clock_step";
        case GapCause::PowerOff:
            return "power_off";
        case GapCause::CoreCrash:
            return "core_crash";
    }
    return "no_frames";
}

std::optional<GapCause> gapCauseOf(std::string_view name) noexcept {
    for (auto number = static_cast<unsigned>(GapCause::NoMotion);
         number <= static_cast<unsigned>(GapCause::CoreCrash); ++number)
        if (name == nameOf(static_cast<GapCause>(number))) return static_cast<GapCause>(number);
    return std::nullopt;
}

bool isFault(GapCause cause) noexcept {
    return cause >= GapCause::Starting;
}

bool isCameraFault(GapCause cause) noexcept {
    return cause >= GapCause::NoFrames && cause <= GapCause::Ended;
}

bool isDownTime(GapCause cause) noexcept {
    return cause == GapCause::PowerOff || cause == GapCause::CoreCrash || cause == GapCause::Shutdown ||
           cause == GapCause::DaemonStopped || cause == GapCause::NotConfigured;
}

}  // namespace porchlight::ledger
