/// Pictures found in bytes, whole and in pieces, right and damaged.
#include <algorithm>
#include <string>
#include <vector>

#include "capture-ffmpeg/stream/jpeg_finder.h"
#include "support/catch.h"

namespace jpeg_finder_test {

using namespace porchlight::ffmpeg;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes text(const std::string& words) {
    return {words.begin(), words.end()};
}

Bytes segment(std::uint8_t marker, const Bytes& content) {
    const std::size_t size = content.size() + 2;
    return Bytes{0xFF, marker, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)} +
           content;
}

/// Coded data with stuffing, restarts and fill; `mark` tells pictures apart.
Bytes picture(std::uint8_t mark, const Bytes& more = {}) {
    const Bytes coded{mark, 0xFF, 0x00, 0x12, 0xFF, 0xD3, 0x34, 0xFF, 0xD8, 0x56};
    return Bytes{0xFF, 0xD8} + segment(0xE0, {1, 2, 3}) + more + segment(0xDA, {1}) + coded +
           segment(0xC4, {9}) + segment(0xDA, {2}) + coded + Bytes{0xFF, 0xFF, 0xD9};
}

/// In pieces of `size`.
std::vector<Bytes> found(const Bytes& bytes, std::size_t size) {
    JpegFinder finder;
    std::vector<Bytes> out;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        finder.push(std::span(bytes).subspan(at, std::min(size, bytes.size() - at)));
        while (const auto whole = finder.next()) out.emplace_back(whole->begin(), whole->end());
    }
    return out;
}

}  // namespace

TEST_CASE("pictures are found between anything, in pieces of any size") {
    const Bytes odd = picture(7, segment(0xE1, picture(1)) + segment(0xFE, text("\r\n--frame\r\n")));
    const Bytes stream = text("\r\nrubbish\xFF\xD8") + picture(1) + picture(2) + Bytes(300, 0) + odd +
                         text("\r\n--frame\r\nContent-Length: 1\r\n\r\n") + picture(3);
    for (const std::size_t size : {1U, 2U, 3U, 7U, 64U, 4096U})
        CHECK(found(stream, size) == std::vector<Bytes>{picture(1), picture(2), odd, picture(3)});
}

TEST_CASE("a picture that was cut short costs itself only") {
    const Bytes one = picture(1);
    for (std::size_t kept = 3; kept < one.size(); ++kept) {
        const Bytes cut(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(kept));
        // Where the cut one ends within a length, what it claims ends within these at last.
        const Bytes large = picture(5, segment(0xE2, Bytes(65'000, 3)));
        for (const Bytes& between : {Bytes(), text("\r\n--frame\r\n\r\n")}) {
            const auto pictures =
                found(picture(9) + cut + between + picture(4) + large + large + picture(6), 500);
            INFO(kept);
            CHECK(pictures.front() == picture(9));
            // With nothing between, the last bytes of a segment may be taken from the start of the next
            // picture.
            CHECK((between.empty() || std::count(pictures.begin(), pictures.end(), picture(4)) == 1));
            CHECK(std::count(pictures.begin(), pictures.end(), large) == 2);
            CHECK(pictures.back() == picture(6));
        }
    }
}

TEST_CASE("a picture without its end was cut short where others have theirs") {
    using Bytes = std::vector<std::uint8_t>;
    const Bytes whole{0xFF, 0xD8, 0xFF, 0xD9};
    const Bytes others[] = {{0xFF, 0xD8, 0xFF, 0xD9, 0xFF}, {0xFF, 0xD8, 0x12, 0xD9}, {0xFF, 0xD9}, {}};
    JpegEnds ends;
    for (const Bytes& other : others) CHECK_FALSE(ends.isCut(other));
    CHECK_FALSE(ends.isCut(whole));
    for (const Bytes& other : others) CHECK(ends.isCut(other));
    CHECK_FALSE(ends.isCut(whole));
}

TEST_CASE("what holds no picture is counted and not kept") {
    JpegFinder finder;
    for (int i = 0; i < 100; ++i) {
        finder.push(Bytes(1000, 'a'));
        CHECK_FALSE(finder.next());
    }
    CHECK(finder.rubbishBytes() >= 99'000);
    finder.push(picture(1));
    CHECK(finder.next());
    CHECK(finder.rubbishBytes() == 0);
    const Bytes endless(1U << 20U, 0x11);
    finder.push(Bytes{0xFF, 0xD8} + segment(0xDA, {1}));
    for (int i = 0; i < 10; ++i) {
        finder.push(endless);
        CHECK_FALSE(finder.next());
    }
    CHECK(finder.rubbishBytes() > 8U << 20U);
}

}  // namespace jpeg_finder_test
