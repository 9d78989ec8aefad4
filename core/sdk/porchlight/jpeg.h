/// Judges a JPEG before anybody decodes it: for sources that get their pictures from cameras and strangers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

namespace porchlight {

struct JpegVerdict {
    const char* fault = nullptr;  ///< what is wrong with it; null: good
    std::size_t size_bytes = 0;   ///< up to and with the end marker; padding behind it is not counted
    std::size_t insert_at = 0;    ///< where the standard Huffman tables belong; 0: it has its own
    int width_px = 0;             ///< as its frame header says
    int height_px = 0;
};

namespace detail {

inline constexpr std::size_t kStrayBytes = 512;  ///< some cameras fill up to their transfer size with rubbish

/// The DHT segment with the tables K.3 to K.6 of ITU-T T.81, which cameras leave out.
inline constexpr std::uint8_t kStandardTables[] = {
    0xff, 0xc4, 0x01, 0xa2, 0x00, 0,    1,    5,    1,    1,    1,    1,    1,    1,    0,    0,    0,
    0,    0,    0,    0,    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   0x10,
    0,    2,    1,    3,    3,    2,    4,    3,    5,    5,    4,    4,    0,    0,    1,    0x7d, 0x01,
    0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62,
    0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35,
    0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56,
    0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77,
    0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
    0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5,
    0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2,
    0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0x01, 0,    3,    1,    1,    1,    1,    1,    1,
    1,    1,    1,    0,    0,    0,    0,    0,    0,    1,    2,    3,    4,    5,    6,    7,    8,
    9,    10,   11,   0x11, 0,    2,    1,    2,    4,    4,    3,    4,    7,    5,    4,    4,    0,
    1,    2,    0x77, 0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07,
    0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52,
    0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a,
    0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a,
    0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9,
    0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
    0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7,
    0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};
static_assert(sizeof kStandardTables == 2 + 0x1a2);

/// Where the end marker's second byte ends; 0: there is none near the end.
inline std::size_t endOfPicture(std::span<const std::uint8_t> bytes) noexcept {
    std::size_t end = bytes.size();
    while (end > 2 && bytes[end - 1] == 0) --end;
    const std::size_t least = end > kStrayBytes ? end - kStrayBytes : 2;
    for (std::size_t i = end; i > least; --i)
        if (bytes[i - 1] == 0xd9 && bytes[i - 2] == 0xff) return i;
    return 0;
}

inline bool isFrameHeader(std::uint8_t marker) noexcept {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

inline JpegVerdict badJpeg(const char* why) noexcept {
    JpegVerdict verdict;
    verdict.fault = why;
    return verdict;
}

}  // namespace detail

/// Pure. Start marker, segment lengths, frame header of the negotiated size (0: any), scan, end marker with
/// at most zeros and a few stray bytes behind it. The entropy-coded data is not looked at. Source: ITU-T T.81
/// annex B.
inline JpegVerdict judgeJpeg(std::span<const std::uint8_t> bytes, int width_px, int height_px) noexcept {
    if (bytes.size() < 4 || bytes[0] != 0xff || bytes[1] != 0xd8)
        return detail::badJpeg("does not begin like a JPEG");
    JpegVerdict verdict;
    bool has_tables = false;
    std::size_t at = 2;
    std::size_t scan_at = 0;
    while (scan_at == 0) {
        if (at + 4 > bytes.size()) return detail::badJpeg("ends within its headers");
        if (bytes[at] != 0xff) return detail::badJpeg("has garbage in its headers");
        const std::uint8_t marker = bytes[at + 1];
        if (marker == 0xff) {  // a fill byte
            ++at;
            continue;
        }
        const std::size_t length = static_cast<std::size_t>(bytes[at + 2]) << 8U | bytes[at + 3];
        if (length < 2 || at + 2 + length > bytes.size()) return detail::badJpeg("ends within its headers");
        if (marker == 0xc4) has_tables = true;
        if (detail::isFrameHeader(marker) && length >= 8) {
            verdict.height_px = bytes[at + 5] << 8 | bytes[at + 6];
            verdict.width_px = bytes[at + 7] << 8 | bytes[at + 8];
        }
        if (marker == 0xda) scan_at = at;
        at += 2 + length;
    }
    if (verdict.width_px == 0 || verdict.height_px == 0) return detail::badJpeg("has no frame header");
    if (width_px > 0 && (verdict.width_px != width_px || verdict.height_px != height_px))
        return detail::badJpeg("has another size than agreed");
    verdict.size_bytes = detail::endOfPicture(bytes);
    if (verdict.size_bytes < at) return detail::badJpeg("is cut off");
    verdict.insert_at = has_tables ? 0 : scan_at;
    return verdict;
}

/// The frame without padding and with Huffman tables: what decoders and browsers understand.
inline std::vector<std::uint8_t> completedJpeg(std::span<const std::uint8_t> bytes,
                                               const JpegVerdict& verdict) {
    std::vector<std::uint8_t> out;
    out.reserve(verdict.size_bytes + (verdict.insert_at > 0 ? sizeof detail::kStandardTables : 0));
    const auto begin = bytes.begin();
    const auto at = begin + static_cast<std::ptrdiff_t>(verdict.insert_at);
    out.insert(out.end(), begin, at);
    if (verdict.insert_at > 0)
        out.insert(out.end(), std::begin(detail::kStandardTables), std::end(detail::kStandardTables));
    out.insert(out.end(), at, begin + static_cast<std::ptrdiff_t>(verdict.size_bytes));
    return out;
}

}  // namespace porchlight
