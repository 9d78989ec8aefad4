/// AAC-LC out of samples.
#pragma once

#include <functional>
#include <vector>

#include "worker/sound/sample_line.h"
#include "worker/stream/libav.h"

namespace porchlight::worker {

/// libavcodec's AAC encoder behind a line of samples: packets follow each other without a hole and stand
/// where their sound belongs, the encoder's own delay taken out.
///
/// **Owns** the encoder and one open frame; nothing else waits. **Thread**: thread-bound, never blocks.
class SoundEncoder {
  public:
    using Sink = std::function<void(const Packet&)>;

    /// Of the rates that AAC knows the least that holds `rate_hz`; more than two channels become two. Throws
    /// Error(NotSupported), Error(Exhausted).
    SoundEncoder(int rate_hz, int channels);
    ~SoundEncoder();
    SoundEncoder(const SoundEncoder&) = delete;
    SoundEncoder& operator=(const SoundEncoder&) = delete;

    int rateHz() const noexcept { return context_->sample_rate; }
    int channels() const noexcept { return context_->ch_layout.nb_channels; }

    /// AudioSpecificConfig.
    std::vector<std::uint8_t> config() const;

    /// Samples of this rate and number of channels in planes of floats, the first at `at_us`. Throws
    /// Error(BadData); what follows is encoded all the same.
    void add(const AVFrame& samples, std::int64_t at_us, Monotonic::time_point arrived_at, const Sink& sink);

  private:
    void begin(std::int64_t at, const Sink& sink);
    void put(const AVFrame* samples, std::int64_t first, std::int64_t count, const Sink& sink);
    void encode(const Sink& sink);

    AvCodecContext context_;
    AvFrame open_;         ///< is being filled
    int filled_ = 0;       ///< samples of it
    std::int64_t at_ = 0;  ///< where it belongs, in samples
    AvPacket packet_;
    SampleLine line_;
    Monotonic::time_point arrived_at_{};
};

}  // namespace porchlight::worker
