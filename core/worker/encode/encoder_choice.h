/// Which encoder a worker uses.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "worker/encode/encoder.h"
#include "worker/encode/m2m_port.h"

namespace porchlight::worker {

/// Encodes test pictures and decodes what comes out: all of them must come back in order, look as they went
/// in, and be keyframes where that was asked for and not elsewhere. Throws Error(NotSupported) with what was
/// wrong, Error(Unavailable) at the deadline.
void tryEncoder(Encoder& encoder, const EncoderWish& wish, Deadline deadline);

/// Takes the kernel's encoder where it truly works (tryEncoder) for pictures of this size, libx264 elsewhere;
/// says so in the log when the answer is new. Every node is tried once for a size. **Thread**: thread-bound.
class EncoderChoice {
  public:
    struct Hardware {
        std::function<std::vector<std::string>()> nodes;
        std::function<std::unique_ptr<M2mPort>(const std::string& node)> open;
    };

    /// Of this machine. `why_no_hardware` not empty: libx264, whatever there is.
    explicit EncoderChoice(std::string why_no_hardware);
    explicit EncoderChoice(Hardware hardware);

    /// Throws Error(NotSupported) when there is no encoder at all.
    std::unique_ptr<Encoder> make(const EncoderWish& wish);

    /// The hardware failed while it was in use: libx264 from now on.
    void giveUp(const std::string& why);

    /// "libx264 (/dev/video2 (vicodec): makes FWHT, not H264)", "/dev/video11 (bcm2835-codec-encode)".
    const std::string& told() const noexcept { return told_; }

  private:
    std::unique_ptr<Encoder> makeHardware(const EncoderWish& wish);
    std::unique_ptr<Encoder> tryNode(const std::string& node, const EncoderWish& wish);
    void tell(std::string text);

    Hardware hardware_;
    std::string why_none_;  ///< why there is no hardware encoder; empty: to be found out
    bool is_software_only_ = false;
    int width_px_ = 0;  ///< of the pictures that node_ and why_none_ are about
    int height_px_ = 0;
    std::string node_;  ///< the one that works
    std::string told_;
};

}  // namespace porchlight::worker
