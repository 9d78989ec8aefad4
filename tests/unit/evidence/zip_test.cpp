/// The ZIP writer, read back by its central directory as readers do.
#include <map>
#include <string>

#include "evidence/zip.h"
#include "http/exchange.h"
#include "porchlight/error.h"
#include "support/catch.h"

namespace zip_test {

using namespace porchlight;
using namespace porchlight;
using namespace porchlight::http;
using namespace porchlight::evidence;

namespace {

std::uint64_t number(const std::string& bytes, std::size_t at, int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i)
        value |= std::uint64_t{static_cast<std::uint8_t>(bytes.at(at + static_cast<std::size_t>(i)))}
                 << (8 * i);
    return value;
}

std::string write(const std::vector<std::pair<std::string, std::string>>& files, std::uint64_t zip64_from) {
    std::string out;
    std::vector<evidence::ZipWriter::Item> items;
    evidence::ZipWriter zip(
        [&](std::span<const std::uint8_t> bytes) { out.append(bytes.begin(), bytes.end()); },
        WallTime(seconds(1'790'000'000)), zip64_from);
    for (const auto& [name, text] : files) {
        items.push_back({name, text.size()});
        zip.begin(name, text.size());
        zip.write(http::bytesOf(text.substr(0, text.size() / 2)));
        zip.write(http::bytesOf(text.substr(text.size() / 2)));
        zip.end();
    }
    zip.finish();
    CHECK(zip.written() == out.size());
    CHECK(evidence::ZipWriter::sizeOf(items, zip64_from) == out.size());
    return out;
}

/// Name and content by the central directory; needs the ZIP64 records where they are used.
std::map<std::string, std::string> read(const std::string& zip, bool is_zip64) {
    const std::size_t end = zip.size() - 22;
    REQUIRE(number(zip, end, 4) == 0x06054b50);
    std::uint64_t count = number(zip, end + 10, 2);
    std::uint64_t at = number(zip, end + 16, 4);
    if (is_zip64) {
        CHECK(count == 0xFFFF);
        REQUIRE(number(zip, end - 20, 4) == 0x07064b50);
        const std::size_t record = number(zip, end - 20 + 8, 8);
        REQUIRE(number(zip, record, 4) == 0x06064b50);
        count = number(zip, record + 32, 8);
        at = number(zip, record + 48, 8);
    }
    std::map<std::string, std::string> out;
    for (std::uint64_t i = 0; i < count; ++i) {
        REQUIRE(number(zip, at, 4) == 0x02014b50);
        const std::size_t name_size = number(zip, at + 28, 2);
        const std::size_t extra_size = number(zip, at + 30, 2);
        std::size_t extra = at + 46 + name_size + 4;
        std::uint64_t size = number(zip, at + 24, 4);
        std::uint64_t offset = number(zip, at + 42, 4);
        if (size == 0xFFFFFFFF) size = number(zip, extra, 8), extra += 16;
        if (offset == 0xFFFFFFFF) offset = number(zip, extra, 8);
        REQUIRE(number(zip, offset, 4) == 0x04034b50);
        const std::size_t start = offset + 30 + number(zip, offset + 26, 2) + number(zip, offset + 28, 2);
        const std::string content = zip.substr(start, size);
        CHECK(number(zip, start + size, 4) == 0x08074b50);
        CHECK(number(zip, start + size + 4, 4) == number(zip, at + 16, 4));
        out[zip.substr(at + 46, name_size)] = content;
        at += 46 + name_size + extra_size;
    }
    return out;
}

}  // namespace

TEST_CASE("each entry has the CRC-32 of the standard, however its bytes are cut") {
    std::string zip;
    evidence::ZipWriter writer(
        [&](std::span<const std::uint8_t> bytes) { zip.append(bytes.begin(), bytes.end()); }, WallTime{});
    for (const char* name : {"a", "b"}) {
        writer.begin(name, 9);
        writer.write(http::bytesOf("1234"));
        writer.write(http::bytesOf("56789"));
        writer.end();
    }
    const std::string descriptor("PK\x07\x08\x26\x39\xf4\xcb", 8);
    const auto first = zip.find(descriptor);
    REQUIRE(first != std::string::npos);
    CHECK(zip.find(descriptor, first + 1) != std::string::npos);
}

TEST_CASE("a ZIP is read back whole, with and without ZIP64") {
    const std::vector<std::pair<std::string, std::string>> files{
        {"porch/tür.mp4", std::string(5000, 'x')}, {"empty", ""}, {"manifest.json", "{}"}};
    const std::map<std::string, std::string> wanted(files.begin(), files.end());
    CHECK(read(write(files, 0xFFFFFFFF), false) == wanted);
    CHECK(read(write(files, 1000), true) == wanted);
}

TEST_CASE("an entry that is not as long as it said is noticed") {
    evidence::ZipWriter zip([](std::span<const std::uint8_t>) {}, WallTime{});
    zip.begin("a", 3);
    zip.write(http::bytesOf("12"));
    CHECK_THROWS_AS(zip.end(), Error);
    CHECK_THROWS_AS(zip.write(http::bytesOf("345")), Error);
}

}  // namespace zip_test
