/// The Range header (RFC 9110): one range, 64-bit sizes.
#pragma once

#include <cstdint>
#include <string>

namespace porchlight::http {

enum class RangeKind : std::uint8_t {
    Whole = 1,      ///< no header, or one that is to be ignored (other units, several ranges, malformed)
    Part,           ///< bytes first..last
    Unsatisfiable,  ///< begins behind the end
};

struct ByteRange {
    RangeKind kind = RangeKind::Whole;
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< inclusive
};

/// Reads `header` for something of `size` bytes.
ByteRange parseRange(const std::string& header, std::uint64_t size) noexcept;

}  // namespace porchlight::http
