#include "camera/fault_kind.h"

#include <array>

namespace porchlight::camera {
namespace {

using enum FaultKind;
using enum Severity;

constexpr std::array<FaultFacts, kFaultKinds> kTable{{
    {FrameTimeout, "frame_timeout", "connection_error", Failure, "frame_timeout + 1 s"},
    {FrozenPicture, "frozen_picture", "frozen_picture", Failure, "unresponsive_after + 1 s"},
    {BlackPicture, "black_picture", "frozen_picture", Issue, "unresponsive_after + 1 s"},
    {BufferError, "buffer_error", "buffer_error", Failure, "frame_timeout + 1 s"},
    {ConnectionError, "connection_error", "connection_error", Failure, "when the source says so, at most open_timeout"},
    {CaptureFailure, "capture_failure", "capture_failure", Failure, "when the source says so, at most open_timeout"},
    {AuthRefused, "auth_refused", "capture_failure", Owner, "when the source says so, at most open_timeout"},
    {HeartbeatMissing, "heartbeat_missing", "capture_failure", Fatal, "frame_timeout, from 2.5 s to 5 s"},
    {Hung, "hung", "capture_failure", Fatal, "read: frame_timeout, at least 2.2 s; open: open_timeout + 1 s; close: 3 s"},
    {WorkerDied, "worker_died", "capture_failure", Fatal, "at once"},
    {WorkerGarbage, "worker_garbage", "buffer_error", Fatal, "at once"},
    {WorkerFlood, "worker_flood", "buffer_error", Fatal, "messages: 1 s; pictures: 3 s"},
    {MemoryLimit, "memory_limit", "capture_failure", Fatal, "1 s"},
    {CpuLimit, "cpu_limit", "capture_failure", Fatal, "as hung; with pictures: cpu_window"},
    {LowRate, "low_rate", "capture_failure", Issue, "10 s + 6 s (the rate is a mean of 5 s)"},
    {DescriptorLeak, "descriptor_leak", "capture_failure", Fatal, "1 s"},
    {CpuBusy, "cpu_busy", "capture_failure", Issue, "cpu_window"},
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
