/// What a worker may do and use: limits for every worker, a system call filter after its source is known.
#pragma once

#include <atomic>

#include "ipc/message.h"
#include "porchlight/traits.h"

namespace porchlight::worker {

/// Limits that need no knowledge of the camera: no core dump, no new privileges, not read or traced by other
/// workers, no right to trace others. Called first thing in the process, after what needs /proc/self to be
/// writable.
void limitProcess() noexcept;

/// Where the number of the call that ended this process is left for the parent (memory shared with it); may
/// be null.
void reportViolationsTo(std::atomic<int>* place) noexcept;

/// The limits of this camera and the filter, for all threads, for good: descriptors, private memory
/// (setup.memory_max_bytes), system calls, and for DeviceWithPrograms the tasks of the user: 256 more than
/// there are (the kernel does not hold root to that). How much setup.confinement leaves:
///
/// Decoding: only the calls that decoding and talking to a camera need are carried out; what nobody needs is
/// answered with ENOSYS, an attempt to leave (another program or process, a signal or trace of another, a
/// strange kind of socket) ends the worker. Device: libraries of drivers may do what they need; only what no
/// camera needs is answered with EPERM (mounting, modules, tracing, other users, other namespaces, BPF ...,
/// and other processes and programs). DeviceWithPrograms: the same, but processes and programs may be
/// started. A number that is none of these is taken for Decoding.
///
/// Builds with a sanitizer get the descriptors and tasks
/// only: the tools need far more. Throws Error(NotSupported) when the kernel has no filters; the limits stand
/// then.
void confine(const ipc::Setup& setup);

/// No file is opened, no socket made, no program or thread started from now on. Beside filterCalls(), and
/// before it.
void refuseOutside();

/// The filter alone. `may_use_unix_sockets`: names that end in .local are asked of avahi over one.
void filterCalls(Confinement level, bool may_use_unix_sockets);

}  // namespace porchlight::worker
