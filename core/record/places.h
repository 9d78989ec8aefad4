/// Where a recording's file is: in the recordings folder, or in the spool beside it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::record {

/// First part of a row's path whose file is in the spool (camera names hold no dot).
inline constexpr std::string_view kSpoolPrefix = ".spool/";

inline bool isSpooled(const std::string& row_path) noexcept { return row_path.starts_with(kSpoolPrefix); }

/// The spool of a recordings folder: `spool` beside it, so on the disk of the database.
inline std::filesystem::path spoolDir(const std::filesystem::path& recordings_dir) { return recordings_dir.parent_path() / "spool"; }

/// The path of a row within its folder.
inline std::filesystem::path relativeOf(const std::string& row_path) {
    return isSpooled(row_path) ? row_path.substr(kSpoolPrefix.size()) : row_path;
}

/// The file of a row.
inline std::filesystem::path fileOf(const std::filesystem::path& recordings_dir, const std::string& row_path) {
    if (isSpooled(row_path)) return spoolDir(recordings_dir) / row_path.substr(kSpoolPrefix.size());
    return recordings_dir / row_path;
}

}  // namespace porchlight::record
