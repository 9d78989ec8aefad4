/// Whether every recording plays: `porchlight check --deep`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "disk/recover/check.h"

namespace porchlight::app {

/// Has each closed recording read from its begin to its end and of each group of pictures one decoded by
/// `daemon prove` (worker/proof/proof.h), a confined process that shares no code with the writer; its length
/// is compared with its row. Returns what does not play: nothing repairs that. Blocks as long as it takes;
/// throws Cancelled, and Error(Unavailable) when the reader cannot be started.
std::vector<disk::Finding> checkDeep(store::Store& store, const std::filesystem::path& recordings_dir,
                                     const std::filesystem::path& daemon, const disk::CheckControl& control);

}  // namespace porchlight::app
