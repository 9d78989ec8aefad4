/// posix_spawn of our own program with one socket as descriptor 3.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"

namespace porchlight::camera {

/// Starts `program` with `arguments` (argv[0] included), `socket` as descriptor 3, signals reset, systemd's variables
/// removed. Throws Error(Exhausted).
pid_t spawnWithSocket(const std::string& program, std::vector<std::string> arguments, const base::Fd& socket);

}  // namespace porchlight::camera
