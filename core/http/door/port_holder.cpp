#include "http/door/port_holder.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace porchlight::http {
namespace {

namespace fs = std::filesystem;

/// Inodes of sockets that listen on `port`, as /proc/net/tcp lists them: local address, state 0A.
void collectListeners(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, skip, inode;
        fields >> slot >> local >> remote >> state >> skip >> skip >> skip >> skip >> skip >> inode;
        const auto colon = local.rfind(':');
        if (state != "0A" || colon == std::string::npos) continue;
        if (std::stoul(local.substr(colon + 1), nullptr, 16) == port) inodes.insert("socket:[" + inode + "]");
    }
}

bool holdsOne(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (fs::directory_iterator it(process / "fd", error), end; !error && it != end; it.increment(error)) {
        std::error_code gone;  // descriptors come and go while we look
        if (inodes.contains(fs::read_symlink(it->path(), gone).string())) return true;
    }
    return false;
}

}  // namespace

std::string portHolder(std::uint16_t port) {
    std::set<std::string> inodes;
    collectListeners("/proc/net/tcp", port, inodes);
    collectListeners("/proc/net/tcp6", port, inodes);
    if (inodes.empty()) return {};
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const std::string pid = it->path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos || !holdsOne(it->path(), inodes))
            continue;
        std::string name;
        std::getline(std::ifstream(it->path() / "comm"), name);
        return "pid " + pid + " (" + name + ")";
    }
    return "another user's process";
}

}  // namespace porchlight::http
