#include "worker/confine/task_count.h"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace porchlight::worker {
namespace {

/// Threads of the process whose /proc/PID/status this is, 0 when it is of another user or has gone.
std::uint64_t threadsIn(std::istream& status, uid_t uid) {
    bool is_of_user = false;
    for (std::string line; std::getline(status, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t value = 0;
        if (!(words >> name >> value)) continue;
        if (name == "Uid:") is_of_user = value == uid;
        if (name == "Threads:") return is_of_user ? value : 0;
    }
    return 0;
}

}  // namespace

std::optional<std::uint64_t> tasksOf(uid_t uid) noexcept try {
    std::uint64_t tasks = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.empty() || !std::isdigit(static_cast<unsigned char>(name[0]))) continue;
        std::ifstream status(entry.path() / "status");
        tasks += threadsIn(status, uid);
    }
    if (tasks == 0) return std::nullopt;
    return tasks;
} catch (...) {
    return std::nullopt;
}

}  // namespace porchlight::worker
