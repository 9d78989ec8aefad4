/// One open V4L2 node: ioctls, and errors in words.
#pragma once

#include <linux/videodev2.h>

#include <string>

#include "porchlight/error.h"

namespace porchlight::v4l2 {

/// **Owns** the descriptor. **Thread**: any; the kernel serialises.
class Device {
  public:
    Device() noexcept = default;
    /// Opens without blocking. Throws Error: Unavailable (not there), Misconfigured (not allowed, no camera).
    explicit Device(const std::string& path);
    Device(Device&& other) noexcept;
    Device& operator=(Device&& other) noexcept;
    ~Device();

    int fd() const noexcept { return fd_; }
    const std::string& path() const noexcept { return path_; }

    /// 0, or errno. A call that a signal interrupted is made again.
    int tryCall(unsigned long request, void* argument) const noexcept;

    /// Throws failure() unless it works.
    void call(unsigned long request, void* argument, const char* doing) const;

    /// "set the format of /dev/video0: busy (held by pid 812, motion)", of the kind that fits.
    Error failure(const char* doing, int error_number) const;

    const v4l2_capability& capability() const noexcept { return capability_; }
    std::string card() const;    ///< "HD Webcam C525"
    std::string driver() const;  ///< "uvcvideo"
    bool canCapture() const noexcept;
    /// A node of a sensor's pipeline or of an image processor: no picture comes out of it unless libcamera
    /// sets up the whole of it.
    bool isPartOfPipeline() const;
    bool isMultiPlanar() const noexcept;
    v4l2_buf_type bufferType() const noexcept;

  private:
    std::string path_;
    int fd_ = -1;
    v4l2_capability capability_{};
};

/// "pid 812, motion" of a process that has this node open, other than ours; empty when there is none or it
/// cannot be seen (another user's). Reads /proc.
std::string holderOf(const std::string& path);

/// Stable names of all capture nodes, "/dev/v4l/by-id/..." where there is one; main nodes only.
std::string camerasHere();

}  // namespace porchlight::v4l2
