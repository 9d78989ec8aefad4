/// Real small file systems, mounted for a test.
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "support/folder.h"
#include "support/skip.h"

namespace small_disk {

using namespace porchlight;
namespace fs = std::filesystem;

/// An ext4 of its own, on the recordings folder of a rig or `at`. **Owns** the mount.
class Disk {
  public:
    Disk(const test::Folder& folder, const std::string& name, int megabytes,
         const std::string& at = "recordings")
        : image_(folder / (name + ".img")), at_(folder / at) {
        fs::create_directories(at_);
        if (::geteuid() != 0) return;
        const std::string make = "truncate -s " + std::to_string(megabytes) + "M " + image_.string() +
                                 " && PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F " + image_.string() +
                                 " >/dev/null 2>&1";
        is_made_ = std::system(make.c_str()) == 0 && mount();
    }
    ~Disk() {
        if (is_mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }
    /// False: not permitted here.
    bool isMade() const { return is_made_; }
    const fs::path& path() const { return at_; }
    bool mount() {
        is_mounted_ =
            std::system(("mount -o loop " + image_.string() + " " + at_.string() + " 2>/dev/null").c_str()) ==
            0;
        return is_mounted_;
    }
    /// Writes until no more than that is left: somebody else's film.
    void fillUp(std::uint64_t left_bytes) const {
        std::ofstream film(at_ / "somebody-elses-film", std::ios::binary | std::ios::app);
        const std::string block(1U << 18U, 'x');
        while (fs::space(at_).available > left_bytes &&
               film.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    bool umount() {
        for (int i = 0; i < 100 && is_mounted_; ++i) {
            if (::umount(at_.c_str()) == 0)
                is_mounted_ = false;
            else
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return !is_mounted_;
    }
    bool remount(bool is_read_only) {
        return ::mount(nullptr, at_.c_str(), nullptr,
                       MS_REMOUNT | (is_read_only ? static_cast<unsigned long>(MS_RDONLY) : 0UL),
                       nullptr) == 0;
    }

  private:
    const fs::path image_;
    const fs::path at_;
    bool is_made_ = false;
    bool is_mounted_ = false;
};

}  // namespace small_disk

#define NEED_SMALL_DISK(disk)                                                         \
    if (!(disk).isMade()) {                                                           \
        porchlight::test::tellSkipped("mounting a small disk is not permitted here"); \
        return;                                                                       \
    }
