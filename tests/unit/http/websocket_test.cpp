#include "http/websocket.h"

#include "support/catch.h"

namespace websocket_test {

using namespace porchlight;
using namespace porchlight::http;

namespace {

/// As a client sends it.
std::string frame(unsigned first_byte, const std::string& data, bool is_masked = true) {
    std::string out(1, static_cast<char>(first_byte));
    const unsigned mask_bit = is_masked ? 0x80U : 0;
    if (data.size() < 126) {
        out += static_cast<char>(mask_bit | data.size());
    } else {
        out += static_cast<char>(mask_bit | 126U);
        out += static_cast<char>(data.size() >> 8U);
        out += static_cast<char>(data.size() & 0xffU);
    }
    if (!is_masked) return out + data;
    const std::string mask = "\x11\x22\x33\x44";
    out += mask;
    for (std::size_t i = 0; i < data.size(); ++i) out += static_cast<char>(data[i] ^ mask[i % 4]);
    return out;
}

void refuses(const std::string& bytes) {
    FrameReader reader;
    reader.buffer() = bytes;
    CHECK_THROWS_AS(reader.next(), HttpError);
}

}  // namespace

TEST_CASE("the acceptance is that of the example in RFC 6455") {
    CHECK(acceptanceOf("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("messages are read byte by byte, in pieces, and with a ping between the pieces") {
    const std::string all =
        frame(0x01, "he") + frame(0x89, "p") + frame(0x80, "llo") + frame(0x81, std::string(300, 'x'));
    FrameReader reader;
    std::vector<FrameReader::Message> got;
    for (const char byte : all) {
        reader.buffer() += byte;
        while (auto message = reader.next()) got.push_back(std::move(*message));
    }
    REQUIRE(got.size() == 3);
    CHECK(got[0].kind == FrameReader::Kind::Ping);
    CHECK(got[0].data == "p");
    CHECK(got[1].data == "hello");
    CHECK(got[2].data == std::string(300, 'x'));
    CHECK(reader.buffer().empty());
}

TEST_CASE("what no client may send is refused, and nothing is kept of it") {
    refuses(frame(0x81, "hi", false));               // no mask
    refuses(frame(0xc1, "hi"));                      // a reserved bit
    refuses(frame(0x83, "hi"));                      // a kind that does not exist
    refuses(frame(0x80, "hi"));                      // goes on from nothing
    refuses(frame(0x01, "hi") + frame(0x81, "ho"));  // begins within another
    refuses(frame(0x09, "hi"));                      // a control frame in pieces
    refuses(frame(0x89, std::string(126, 'x')));     // a long control frame
    refuses(frame(0x81, std::string(20'000, 'x')));  // too long
    refuses(frame(0x01, std::string(16'000, 'x')) +
            frame(0x80, std::string(16'000, 'x')));        // too long in all
    refuses(std::string("\x81\xff\0\0\0\0\0\0\0\1", 10));  // a length of eight bytes
}

TEST_CASE("heads of the server are as long as they must be") {
    CHECK(frameHead(FrameReader::Kind::Bytes, 125) == std::string("\x82\x7d"));
    CHECK(frameHead(FrameReader::Kind::Bytes, 126) == std::string("\x82\x7e\0\x7e", 4));
    CHECK(frameHead(FrameReader::Kind::Text, 65'536) == std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
    CHECK(frameHead(FrameReader::Kind::Close, 0) == std::string("\x88\0", 2));
}

}  // namespace websocket_test
