/// Files that a power cut left unfinished, and how they are told from what others put there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace porchlight::disk {

/// Whether this is exactly a name that Porchlight gives (relative to the recordings folder). Only such files
/// are ever cut or deleted without a row that names them: all others are somebody's.
bool isOursByName(const std::filesystem::path& relative);

/// Whether what stands from `offset` on is what a power cut leaves of a fragment: its beginning, or zeros.
/// Boxes of another program, or damage with footage behind it, are not. Throws Error(Unavailable).
bool isTornTail(int fd, std::uint64_t offset, std::uint64_t size);

/// A recording that was begun when the power went: by its name one of ours, and an initialisation segment at
/// most, or the torn first fragment. False for everything else that cannot be read: damaged, or somebody
/// else's.
bool holdsNothing(const std::filesystem::path& recordings_dir, const std::string& row_path);

}  // namespace porchlight::disk
