/// What a worker may do and use: limits for every worker, a system call filter after its source is known.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "ipc/message.h"

namespace porchlight::worker {

/// Decoding: sources that read from the network or a file. Only the calls that decoding and talking to a
/// camera need are carried out; what nobody needs is answered with ENOSYS, an attempt to leave (another
/// program or process, a signal or trace of another, a strange kind of socket) ends the worker. Device:
/// sources that talk to drivers. Their libraries may do what they need; only what no camera needs is answered
/// with EPERM (mounting, modules, tracing, other users, other namespaces, BPF ..., and other processes and
/// programs). DeviceWithPrograms: the same, but processes and programs may be started, as many as confine()
/// says.
enum class SandboxLevel : std::uint8_t { Decoding = 1, Device, DeviceWithPrograms };

/// By the capture plugin: ffmpeg and testpattern are Decoding, v4l2 is Device; libcamera, which runs unsigned
/// image tuning modules as programs of their own, and every plugin from elsewhere are DeviceWithPrograms.
SandboxLevel sandboxLevelOf(std::string_view source_plugin) noexcept;

/// Limits that need no knowledge of the camera: no core dump, no new privileges, not read or traced by other
/// workers, no right to trace others. Called first thing in the process, after what needs /proc/self to be
/// writable.
void limitProcess() noexcept;

/// Where the number of the call that ended this process is left for the parent (memory shared with it); may
/// be null.
void reportViolationsTo(std::atomic<int>* place) noexcept;

/// The limits of this camera and the filter, for all threads, for good: descriptors, private memory
/// (setup.memory_max_bytes), system calls, and for DeviceWithPrograms the tasks of the user: 256 more than
/// there are (the kernel does not hold root to that). Builds with a sanitizer get the descriptors and tasks
/// only: the tools need far more. Throws Error(NotSupported) when the kernel has no filters; the limits stand
/// then.
void confine(const ipc::Setup& setup);

/// The filter alone. `may_use_unix_sockets`: names that end in .local are asked of avahi over one.
void filterCalls(SandboxLevel level, bool may_use_unix_sockets);

}  // namespace porchlight::worker
