/// Samples out of packets of any codec.
#pragma once

#include <functional>
#include <memory>

#include "worker/stream/libav.h"

struct SwrContext;

namespace porchlight::worker {

/// libavcodec and libswresample: whatever rate, format and number of channels a source has, or changes to,
/// the samples come in planes of floats of one rate and one number of channels.
///
/// **Owns** both contexts and a slice of samples (0.1 s). **Thread**: thread-bound, never blocks.
class SoundDecoder {
  public:
    /// At most 1024 samples of the source; the first is at `at_us`. Lives until the sink returns.
    using Sink = std::function<void(const AVFrame& samples, std::int64_t at_us)>;

    /// Throws Error(NotSupported) when libavcodec has no such decoder, Error(Exhausted).
    SoundDecoder(const StreamFormat& source, int rate_hz, int channels);

    /// Throws Error(BadData); later packets may be better.
    void decode(const Packet& packet, const Sink& sink);

  private:
    struct SwrDelete {
        void operator()(SwrContext* context) const noexcept;
    };
    struct Form {
        int rate_hz = 0;
        int channels = 0;
        int format = -1;
        bool operator==(const Form&) const = default;
    };

    void takeFrames(std::int64_t at_us, const Sink& sink);
    void fit(const AVFrame& frame);
    void convert(const AVFrame& frame, std::int64_t at_us, const Sink& sink);

    AvCodecContext context_;
    AvPacket packet_;
    AvFrame frame_;
    Form from_;  ///< what the converter is made for
    const Form to_;
    std::unique_ptr<SwrContext, SwrDelete> converter_;
    AvFrame slice_;
    int capacity_ = 0;  ///< of the slice, in samples
};

}  // namespace porchlight::worker
