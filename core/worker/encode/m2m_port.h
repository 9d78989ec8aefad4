/// The way to one memory-to-memory node of the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "porchlight/time.h"

namespace porchlight::worker {

/// What the encoder needs of a node; tests put one of their own in its place. **Thread**: thread-bound.
class M2mPort {
  public:
    M2mPort() = default;
    M2mPort(const M2mPort&) = delete;
    M2mPort& operator=(const M2mPort&) = delete;
    virtual ~M2mPort() = default;

    virtual const std::string& path() const noexcept = 0;

    /// 0, or errno. A call that a signal interrupted is made again.
    virtual int call(unsigned long request, void* argument) noexcept = 0;

    /// Memory of a buffer, shared with the driver; null and errno when it is refused.
    virtual void* map(std::size_t size_bytes, std::int64_t offset) noexcept = 0;
    virtual void unmap(void* address, std::size_t size_bytes) noexcept = 0;

    /// Waits for some of the poll events; what of them, or of POLLERR and POLLHUP, is there. 0 at the
    /// deadline.
    virtual short wait(short events, Deadline deadline) noexcept = 0;
};

/// A node of this machine. **Owns** the descriptor.
class M2mNode final : public M2mPort {
  public:
    /// Throws Error(Unavailable) when it cannot be opened, e.g. because its instances are all in use.
    explicit M2mNode(const std::string& path);

    const std::string& path() const noexcept override { return path_; }
    int call(unsigned long request, void* argument) noexcept override;
    void* map(std::size_t size_bytes, std::int64_t offset) noexcept override;
    void unmap(void* address, std::size_t size_bytes) noexcept override;
    short wait(short events, Deadline deadline) noexcept override;

  private:
    const std::string path_;
    base::Fd fd_;
};

/// Nodes that could be encoders: /dev/video0, ... without those of USB devices and of the pipelines of
/// sensors. A camera's driver may hang in open(): that must not reach the workers of other cameras.
std::vector<std::string> nodesThatMayEncode(const std::string& sysfs_folder = "/sys/class/video4linux");

}  // namespace porchlight::worker
