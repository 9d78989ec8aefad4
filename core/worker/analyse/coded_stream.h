/// H.264 or H.265 packets of one stream, decoded as far and as well as somebody needs them.
#pragma once

#include <memory>

#include "worker/analyse/decode_watch.h"
#include "worker/analyse/decoder.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// Which pictures of a decoder are clean. Without the loop filter decoding is cheap and good enough for a
/// detector; pictures that follow such ones are unclean up to the next keyframe. Pure: time comes from
/// outside.
class CleanWatch {
  public:
    /// A new decoder begins.
    void restart() noexcept { *this = {}; }

    /// The next packet is decoded cheaply, or not.
    void pass(bool is_key, bool is_cheap, Monotonic::time_point now) noexcept;

    /// Fit for a still: clean, or unclean for so long that what there is must do.
    bool isClean(Monotonic::time_point now) const noexcept { return !needs_key_ || now >= unclean_until_; }

  private:
    bool was_cheap_ = false;
    bool needs_key_ = false;  ///< references still lack the loop filter
    Monotonic::time_point unclean_until_{};
};

/// Decoder and clean pictures of one stream, and the watch over whether it decodes at all. **Owns** the
/// decoder, which is there only while it is needed: its reference pictures are megabytes. **Thread**:
/// thread-bound.
class CodedStream {
  public:
    enum class Need : std::uint8_t {
        Look = 1,  ///< one keyframe alone, to see that the stream is alive
        Proof,     ///< a look gave nothing undamaged: what follows, until something does
        Detector,
        People,
    };

    /// `watch` is fed; it must outlive the stream.
    CodedStream(DecodeWatch& watch, Progress& progress) : watch_(watch), progress_(progress) {}

    /// Another stream begins.
    void begin(const StreamFormat& format);

    /// Decodes one packet; nothing comes before the first keyframe. Throws what the Decoder's constructor
    /// throws.
    void decode(const Packet& packet, Need need, const Decoder::Sink& sink);

    /// Nothing is needed for now: the next packet that is decoded is a keyframe.
    void stop() noexcept { decoder_.reset(); }

    bool isClean(Monotonic::time_point now) const noexcept { return clean_.isClean(now); }

  private:
    bool start(const Packet& packet, Monotonic::time_point now);
    bool countBad();

    DecodeWatch& watch_;
    Progress& progress_;
    StreamFormat format_;
    std::unique_ptr<Decoder> decoder_;
    std::uint64_t counted_bad_ = 0;  ///< of the decoder's bad packets
    CleanWatch clean_;
};

}  // namespace porchlight::worker
