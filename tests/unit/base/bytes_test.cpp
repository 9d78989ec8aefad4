/// Values in bytes: what is read is what was written, and never more than is there.
#include "base/bytes.h"

#include "support/catch.h"

namespace bytes_test {

using namespace porchlight;
using namespace porchlight::base;

namespace {

enum class Colour : std::uint8_t { Red = 1, Green };

Bytes sample() {
    ByteWriter writer;
    writer.put(std::uint32_t{7});
    writer.put(-1.5);
    writer.put(Colour::Green);
    writer.put(true);
    writer.putText(std::string("a\0b", 3));
    writer.putBlob({});
    return writer.take();
}

/// Reads what sample() wrote; false when it is something else.
bool isSample(ByteReader& reader) {
    bool is_same = reader.get<std::uint32_t>() == 7;
    is_same = reader.get<double>() == -1.5 && is_same;
    is_same = reader.get<Colour>() == Colour::Green && is_same;
    is_same = reader.getBool() && is_same;
    is_same = reader.getText() == std::string("a\0b", 3) && is_same;
    is_same = reader.getBlob().empty() && is_same;
    reader.expectEnd();
    return is_same;
}

}  // namespace

TEST_CASE("bytes are read as they were written") {
    const Bytes bytes = sample();
    ByteReader reader(bytes);
    CHECK(isSample(reader));
    CHECK(reader.left() == 0);
}

TEST_CASE("a message that ends anywhere too early is bad data, wherever that is") {
    const Bytes whole = sample();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        ByteReader reader(std::span<const std::uint8_t>(whole).first(size));
        try {
            (void)isSample(reader);
            FAIL("read past its end");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::BadData);
        }
    }
}

TEST_CASE(
    "a length that promises more than is there allocates nothing; bytes that are left over are bad data") {
    ByteWriter writer;
    writer.put(std::uint32_t{0xffffffffU});
    const Bytes bytes = writer.take();
    CHECK_THROWS_AS(ByteReader(bytes).getText(), Error);
    CHECK_THROWS_AS(ByteReader(bytes).getBlob(), Error);
    CHECK_THROWS_AS(ByteReader(bytes).expectEnd(), Error);
}

}  // namespace bytes_test
