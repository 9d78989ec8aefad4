/// A stateful H.264 encoder of the kernel made of libx264, with faults: hardware of that kind is in boards
/// only.
#pragma once

#include <linux/videodev2.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "worker/encode/m2m_port.h"
#include "worker/encode/x264_encoder.h"

namespace porchlight::test {

/// How the node behaves; several nodes of a test look at the same one.
struct NodeManner {
    bool is_multi = true;
    bool is_codec = true;
    std::uint32_t coded = V4L2_PIX_FMT_H264;
    std::uint32_t raw = V4L2_PIX_FMT_YUV420;
    bool has_bit_rate = true;
    bool can_force_key = true;
    bool ignores_force_key = false;
    bool keys_only = false;
    bool aligns_height = false;  ///< to 16, as macroblocks need
    bool can_crop = true;
    bool sends_headers_apart = false;
    bool is_silent = false;
    bool gives_garbage = false;
    bool swaps_colours = false;
    bool forgets_times = false;
    int fails_after = -1;  ///< pictures; EIO from then on
    int instances = 8;     ///< that may be open at once
    // What was seen.
    int open = 0;
    int opened = 0;
    std::map<std::uint32_t, std::int32_t> controls;
    v4l2_rect crop{};
};

/// One opened instance. **Thread**: thread-bound.
class FakeEncoderNode final : public worker::M2mPort {
  public:
    FakeEncoderNode(std::string path, std::shared_ptr<NodeManner> manner);
    ~FakeEncoderNode() override { --manner_->open; }

    const std::string& path() const noexcept override { return path_; }
    int call(unsigned long request, void* argument) noexcept override;
    void* map(std::size_t size_bytes, std::int64_t offset) noexcept override;
    void unmap(void*, std::size_t) noexcept override {}
    short wait(short events, Deadline deadline) noexcept override;

  private:
    int describe(v4l2_fmtdesc& format) const;
    int setFormat(v4l2_format& format);
    int setControl(const v4l2_ext_control& control);
    int queueBuffer(v4l2_buffer& buffer);
    int takeBuffer(v4l2_buffer& buffer);
    int encodePicture(const v4l2_buffer& buffer);
    void put(std::vector<std::uint8_t> bytes, timeval when, bool is_key);
    bool isRaw(std::uint32_t type) const;

    struct Coded {
        std::vector<std::uint8_t> bytes;
        timeval when;
        bool is_key;
    };
    const std::string path_;
    std::shared_ptr<NodeManner> manner_;
    int width_ = 0;
    int height_ = 0;
    int visible_height_ = 0;
    int pictures_ = 0;
    bool is_key_wanted_ = false;
    std::unique_ptr<worker::X264Encoder> encoder_;
    std::vector<std::vector<std::uint8_t>> raw_memory_;
    std::vector<std::vector<std::uint8_t>> coded_memory_;
    std::deque<std::uint32_t> raw_done_;
    std::deque<std::uint32_t> coded_free_;
    std::deque<Coded> coded_;
};

}  // namespace porchlight::test
