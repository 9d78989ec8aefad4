/// The capture source of V4L2 cameras.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "buffer_queue.h"
#include "capabilities.h"
#include "device.h"
#include "frame_clock.h"
#include "porchlight/capture.h"
#include "porchlight/interrupt.h"

namespace porchlight::v4l2 {

/// Reads a V4L2 node without threads of its own: poll() on the node and on what interrupt() sets.
///
/// Every buffer that is taken from the driver goes back to it, whatever was in it. Damaged frames throw
/// Error(BadData), holes in the numbering are counted by lostFrames(). Compressed frames are copied (they are
/// small); pictures are lent without a copy where the driver's memory is ordinary memory and enough buffers
/// are left to it.
///
/// **Owns** the device and its buffers. **Thread**: as CaptureSource says.
class V4l2Source final : public CaptureSource {
  public:
    ~V4l2Source() override;
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override;
    StreamFormat format() const override { return format_; }
    std::uint64_t lostFrames() const noexcept override { return clock_.lost() + lost_at_start_; }
    void interrupt() noexcept override { wake_.notify(); }

  private:
    void agree(const Settings& settings);
    void startStreaming();
    short waitForFrame(Deadline deadline) const;
    bool takeFilled(Filled& filled, bool is_failing);
    void checkEvents() const;
    bool fill(Sample& sample, const Filled& filled, bool& is_lent);
    bool fillJpeg(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp);
    bool fillH264(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp);
    void fillPicture(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp, bool& is_lent);
    Packet packetOf(std::vector<std::uint8_t>&& bytes, const FrameClock::Stamp& stamp, bool is_key) const;

    Wake wake_;
    Device device_;
    std::shared_ptr<BufferQueue> queue_;  ///< stopped before device_ goes
    AgreedFormat agreed_;
    const FourCc* fourcc_ = nullptr;
    Layout layout_;
    StreamFormat format_;
    FrameClock clock_;
    std::string description_;
    Monotonic::time_point arrived_at_{};
    bool is_memory_cached_ = false;
    bool has_key_ = false;
    bool has_sample_ = false;
    std::uint64_t lost_at_start_ = 0;
    int failures_in_a_row_ = 0;
};

}  // namespace porchlight::v4l2
