/// The sound of a stream as it is recorded: always AAC.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "worker/sound/sound_decoder.h"
#include "worker/sound/sound_encoder.h"

namespace porchlight::worker {

struct AdtsHeader;

/// What a source gives in, what MP4 takes out. AAC passes bit by bit, without the headers that MPEG-TS puts
/// before its frames; everything else is decoded and encoded, at its own rate and with its own number of
/// channels (two at most) where AAC has them.
///
/// What is recorded stays the same as long as the stream lasts, so that no file ends for its sound: when the
/// source changes its codec, its rate or its channels, the new sound is encoded as the old one was.
///
/// **Owns** decoder and encoder. **Thread**: thread-bound, never blocks.
class Sound {
  public:
    using Sink = std::function<void(const Packet&)>;

    /// Another stream. Sound that cannot be taken is none, and told() says why. Throws Error(Exhausted).
    void begin(const StreamFormat& source);

    /// The stream goes on with other sound: told() is new, and recorded() where there was none. Throws as
    /// begin().
    void change(const StreamFormat& source);

    /// True when the packet tells what the description did not: recorded() and told() are new.
    bool learn(const Packet& packet);

    /// True, once, when nothing that comes decodes any more, or it cannot be encoded as it was: from now on
    /// there is no sound, as recorded() and told() say.
    bool takeEnd() noexcept { return std::exchange(is_over_, false); }

    /// The audio fields of what comes out of add(); Codec::None: nothing does.
    const StreamFormat& recorded() const noexcept { return recorded_; }

    /// For the description of the stream: ", audio mu-law 8 kHz mono is recorded as AAC".
    const std::string& told() const noexcept { return told_; }

    /// False when some of it did not decode and is left out, which the log tells once for a stream. Throws
    /// Error(Exhausted).
    bool add(const Packet& packet, const Sink& sink);

  private:
    enum class Way : std::uint8_t { None, AsItComes, Unpacked, Encoded, Awaited };

    void pass(const Packet& packet, const Sink& sink);
    void complete();
    void choose();
    void leaveOut(const std::string& why);
    void encodeFrom(int rate_hz, int channels);
    bool isAsRecorded(const AdtsHeader& header) const noexcept;
    void unpack(const Packet& packet, const Sink& sink);
    void encode(const Packet& packet, const Sink& sink);

    Way way_ = Way::None;
    Way first_way_ = Way::None;  ///< of what recorded() was made for
    StreamFormat source_;        ///< audio fields only
    StreamFormat first_source_;  ///< likewise, of what recorded() was made for
    StreamFormat recorded_;      ///< likewise
    std::string told_;
    bool did_tell_damage_ = false;
    bool is_over_ = false;
    int refused_ = 0;  ///< packets in a row
    std::unique_ptr<SoundDecoder> decoder_;
    std::unique_ptr<SoundEncoder> encoder_;
};

}  // namespace porchlight::worker
