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
/// Each cause has its row, in the order of the enum.
constexpr bool areInOrder() noexcept {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (static_cast<std::size_t>(kNames[i].cause) != static_cast<std::size_t>(GapCause::NoMotion) + i)
            return false;
    return kNames.back().cause == GapCause::CoreCrash;
}
static_assert(areInOrder());

}  // namespace

const char* nameOf(GapCause cause) noexcept {
    const auto at = static_cast<std::size_t>(cause) - static_cast<std::size_t>(GapCause::NoMotion);
    return at < kNames.size() ? kNames[at].name : "no_frames";
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
