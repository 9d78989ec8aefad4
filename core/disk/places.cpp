#include "disk/places.h"

#include "base/text.h"

namespace porchlight::disk {

std::filesystem::path recordingPath(const std::string& camera, WallTime started_at) {
    // 2026-11-21T02:03:04.567Z
    const std::string text = base::formatTime(started_at, 3);
    const std::string time = text.substr(11, 2) + text.substr(14, 2) + text.substr(17, 6);
    return std::filesystem::path(camera) / text.substr(0, 10) / (time + "-" + camera + ".mp4");
}

std::optional<WallTime> startOf(const std::filesystem::path& relative_path) {
    const std::string date = relative_path.parent_path().filename().string();
    const std::string name = relative_path.filename().string();
    if (date.size() != 10 || name.size() < 11 || name[6] != '.' || name[10] != '-') return std::nullopt;
    const std::string text =
        date + "T" + name.substr(0, 2) + ":" + name.substr(2, 2) + ":" + name.substr(4, 6) + "Z";
    return base::parseTime(text, WallTime{});
}

}  // namespace porchlight::disk
