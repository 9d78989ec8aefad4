/// A device whose driver hangs, without one.
#pragma once

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/folder.h"
#include "support/skip.h"

namespace porchlight::test {

/// A file system that answers nothing but the greeting: whoever opens a file in it sleeps uninterruptibly.
class DeadFileSystem {
  public:
    DeadFileSystem() {
        fd_ = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fd_ < 0) return;
        const std::string wishes = "fd=" + std::to_string(fd_) + ",rootmode=40000,user_id=0,group_id=0";
        is_mounted_ =
            ::mount("dead", folder_.path().c_str(), "fuse", MS_NOSUID | MS_NODEV, wishes.c_str()) == 0;
        if (is_mounted_) thread_ = std::thread([this] { serve(); });
    }
    ~DeadFileSystem() { release(); }

    bool isMounted() const { return is_mounted_; }
    bool isAsked() const { return is_asked_; }  ///< somebody sleeps in it, or will in a moment
    std::string file() const { return (folder_ / "camera").string(); }

    /// The driver comes to its senses: every open fails, the sleepers wake.
    void release() {
        if (fd_ < 0) return;
        if (is_mounted_) ::umount2(folder_.path().c_str(), MNT_FORCE | MNT_DETACH);
        if (thread_.joinable()) thread_.join();
        ::close(fd_);
        fd_ = -1;
    }

  private:
    void serve() {
        std::vector<char> buffer(1 << 17);
        for (;;) {
            const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
            if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (n < static_cast<ssize_t>(sizeof(fuse_in_header))) return;  // unmounted
            fuse_in_header in{};
            std::memcpy(&in, buffer.data(), sizeof in);
            if (in.opcode != FUSE_INIT) {
                is_asked_ = true;
                continue;
            }
            struct {
                fuse_out_header header;
                fuse_init_out init;
            } out{};
            out.header.len = sizeof out;
            out.header.unique = in.unique;
            out.init.major = FUSE_KERNEL_VERSION;
            out.init.minor = 31;
            out.init.max_write = 4096;
            (void)::write(fd_, &out, sizeof out);
        }
    }

    Folder folder_;
    int fd_ = -1;
    bool is_mounted_ = false;
    std::atomic<bool> is_asked_{false};
    std::thread thread_;
};

}  // namespace porchlight::test

/// Skips the case where none can be mounted.
#define NEED_DEAD_FILE_SYSTEM(dead)                                                   \
    if (!(dead).isMounted()) {                                                        \
        porchlight::test::tellSkipped("needs the right to mount a FUSE file system"); \
        return;                                                                       \
    }
