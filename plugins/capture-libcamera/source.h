/// Cameras that libcamera knows: Raspberry Pi sensors, USB cameras.
#pragma once

#include <memory>
#include <optional>

#include "controls.h"
#include "manager.h"
#include "pictures.h"
#include "porchlight/capture.h"
#include "session.h"

namespace porchlight::libcamera_source {

/// Pictures (or the camera's own JPEGs) of one camera, with a low resolution copy of the same moment where
/// the sensor gives one. **Owns** manager, session and buffers; they go in that order backwards. **Thread**:
/// as CaptureSource says.
class LibcameraSource final : public CaptureSource {
  public:
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override;
    StreamFormat format() const override { return format_; }
    std::uint64_t lostFrames() const noexcept override { return lost_; }
    void interrupt() noexcept override { completions_.interrupt(); }

  private:
    std::string describe(const std::string& model) const;
    bool take(const libcamera::Request& request, Sample& sample);
    bool isTooEarly(std::int64_t pts_us) noexcept;
    bool isInOrder(unsigned sequence) noexcept;
    std::shared_ptr<const Picture> takeLow(const libcamera::Request& request, const Picture& main);

    Completions completions_;
    std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
    std::optional<Manager> manager_;
    std::optional<Session> session_;
    StreamFormat format_;
    /// Frames beyond this rate are skipped, where the camera cannot be told; 0: none.
    double thinned_rate_hz_ = 0;
    std::int64_t due_us_ = 0;
    std::int64_t last_pts_us_ = 0;
    std::optional<unsigned> last_sequence_;
    std::uint64_t lost_ = 0;
};

}  // namespace porchlight::libcamera_source
