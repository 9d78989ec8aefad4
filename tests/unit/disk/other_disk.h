/// Another file system than that of the temporary folders, where the machine has one.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "support/folder.h"
#include "support/skip.h"

namespace porchlight::test {

/// A folder in memory. **Owns** what is in it.
class OtherDisk {
  public:
    /// `than`: a folder on the disk it is to differ from.
    explicit OtherDisk(const std::filesystem::path& than) {
        struct stat here {};
        struct stat there {};
        is_other_ = ::stat(than.c_str(), &here) == 0 && ::stat(path().c_str(), &there) == 0 &&
                    here.st_dev != there.st_dev;
    }
    /// False: there is none on this machine.
    bool isOther() const noexcept { return is_other_; }
    const std::filesystem::path& path() const noexcept { return folder_.path(); }

  private:
    Folder folder_{std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                       : std::filesystem::temp_directory_path()};
    bool is_other_ = false;
};

}  // namespace porchlight::test

/// Skips the case that has no other disk.
#define NEED_OTHER_DISK(disk)                                                            \
    if (!(disk).isOther()) {                                                             \
        porchlight::test::tellSkipped("/dev/shm is no other file system than this one"); \
        return;                                                                          \
    }
