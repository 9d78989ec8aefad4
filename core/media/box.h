/// ISO base media file format (ISO/IEC 14496-12): boxes read without ever leaving the bytes given, and
/// written.
///
/// A box is u32 size (header included), u32 type, payload; size 1 means a u64 size follows the type. All
/// numbers are big endian. Readers take untrusted bytes: a lying size is Error(BadData), never a read or an
/// allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"

namespace porchlight::media {

using FourCc = std::uint32_t;

constexpr FourCc fourCc(const char (&name)[5]) noexcept {
    FourCc value = 0;
    for (int i = 0; i < 4; ++i) value = (value << 8U) | static_cast<std::uint8_t>(name[i]);
    return value;
}

/// Four characters for messages; what is not printable becomes '?'.
std::string textOf(FourCc type);

/// Big-endian numbers out of a payload. Throws Error(BadData) instead of reading past the end.
class FieldReader {
  public:
    explicit FieldReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    std::uint8_t u8() { return take(1)[0]; }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    void skip(std::size_t size) { take(size); }
    std::size_t left() const noexcept { return bytes_.size() - at_; }
    std::size_t position() const noexcept { return at_; }

  private:
    std::span<const std::uint8_t> take(std::size_t size);
    std::uint64_t number(std::size_t size);

    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// A box's type and where its parts are.
struct BoxHeader {
    FourCc type = 0;
    std::uint64_t size_bytes = 0;         ///< of the whole box
    std::uint32_t header_size_bytes = 0;  ///< 8 or 16
};
inline constexpr std::size_t kBoxHeaderMaxBytes = 16;

/// Reads a header from the first bytes of a box; nothing when there are too few bytes to tell.
/// Throws Error(BadData) for a size smaller than its header, and for size 0 ("to the end of the file").
std::optional<BoxHeader> readBoxHeader(std::span<const std::uint8_t> bytes);

struct Box {
    FourCc type = 0;
    std::size_t offset = 0;               ///< of the box, from the start of what is read
    std::span<const std::uint8_t> whole;  ///< header included
    std::span<const std::uint8_t> payload;
};

/// Walks the boxes that lie side by side in `bytes`. Throws Error(BadData) when one reaches past the end.
class BoxReader {
  public:
    explicit BoxReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
    std::optional<Box> next();

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// The first child of that type; nothing if there is none. Throws Error(BadData).
std::optional<Box> findBox(std::span<const std::uint8_t> parent, FourCc type);

/// Appends boxes; sizes are filled in when a box is closed.
class BoxWriter {
  public:
    void open(FourCc type);
    void openFull(FourCc type, std::uint8_t version, std::uint32_t flags);
    void close();
    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void i32(std::int32_t value) { number(static_cast<std::uint32_t>(value), 4); }
    void zeros(std::size_t count) { bytes_.insert(bytes_.end(), count, 0); }
    void raw(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    std::size_t size() const noexcept { return bytes_.size(); }
    base::Bytes& bytes() noexcept { return bytes_; }
    base::Bytes take() { return std::move(bytes_); }

  private:
    void number(std::uint64_t value, int size);

    base::Bytes bytes_;
    std::vector<std::size_t> starts_;
};

/// Overwrites `size` bytes at `at` with a big-endian number. The caller guarantees the room.
void putNumber(std::span<std::uint8_t> bytes, std::size_t at, std::uint64_t value, int size) noexcept;

}  // namespace porchlight::media
