#include "camera/fault_kind.h"

#include <array>

namespace porchlight::camera {
namespace {

using enum FaultKind;
using enum Severity;

constexpr std::array<FaultFacts, kFaultKinds> kTable{{
    {FrameTimeout, "frame_timeout", Failure},
    {FrozenPicture, "frozen_picture", Failure},
    {BlackPicture, "black_picture", Issue},
    {BufferError, "buffer_error", Failure},
    {ConnectionError, "connection_error", Failure},
    {CaptureFailure, "capture_failure", Failure},
    {AuthRefused, "auth_refused", Owner},
    {HeartbeatMissing, "heartbeat_missing", Fatal},
    {Hung, "hung", Fatal},
    {WorkerDied, "worker_died", Fatal},
    {WorkerGarbage, "worker_garbage", Fatal},
    {WorkerFlood, "worker_flood", Fatal},
    {MemoryLimit, "memory_limit", Fatal},
    {CpuLimit, "cpu_limit", Fatal},
    {LowRate, "low_rate", Issue},
    {DescriptorLeak, "descriptor_leak", Fatal},
    {CpuBusy, "cpu_busy", Issue},
}};

constexpr bool isInOrder() {
    for (std::size_t i = 0; i < kTable.size(); ++i)
        if (static_cast<std::size_t>(kTable[i].kind) != i) return false;
    return true;
}
static_assert(isInOrder());

}  // namespace

std::span<const FaultFacts> faultTable() noexcept { return kTable; }

const FaultFacts& factsOf(FaultKind kind) noexcept { return kTable[static_cast<std::size_t>(kind)]; }

}  // namespace porchlight::camera
