#include "placeholder/dot_picture.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "porchlight/dot_font.h"
#include "porchlight/error.h"

namespace porchlight::placeholder {
namespace {

/// Huffman codes of the size of a difference, ITU-T T.81 annex F. Most dots equal their left neighbour: one
/// bit. Sizes 1 to 7 have four bits, 1000 to 1110; size 8 has five, 11110. All ones is no code.
constexpr std::uint8_t kSizeLengths[16] = {1, 0, 0, 7, 1};
constexpr std::uint8_t kSizes[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
/// The only symbol of the other coefficients, "none follow", has the code 0.
constexpr std::uint8_t kEndLengths[16] = {1};
constexpr std::uint8_t kEnd[1] = {0};

class BitWriter {
  public:
    explicit BitWriter(std::vector<std::uint8_t>& out) : out_(out) {}
    void put(unsigned bits, int count) {
        for (int i = count - 1; i >= 0; --i) {
            byte_ = static_cast<std::uint8_t>(byte_ << 1U | (bits >> static_cast<unsigned>(i) & 1U));
            if (++filled_ < 8) continue;
            out_.push_back(byte_);
            if (byte_ == 0xFF) out_.push_back(0);  // 0xFF alone would begin a marker
            filled_ = 0;
        }
    }
    void finish() {
        while (filled_ > 0) put(1, 1);
    }

  private:
    std::vector<std::uint8_t>& out_;
    std::uint8_t byte_ = 0;
    int filled_ = 0;
};

/// A marker segment.
void segment(std::vector<std::uint8_t>& out, std::uint8_t marker, std::initializer_list<std::uint8_t> bytes) {
    const auto length = static_cast<unsigned>(bytes.size() + 2);
    out.insert(out.end(),
               {0xFF, marker, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)});
    out.insert(out.end(), bytes);
}

template <std::size_t kCount>
void huffmanTable(std::vector<std::uint8_t>& out, std::uint8_t kind, const std::uint8_t (&lengths)[16],
                  const std::uint8_t (&symbols)[kCount]) {
    const auto length = static_cast<std::uint8_t>(2 + 1 + 16 + kCount);
    out.insert(out.end(), {0xFF, 0xC4, 0, length, kind});
    out.insert(out.end(), std::begin(lengths), std::end(lengths));
    out.insert(out.end(), std::begin(symbols), std::end(symbols));
}

void head(std::vector<std::uint8_t>& out, unsigned width_px, unsigned height_px) {
    const auto high = [](unsigned value) { return static_cast<std::uint8_t>(value >> 8U); };
    const auto low = [](unsigned value) { return static_cast<std::uint8_t>(value); };
    out.insert(out.end(), {0xFF, 0xD8});
    segment(out, 0xE0, {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
    // The mean's coefficient is eight times the mean: divided by 8 it is the value itself, so nothing is
    // rounded.
    out.insert(out.end(), {0xFF, 0xDB, 0, 67, 0});
    out.insert(out.end(), 64, 8);
    segment(out, 0xC0,
            {8, high(height_px), low(height_px), high(width_px), low(width_px), 3, 1, 0x11, 0, 2, 0x11, 0, 3,
             0x11, 0});
    huffmanTable(out, 0x00, kSizeLengths, kSizes);
    huffmanTable(out, 0x10, kEndLengths, kEnd);
    segment(out, 0xDA, {3, 1, 0, 2, 0, 3, 0, 0, 63, 0});
}

void putBlock(BitWriter& bits, int difference) {
    const auto magnitude = static_cast<unsigned>(std::abs(difference));
    const int size = std::bit_width(magnitude);
    if (size == 0)
        bits.put(0, 1);
    else if (size < 8)
        bits.put(0b1000U + static_cast<unsigned>(size) - 1, 4);
    else
        bits.put(0b11110U, 5);
    bits.put(difference < 0 ? ~magnitude : magnitude, size);
    bits.put(0, 1);
}

std::uint8_t toByte(double value) noexcept {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
}

}  // namespace

DotColour DotColour::rgb(unsigned hex) noexcept {
    const double r = (hex >> 16U) & 255U;
    const double g = (hex >> 8U) & 255U;
    const double b = hex & 255U;
    return {toByte(0.299 * r + 0.587 * g + 0.114 * b), toByte(128 - 0.168736 * r - 0.331264 * g + 0.5 * b),
            toByte(128 + 0.5 * r - 0.418688 * g - 0.081312 * b)};
}

DotPicture::DotPicture(int width_dots, int height_dots, DotColour background) {
    if (std::min(width_dots, height_dots) < 1 || std::max(width_dots, height_dots) > 512)
        throw Error(ErrorKind::Internal, "a dot picture has 1 to 512 dots a side");
    width_ = static_cast<std::size_t>(width_dots);
    height_ = static_cast<std::size_t>(height_dots);
    dots_.assign(width_ * height_, background);
}

void DotPicture::rect(int left, int top, int right, int bottom, DotColour colour) noexcept {
    const auto clip = [](int value, std::size_t limit) {
        return static_cast<std::size_t>(std::clamp(value, 0, static_cast<int>(limit)));
    };
    for (std::size_t y = clip(top, height_); y < clip(bottom, height_); ++y)
        for (std::size_t x = clip(left, width_); x < clip(right, width_); ++x) dots_[y * width_ + x] = colour;
}

void DotPicture::text(int x, int y, std::string_view letters, DotColour colour, int scale) noexcept {
    drawDots(letters, [&](int column, int row) {
        rect(x + column * scale, y + row * scale, x + (column + 1) * scale, y + (row + 1) * scale, colour);
    });
}

std::vector<std::uint8_t> DotPicture::jpeg() const {
    std::vector<std::uint8_t> out;
    out.reserve(1024 + dots_.size());
    head(out, static_cast<unsigned>(width_) * kDotPx, static_cast<unsigned>(height_) * kDotPx);
    BitWriter bits(out);
    DotColour last{128, 128, 128};
    for (const DotColour& dot : dots_) {
        putBlock(bits, dot.y - last.y);
        putBlock(bits, dot.cb - last.cb);
        putBlock(bits, dot.cr - last.cr);
        last = dot;
    }
    bits.finish();
    out.insert(out.end(), {0xFF, 0xD9});
    return out;
}

}  // namespace porchlight::placeholder
