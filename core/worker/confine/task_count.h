/// How many tasks a user has, for a limit on those of one process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace porchlight::worker {

/// Processes and threads of the real user `uid` that /proc shows, this one's included: what RLIMIT_NPROC
/// compares with. Nothing when /proc cannot be read. Reads one small file a process.
std::optional<std::uint64_t> tasksOf(uid_t uid) noexcept;

}  // namespace porchlight::worker
