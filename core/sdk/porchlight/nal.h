/// NAL units of H.264 and H.265, for sources that must say what their packets hold: where each begins and
/// ends, what it is, and what it says without its escapes. Bytes may be hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "porchlight/media.h"

namespace porchlight::nal {

using Bytes = std::span<const std::uint8_t>;

/// What a unit is, as far as anybody here asks. Sources: ITU-T H.264 table 7-1, H.265 table 7-1.
enum class Kind : std::uint8_t {
    None = 0,  ///< no unit of that codec: the forbidden bit is set, or the type or layer is none
    Slice,     ///< of a picture that needs others
    KeySlice,  ///< of one that needs none: IDR; of H.265 all that one can enter at
    Vps,       ///< the video, sequence and picture parameter sets
    Sps,
    Pps,
    Message,    ///< supplemental information ahead of a picture
    Delimiter,  ///< of access units
    Other,
};

namespace detail {

constexpr Kind kindOfH264(std::uint8_t first) noexcept {
    switch (first & 0x1fU) {
        case 1:
            return Kind::Slice;
        case 5:
            return Kind::KeySlice;
        case 6:
            return Kind::Message;
        case 7:
            return Kind::Sps;
        case 8:
            return Kind::Pps;
        case 9:
            return Kind::Delimiter;
        default:
            return (first & 0x1fU) == 0 || (first & 0x1fU) > 23 ? Kind::None : Kind::Other;
    }
}

constexpr Kind kindOfH265(std::uint8_t first) noexcept {
    const unsigned type = (first >> 1U) & 0x3fU;
    if (type < 32) return type >= 16 && type <= 23 ? Kind::KeySlice : Kind::Slice;
    switch (type) {
        case 32:
            return Kind::Vps;
        case 33:
            return Kind::Sps;
        case 34:
            return Kind::Pps;
        case 35:
            return Kind::Delimiter;
        case 39:
            return Kind::Message;
        default:
            return Kind::Other;
    }
}

}  // namespace detail

/// Bytes of a unit's own header.
constexpr std::size_t headerBytes(Codec codec) noexcept {
    return codec == Codec::H265 ? 2 : 1;
}

/// Of the unit that `unit` begins with.
constexpr Kind kindOf(Codec codec, Bytes unit) noexcept {
    if (unit.size() < headerBytes(codec) || (unit[0] & 0x80U) != 0) return Kind::None;
    if (codec == Codec::H264) return detail::kindOfH264(unit[0]);
    // nuh_temporal_id_plus1 is never 0.
    return codec == Codec::H265 && (unit[1] & 0x07U) != 0 ? detail::kindOfH265(unit[0]) : Kind::None;
}

constexpr bool isSlice(Kind kind) noexcept {
    return kind == Kind::Slice || kind == Kind::KeySlice;
}

constexpr bool isParameterSet(Kind kind) noexcept {
    return kind == Kind::Vps || kind == Kind::Sps || kind == Kind::Pps;
}

/// Position of the next 00 00 01 at or after `from`; data.size(): there is none.
constexpr std::size_t nextStart(Bytes data, std::size_t from = 0) noexcept {
    for (std::size_t i = from; i + 3 <= data.size();) {
        if (data[i + 2] > 1)
            i += 3;  // none of the three can begin one
        else if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1)
            return i;
        else
            ++i;
    }
    return data.size();
}

/// Bytes of each length in packets whose extradata is an avcC or hvcC box; 0: it is neither, and the packets
/// have start codes.
inline unsigned lengthBytes(const StreamFormat& format) noexcept {
    const auto& extra = format.extradata;
    if (extra.empty() || extra[0] != 1) return 0;
    if (format.video == Codec::H264) return extra.size() >= 7 ? (extra[4] & 3U) + 1 : 0;
    return format.video == Codec::H265 && extra.size() >= 23 ? (extra[21] & 3U) + 1 : 0;
}

/// Goes from unit to unit of one packet, with start codes (Annex B) or with lengths (ISO/IEC 14496-15).
///
///     for (nal::Walk walk(packet.data); walk.next();)
///         if (nal::kindOf(codec, walk.rest()) == nal::Kind::KeySlice) ...
///
/// Lazy: the end of a unit is looked for when it is asked for, or when the walk goes on. So whoever stops at
/// the first slice has not searched a keyframe of a megabyte. Borrows the bytes.
class Walk {
  public:
    /// `length_bytes`: of each length, 1 to 4; 0: start codes.
    explicit constexpr Walk(Bytes data, unsigned length_bytes = 0) noexcept
        : data_(data), length_bytes_(length_bytes) {}

    /// Goes to the first unit, then to the next. False: there is none, or what comes is none.
    constexpr bool next() noexcept { return length_bytes_ == 0 ? nextCoded() : nextMeasured(); }

    /// From the unit's header to the end of the packet; at least one byte.
    constexpr Bytes rest() const noexcept { return data_.subspan(begin_); }

    /// The unit from its header to its last byte. Zeros behind it belong to no unit (trailing_zero_8bits, and
    /// the first byte of a start code of four).
    constexpr Bytes unit() const noexcept {
        std::size_t end = end_;
        if (length_bytes_ == 0) {
            end = nextStart(data_, begin_);
            while (end > begin_ + 1 && data_[end - 1] == 0) --end;
        }
        return data_.subspan(begin_, end - begin_);
    }

    /// After next() was false: nothing is left. Lengths that point beyond the packet, or at nothing, leave
    /// some.
    constexpr bool isWhole() const noexcept { return end_ == data_.size(); }

  private:
    constexpr bool nextCoded() noexcept {
        const std::size_t start = nextStart(data_, begin_);
        end_ = data_.size();
        if (start + 3 >= data_.size()) return false;
        begin_ = start + 3;
        return true;
    }
    constexpr bool nextMeasured() noexcept {
        if (data_.size() - end_ <= length_bytes_) return false;
        std::size_t length = 0;
        for (unsigned i = 0; i < length_bytes_; ++i) length = (length << 8U) | data_[end_ + i];
        if (length == 0 || length > data_.size() - end_ - length_bytes_) return false;
        begin_ = end_ + length_bytes_;
        end_ = begin_ + length;
        return true;
    }

    Bytes data_;
    unsigned length_bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// The first unit of that kind in a packet with start codes; empty: none is there.
constexpr Bytes firstOf(Codec codec, Bytes data, Kind kind) noexcept {
    for (Walk walk(data); walk.next();)
        if (kindOf(codec, walk.rest()) == kind) return walk.unit();
    return {};
}

/// What the unit says: without the 03 that keeps 00 00 03 from looking like a start code (emulation
/// prevention).
inline std::vector<std::uint8_t> withoutEscapes(Bytes unit) {
    std::vector<std::uint8_t> out;
    out.reserve(unit.size());
    unsigned zeros = 0;
    for (const std::uint8_t byte : unit) {
        const bool is_escape = zeros >= 2 && byte == 3;
        zeros = byte == 0 ? zeros + 1 : 0;
        if (!is_escape) out.push_back(byte);
    }
    return out;
}

}  // namespace porchlight::nal
