/// Files that a power cut left with a beginning and no picture.
#pragma once

#include <filesystem>
#include <string>

namespace porchlight::record {

/// A recording that was begun when the power went: by its name one of ours, and an initialisation segment at most, or the
/// torn first fragment. False for everything else that cannot be read: damaged, or somebody else's.
bool holdsNothing(const std::filesystem::path& recordings_dir, const std::string& row_path);

}  // namespace porchlight::record
