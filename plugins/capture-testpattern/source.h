/// The capture source of the test scene: a camera that needs no hardware.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "porchlight/capture.h"
#include "porchlight/interrupt.h"
#include "porchlight/mutex.h"
#include "scene.h"

namespace porchlight::testpattern {

/// Picture buffers that come back when the last reader lets go. Any thread; never blocks for long.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
  public:
    explicit BufferPool(std::size_t size_bytes);
    std::shared_ptr<std::uint8_t> take();

  private:
    using Buffer = std::unique_ptr<std::uint8_t[]>;
    std::size_t size_bytes_;
    Mutex mutex_;
    std::vector<Buffer> free_ PORCHLIGHT_GUARDED_BY(mutex_);
};

/// Delivers pictures in step with the clock: picture n is due n frame times after open(); a reader that is
/// late misses pictures, as with a real camera. **Owns** the scene. **Thread**: as CaptureSource says.
class TestPatternSource final : public CaptureSource {
  public:
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override;
    StreamFormat format() const override { return format_; }
    void interrupt() noexcept override { interrupt_.raise(); }

  private:
    Monotonic::time_point dueAt(std::uint64_t frame_number) const noexcept;
    Picture render(std::uint64_t frame_number);

    StreamFormat format_;
    std::optional<Scene> scene_;
    std::shared_ptr<BufferPool> pool_;
    Monotonic::time_point start_{};
    std::uint64_t next_frame_ = 0;
    Interrupt interrupt_;
};

}  // namespace porchlight::testpattern
