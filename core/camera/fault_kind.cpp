#include "camera/fault_kind.h"

#include <array>

namespace porchlight::camera {
namespace {

using enum FaultKind;
using enum Severity;

constexpr std::array<FaultFacts, kFaultKinds> kTable{{
    {FrameTimeout, "frame_timeout", Failure, "no pictures arrive"},
    {FrozenPicture, "frozen_picture", Failure, "the picture does not change"},
    {BlackPicture, "black_picture", Issue, "the picture is black or covered"},
    {BufferError, "buffer_error", Failure, "what the camera sends is damaged"},
    {ConnectionError, "connection_error", Failure, "there is no connection to the camera"},
    {CaptureFailure, "capture_failure", Failure, "the source fails"},
    {AuthRefused, "auth_refused", Owner, "the camera refuses user or password"},
    {Misconfigured, "misconfigured", Owner, "the camera's settings do not work"},
    {NotFound, "not_found", Owner, "what the camera's settings name is not there"},
    {NotSupported, "not_supported", Owner, "what the camera sends is not supported"},
    {Ended, "ended", Issue, "the camera's file has ended"},
    {HeartbeatMissing, "heartbeat_missing", Fatal, "the camera's process does not answer"},
    {Hung, "hung", Fatal, "the camera's process is stuck"},
    {WorkerDied, "worker_died", Fatal, "the camera's process ended"},
    {WorkerGarbage, "worker_garbage", Fatal, "the camera's process sent nonsense"},
    {WorkerFlood, "worker_flood", Fatal, "the camera's process sent far too much"},
    {MemoryLimit, "memory_limit", Fatal, "the camera's process needs too much memory"},
    {CpuLimit, "cpu_limit", Fatal, "the camera's process needs too much CPU"},
    {LowRate, "low_rate", Issue, "few pictures arrive"},
    {DescriptorLeak, "descriptor_leak", Fatal, "the camera's process opens too many files"},
    {CpuBusy, "cpu_busy", Issue, "the camera's process needs much CPU"},
    {Unplayable, "unplayable", Failure, "what is recorded does not play"},
    {Unproven, "unproven", Issue, "what is recorded could not be read back"},
    {Tampered, "tampered", Issue, "the camera says that it was tampered with"},
    {VideoLost, "video_lost", Issue, "the camera says that it has lost its picture"},
}};

constexpr bool isInOrder() {
    for (std::size_t i = 0; i < kTable.size(); ++i)
        if (static_cast<std::size_t>(kTable[i].kind) != i) return false;
    return true;
}
static_assert(isInOrder());

}  // namespace

std::span<const FaultFacts> faultTable() noexcept {
    return kTable;
}

const FaultFacts& factsOf(FaultKind kind) noexcept {
    return kTable[static_cast<std::size_t>(kind)];
}

const FaultFacts* factsOf(std::string_view name) noexcept {
    for (const FaultFacts& facts : kTable)
        if (facts.name == name) return &facts;
    return nullptr;
}

}  // namespace porchlight::camera
