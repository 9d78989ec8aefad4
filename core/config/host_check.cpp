#include "config/host_check.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/text.h"
#include "config/address.h"
#include "config/trust.h"

namespace porchlight::config {
namespace {

void tell(Problems& problems, const LoadResult& loaded, const std::string& key, const std::string& text) {
    const auto found = loaded.places.find(key);
    const Place place = found != loaded.places.end() ? found->second : Place{1, 1};
    problems.push_back({loaded.config.file, place.line, place.column, base::printable(key + " " + text)});
}

/// Why nobody can listen there; empty when one can. It is bound for a moment; with port 0, which takes one of
/// the system's choice, only the address is judged.
std::string whyNotHere(const std::string& address, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
        error != 0)
        return ::gai_strerror(error);
    const base::Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool is_bound = fd && ::bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0;
    const int error = errno;
    ::freeaddrinfo(found);
    if (is_bound || (port != 0 && error != EACCES))
        return "";  // a port in use: by the appliance itself, perhaps
    if (error == EACCES)
        return "this user may not open ports below 1024: take 8443, or let the service have "
               "CAP_NET_BIND_SERVICE";
    return error == EADDRNOTAVAIL ? "this machine has no such address; 0.0.0.0 means all it has"
                                  : std::strerror(error);
}

/// The folder itself, or the nearest one above that is there.
std::filesystem::path nearestThere(std::filesystem::path path) {
    struct stat status {};
    while (::lstat(path.c_str(), &status) != 0 && path != path.root_path() && path.has_parent_path())
        path = path.parent_path();
    return path;
}

std::string whyNoDataDir(const Config& config, uid_t self) {
    const auto there = nearestThere(config.data_dir);
    struct stat status {};
    if (::stat(there.c_str(), &status) != 0)
        return "cannot be used: " + there.string() + ": " + std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "cannot be used: " + there.string() + " is no folder";
    struct statfs system {};
    if (::statfs(there.c_str(), &system) == 0)
        if (const std::string why = whyNoDataOn(system.f_type); !why.empty()) return why;
    if (there != config.data_dir)
        return self != ::geteuid() || ::access(there.c_str(), W_OK | X_OK) == 0
                   ? ""
                   : "cannot be made in " + there.string() + ": " + std::strerror(errno);
    if (status.st_uid != self)
        return "belongs to the user " + userName(status.st_uid) + ", but the appliance runs as " +
               userName(self) + ": permission is denied; chown -R " + userName(self) + " " +
               config.data_dir.string() + ", or set another data_dir";
    return "";
}

/// A sticky folder of our own (a fresh tmpfs) is closed by the daemon at its start.
bool isSticky(const std::filesystem::path& folder) {
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_ISVTX) != 0;
}

void examineTrust(const LoadResult& loaded, uid_t self, Problems& problems) {
    const Config& config = loaded.config;
    for (const auto& path : {config.file, config.cameras_dir})
        if (const std::string why = whyUntrusted(std::filesystem::absolute(path), self); !why.empty())
            problems.push_back({config.file, 1, 1, "the configuration could be changed by others: " + why});
    for (const auto& path : config.secret_files)
        if (const std::string why = whyUntrusted(path, self); !why.empty())
            problems.push_back({config.file, 1, 1, "a file with secrets could be changed by others: " + why});
    for (const auto& camera : config.cameras)
        if (!camera.health.owner_action.empty())
            if (const std::string why = whyUntrusted(camera.health.owner_action.front(), self); !why.empty())
                problems.push_back(
                    {camera.file, 1, 1, "the program of owner_action could be changed by others: " + why});
    const auto& above = config.data_dir.parent_path();
    std::string why = whyUntrusted(isSticky(config.data_dir) ? above : config.data_dir, self);
    if (why.empty()) why = whyEntriesUntrusted(config.data_dir, self);
    if (!why.empty()) tell(problems, loaded, "data_dir", "could be changed by others: " + why);
}

}  // namespace

uid_t userOf(const Config& config) {
    struct stat status {};
    if (::stat(config.data_dir.c_str(), &status) == 0 || ::stat(config.file.c_str(), &status) == 0)
        return status.st_uid;
    return ::geteuid();
}

std::string whyNoDataOn(long file_system_type) {
    static constexpr struct {
        unsigned type;
        const char* name;
    } kForeign[] = {{0x4d44, "FAT"}, {0x2011bab0, "exFAT"}, {0x5346544e, "NTFS"}, {0x7366746e, "NTFS"}};
    for (const auto& entry : kForeign)
        if (static_cast<unsigned>(file_system_type) == entry.type)
            return std::string("is on a disk with ") + entry.name +
                   ", which knows neither owners of files nor sockets: format it with ext4, or leave "
                   "data_dir on the system's disk and "
                   "mount this one at its folder recordings";
    return "";
}

HostFindings examineHost(const LoadResult& loaded, uid_t self) {
    const Config& config = loaded.config;
    HostFindings findings;
    if (const std::string why = whyNotHere(config.web.bind, 0); !why.empty())
        tell(findings.stops, loaded, "web.bind", config.web.bind + " cannot be listened on: " + why);
    else if (const std::string refused =
                 self == ::geteuid() ? whyNotHere(config.web.bind, config.web.port) : "";
             !refused.empty())
        tell(findings.troubles, loaded, "web.port",
             std::to_string(config.web.port) + " cannot be listened on: " + refused);
    if (const std::string why = whyNoDataDir(config, self); !why.empty())
        tell(findings.stops, loaded, "data_dir", why);
    else
        examineTrust(loaded, self, findings.stops);
    for (const auto& alert : config.alerts) {
        const std::string file(alert.settings.has("ca_file") ? alert.settings.text("ca_file") : "");
        if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
            tell(findings.troubles, loaded, alert.target() + ".ca_file",
                 file + " cannot be read: " + std::strerror(errno));
    }
    return findings;
}

}  // namespace porchlight::config
