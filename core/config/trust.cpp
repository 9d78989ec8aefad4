#include "config/trust.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cstring>

#include "base/text.h"

namespace porchlight::config {
namespace {

constexpr uid_t kNobody = 65534;  // also stands for root where a user namespace does not know root

bool isUserOf(const char* name, uid_t self) {
    const passwd* user = ::getpwnam(name);
    return user != nullptr && (user->pw_uid == self || user->pw_uid == 0);
}

/// True when somebody else than root and `self` is in the group.
bool hasOthers(gid_t id, uid_t self) {
    if (id == 0) return false;
    if (const group* found = ::getgrgid(id); found != nullptr)
        for (char** member = found->gr_mem; *member != nullptr; ++member)
            if (!isUserOf(*member, self)) return true;
    bool has_others = false;
    ::setpwent();
    while (const passwd* user = ::getpwent())
        if (user->pw_gid == id && user->pw_uid != self && user->pw_uid != 0) has_others = true;
    ::endpwent();
    return has_others;
}

/// With an access control list, the mode of the group is what any of its entries may.
bool hasAccessList(const std::filesystem::path& path) {
    return ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

std::string whyOne(const std::filesystem::path& path, uid_t self, bool is_above) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return "";
    const std::string name = base::printable(path.string());
    const bool is_own = status.st_uid == self || status.st_uid == 0 || (is_above && status.st_uid == kNobody);
    if (!is_own)
        return name + " belongs to the user " + userName(status.st_uid) + ", who could change it: chown " +
               userName(self) + " " + name;
    if (S_ISDIR(status.st_mode) && is_above && (status.st_mode & S_ISVTX) != 0) return "";
    if ((status.st_mode & S_IWOTH) != 0)
        return name + " can be written by every user of this machine: chmod o-w " + name;
    if ((status.st_mode & S_IWGRP) != 0 && (hasAccessList(path) || hasOthers(status.st_gid, self)))
        return name + " can be written by other users (its group, or an access list): chmod g-w " + name;
    return "";
}

/// It, or a folder above it.
std::string whyOneOf(std::filesystem::path path, uid_t self) {
    for (bool is_above = false;; path = path.parent_path(), is_above = true) {
        if (std::string why = whyOne(path, self, is_above); !why.empty()) return why;
        if (path == path.root_path() || !path.has_parent_path()) return "";
    }
}

}  // namespace

std::string userName(uid_t user) {
    const passwd* found = ::getpwuid(user);
    return found != nullptr ? found->pw_name : std::to_string(user);
}

std::string whyUntrusted(const std::filesystem::path& path, uid_t self) {
    std::error_code failure;
    const auto real = std::filesystem::canonical(path, failure);
    if (failure) return "";
    if (std::string why = whyOneOf(real, self); !why.empty()) return why;
    // As it is written, too: where a link lies, another can be put in its place.
    return whyOneOf(std::filesystem::absolute(path).lexically_normal(), self);
}

std::string whyEntriesUntrusted(const std::filesystem::path& folder, uid_t self) {
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        struct stat status {};
        if (::lstat(entry->path().c_str(), &status) != 0 || status.st_uid == self || status.st_uid == 0)
            continue;
        const std::string name = base::printable(entry->path().string());
        return name + " belongs to the user " + userName(status.st_uid) + ": remove it, or chown " +
               userName(self) + " " + name;
    }
    return "";
}

}  // namespace porchlight::config
