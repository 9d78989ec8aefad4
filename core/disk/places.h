/// Where a recording's file is: in the recordings folder, or in the spool beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "porchlight/time.h"

namespace porchlight::disk {

/// In the folder of the recordings: it is the volume of an appliance, by its content of which one.
inline constexpr const char* kVolumeMarker = ".porchlight-volume";

/// First part of a row's path whose file is in the spool (camera names hold no dot).
inline constexpr std::string_view kSpoolPrefix = ".spool/";

inline bool isSpooled(const std::string& row_path) noexcept {
    return row_path.starts_with(kSpoolPrefix);
}

/// The spool of a recordings folder: `spool` beside it, so on the disk of the database.
inline std::filesystem::path spoolDir(const std::filesystem::path& recordings_dir) {
    return recordings_dir.parent_path() / "spool";
}

/// The path of a row within its folder.
inline std::filesystem::path relativeOf(const std::string& row_path) {
    return isSpooled(row_path) ? row_path.substr(kSpoolPrefix.size()) : row_path;
}

/// The file of a row.
inline std::filesystem::path fileOf(const std::filesystem::path& recordings_dir,
                                    const std::string& row_path) {
    if (isSpooled(row_path)) return spoolDir(recordings_dir) / row_path.substr(kSpoolPrefix.size());
    return recordings_dir / row_path;
}

/// Where a new recording goes: the recordings folder, or the spool.
struct Place {
    std::filesystem::path folder;
    std::string row_prefix;  ///< before the path in its row: "" or kSpoolPrefix
};

/// The name of a new recording, relative to the recordings folder: CAMERA/YYYY-MM-DD/HHMMSS.mmm-CAMERA.mp4
/// (UTC).
std::filesystem::path recordingPath(const std::string& camera, WallTime started_at);

/// The start that a path made by recordingPath tells; nothing for other paths.
std::optional<WallTime> startOf(const std::filesystem::path& relative_path);

}  // namespace porchlight::disk
