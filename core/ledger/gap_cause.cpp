#include "ledger/gap_cause.h"

#include <array>

namespace porchlight::ledger {
namespace {

struct Name {
    GapCause cause;
    const char* name;
};
constexpr auto kNames = std::to_array<Name>({
    {GapCause::NoMotion, "no_motion"},
    {GapCause::RecordOff, "record_off"},
    {GapCause::DetectOff, "detect_off"},
    {GapCause::Disabled, "disabled"},
    {GapCause::NotConfigured, "not_configured"},
    {GapCause::Shutdown, "shutdown"},
    {GapCause::DaemonStopped, "daemon_stopped"},
    {GapCause::Starting, "starting"},
    {GapCause::NoFrames, "no_frames"},
    {GapCause::FrozenPicture, "frozen_picture"},
    {GapCause::AuthRefused, "auth_refused"},
    {GapCause::ConnectionLost, "connection_lost"},
    {GapCause::CaptureFailure, "capture_failure"},
    {GapCause::WorkerRestart, "worker_restart"},
    {GapCause::Wedged, "wedged"},
    {GapCause::Misconfigured, "misconfigured"},
    {GapCause::NotFound, "not_found"},
    {GapCause::NotSupported, "not_supported"},
    {GapCause::Ended, "ended"},
    {GapCause::Dropped, "dropped"},
    {GapCause::DiskFull, "disk_full"},
    {GapCause::WriteError, "write_error"},
    {GapCause::VolumeMissing, "volume_missing"},
    {GapCause::HostStall, "host_stall"},
    {GapCause::Suspended, "suspended"},
    {GapCause::ClockStep, "clock_step"},
    {GapCause::PowerOff, "power_off"},
    {GapCause::CoreCrash, "core_crash"},
});
static_assert(kNames.size() == static_cast<std::size_t>(GapCause::CoreCrash) -
                                   static_cast<std::size_t>(GapCause::NoMotion) + 1);

}  // namespace

const char* nameOf(GapCause cause) noexcept {
    for (const Name& row : kNames)
        if (row.cause == cause) return row.name;
    return "no_frames";
}

std::optional<GapCause> gapCauseOf(std::string_view name) noexcept {
    for (const Name& row : kNames)
        if (row.name == name) return row.cause;
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
