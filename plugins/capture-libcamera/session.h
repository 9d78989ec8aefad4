/// A camera in use: configured, with its buffers, streaming.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "completions.h"
#include "mapped_buffer.h"

namespace porchlight::libcamera_source {

/// What the owner wants.
struct Wanted {
    std::string format;  ///< auto yuv420 nv12 yuyv mjpeg rgb
    unsigned width_px = 1280;
    unsigned height_px = 720;
    bool is_size_given = false;   ///< false: the camera may give something near it
    unsigned low_width_px = 320;  ///< 0: no second output
    unsigned buffers = 4;
    Turn turn = Turn::None;
};

/// **Owns** the acquired camera, its buffers and requests, and takes them down in the only order that does
/// not crash: stop, requests, mappings, buffers, release. **Thread**: thread-bound (capture). Throws Error.
class Session {
  public:
    Session(std::shared_ptr<libcamera::Camera> camera, const Wanted& wanted, Completions& completions);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start(const libcamera::ControlList& controls);

    /// Back into the camera's queue, with its buffers. Throws Error(Unavailable) when the camera refuses it.
    void giveBack(libcamera::Request* request);

    const libcamera::StreamConfiguration& main() const { return configuration_->at(0); }
    const libcamera::StreamConfiguration* low() const {
        return configuration_->size() > 1 ? &configuration_->at(1) : nullptr;
    }
    const MappedBuffer& mapped(const libcamera::FrameBuffer* buffer) const { return *mapped_.at(buffer); }

  private:
    void configure(const Wanted& wanted);
    void judge(const Wanted& wanted) const;
    bool propose(const Wanted& wanted, bool with_low);
    void shapeLow(const Wanted& wanted);
    void makeBuffers(unsigned wanted_buffers);
    void makeRequests();
    void tearDown() noexcept;
    std::string name() const { return "camera '" + camera_->id() + '\''; }

    std::shared_ptr<libcamera::Camera> camera_;
    Completions& completions_;
    std::unique_ptr<libcamera::CameraConfiguration> configuration_;
    std::unique_ptr<libcamera::FrameBufferAllocator> allocator_;
    std::map<const libcamera::FrameBuffer*, std::unique_ptr<MappedBuffer>> mapped_;
    std::vector<std::unique_ptr<libcamera::Request>> requests_;
    bool is_running_ = false;
    bool is_turned_ = false;
};

}  // namespace porchlight::libcamera_source
