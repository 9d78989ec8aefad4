/// What comes over a connection of RTSP (RFC 2326): messages, and packets between them (10.12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reach/head.h"

namespace porchlight::ffmpeg {

struct RtspMessage {
    int status = 0;    ///< of an answer; 0: the camera asks us something
    std::string head;  ///< with its first line
    std::string body;

    /// The first field of this name, out of `head`; empty: there is none. Pure.
    std::string_view field(std::string_view name) const { return fieldOf(head, name); }
};

/// What a status of RTSP or HTTP is, as libavformat has it: an averror; 0 for 200 to 299. Pure.
int averrorOf(int status) noexcept;

/// RTP or RTCP. `data` belongs to who gave it.
struct RtspPacket {
    int channel = 0;
    std::span<const std::uint8_t> data;
};

/// No RTSP, or more of it than anybody sends: nothing more comes.
struct RtspBroken {};

/// monostate: more bytes are needed.
using RtspPiece = std::variant<std::monostate, RtspPacket, RtspMessage, RtspBroken>;

/// Cuts the bytes into pieces: the same ones, however the bytes come. A piece begins with "RTSP/" in a line
/// with a status, with a method's name in a line that ends in "RTSP/1.0", or with '$' where RTP, RTCP or
/// nothing follows. Bytes between pieces that begin none are skipped, up to a bound, and so is a message
/// that makes no sense. Once it is told which packets the session has, all others must be short and end where
/// the next piece begins: in a burst of random bytes every 256th is a '$', and seems to begin 64 KiB.
///
/// Owns: a buffer, whose size never changes. Thread: thread-bound (reader).
class RtspCutter {
  public:
    static constexpr std::size_t kMaxHead = 16U << 10U;     ///< bytes, with the empty line behind it
    static constexpr std::size_t kMaxBody = 64U << 10U;     ///< bytes
    static constexpr std::size_t kMaxRubbish = 64U << 10U;  ///< bytes between two pieces

    /// Throws std::bad_alloc.
    RtspCutter();

    /// Packets of media come on `channel` with a type that `description`, the track's lines in the camera's
    /// SDP, names; reports on it and on the next one. Throws std::bad_alloc.
    void expect(int channel, std::string_view description);

    /// The next piece; what is broken once stays broken. A packet's data is valid until room(). Never blocks.
    /// Throws std::bad_alloc.
    RtspPiece next();

    /// Where to receive to, at least 64 KiB; asked for when next() needs more bytes.
    std::span<std::uint8_t> room() noexcept;

    /// Bytes that were skipped since the last piece.
    std::size_t rubbish() const noexcept { return rubbish_; }

    /// So many bytes were received there.
    void noteFilled(std::size_t bytes) noexcept { end_ += bytes; }

  private:
    struct Expected {
        int channel = 0;
        std::vector<int> types;
    };
    enum class Guess { Packet = 1, Rubbish, MoreNeeded };

    Guess guess(std::span<const std::uint8_t> rest) const noexcept;
    bool isExpected(std::span<const std::uint8_t> rest) const noexcept;
    void skipByte() noexcept;
    RtspPiece cutPacket(std::span<const std::uint8_t> rest) noexcept;
    std::optional<RtspPiece> cutMessage(std::string_view rest);
    RtspPiece broken() noexcept;

    std::unique_ptr<std::uint8_t[]> buffer_;
    std::vector<Expected> expected_;  ///< empty: whatever looks like a packet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t rubbish_ = 0;  ///< since the last piece
    bool is_broken_ = false;
};

}  // namespace porchlight::ffmpeg
