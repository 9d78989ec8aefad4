/// posix_spawn: our own program with one socket as descriptor 3, and helpers with nothing but their output.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"

namespace porchlight::camera {

/// Starts `program` with `arguments` (argv[0] included), `socket` as descriptor 3, `output` as standard
/// output and error (ours where it is invalid), signals reset, systemd's variables removed. Throws
/// Error(Exhausted).
pid_t spawnWithSocket(const std::string& program, std::vector<std::string> arguments, const base::Fd& socket,
                      const base::Fd& output);

/// Starts `command[0]` (a whole path) with `command` as its arguments, `input` (/dev/null where it is
/// invalid) and `output` as standard output and error. Throws Error(Unavailable) when it cannot be started.
pid_t spawnWithOutput(std::vector<std::string> command, const base::Fd& input, const base::Fd& output);

}  // namespace porchlight::camera
