/// Whether every recording plays: `porchlight check --deep`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "disk/recover/check.h"

namespace porchlight::app {

/// Has each closed recording read by a process that shares no code with the writer (ProcessReading).
/// Returns what does not play: nothing repairs that. Blocks as long as it takes;
/// throws Cancelled, and Error(Unavailable) when the reader cannot be started.
std::vector<disk::Finding> checkDeep(store::Store& store, const std::filesystem::path& recordings_dir,
                                     const std::filesystem::path& daemon, const disk::CheckControl& control);

}  // namespace porchlight::app
