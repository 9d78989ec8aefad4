/// Numbers of H.264 and H.265 are read as the standard lists them, and never beyond their bytes.
#include <array>
#include <cstdint>
#include <limits>

#include "capture-ffmpeg/stream/bit_reader.h"
#include "support/catch.h"

namespace bit_reader_test {

using namespace porchlight::ffmpeg;

namespace {

/// 1 010 011 00100 00101 00110 00111 0001000: the first rows of ITU-T H.264, table 9-2.
constexpr std::array<std::uint8_t, 5> kListed{0xA6, 0x42, 0x98, 0xE2, 0x00};

/// 31 zeros, and as many ones behind the one that ends them: the largest there is.
constexpr std::array<std::uint8_t, 8> kLargest{0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE};

}  // namespace

TEST_CASE("Exp-Golomb numbers are those of the standard's table, with a sign and without") {
    BitReader in(kListed);
    for (std::uint32_t number = 0; number < 8; ++number) CHECK(in.ue() == number);
    BitReader with_sign(kListed);
    for (const std::int32_t number : {0, 1, -1, 2, -2, 3, -3, 4}) CHECK(with_sign.se() == number);
    CHECK(BitReader(kLargest).ue() == std::numeric_limits<std::uint32_t>::max() - 1);
}

TEST_CASE("bits come highest first, over the border of bytes, and those skipped are not read") {
    BitReader in(kListed);
    CHECK(in.flag());
    CHECK(in.bits(9) == 0b010011001);
    in.skip(6);
    CHECK(in.bits(16) == 0x98E2);
    CHECK(in.bits(8) == 0);
    CHECK_THROWS_AS(in.bits(1), Truncated);
}

TEST_CASE("a number that its bytes do not hold is none, nor is one longer than 32 bits") {
    for (std::size_t size = 0; size < kLargest.size(); ++size)
        CHECK_THROWS_AS(BitReader(std::span(kLargest).first(size)).ue(), Truncated);
    constexpr std::array<std::uint8_t, 12> too_long{0,    0,    0,    0,    0xFF, 0xFF,
                                                    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    CHECK_THROWS_AS(BitReader(too_long).ue(), Truncated);
    BitReader beyond(kListed);
    beyond.skip(1000);
    CHECK_THROWS_AS(beyond.flag(), Truncated);
}

}  // namespace bit_reader_test
