/// Addresses and their encodings.
#include "base/secret/url.h"
#include "base/secret/base64.h"
#include "porchlight/percent.h"
#include "support/catch.h"

namespace url_test {

using namespace porchlight::base;
using porchlight::hexDigit;
using porchlight::hexText;
using porchlight::percentDecoded;

TEST_CASE("an address falls into its pieces, whatever is missing") {
    struct Row {
        const char* url;
        UrlParts parts;
    };
    const Row rows[] = {
        {"rtsp://ada:geheim@192.0.2.1:554/main?x=1", {"rtsp", "ada:geheim", "192.0.2.1", "554", "/main?x=1"}},
        {"http://[2001:db8::1]:8080/", {"http", "", "2001:db8::1", "8080", "/"}},
        {"http://[2001:db8::1]", {"http", "", "2001:db8::1", "", ""}},
        {"rtsp://porch", {"rtsp", "", "porch", "", ""}},
        {"rtsp://porch#part", {"rtsp", "", "porch", "", "#part"}},
        {"rtsp://@porch/", {"rtsp", "", "porch", "", "/"}},
        {"file:///srv/clip.mp4", {"file", "", "", "", "/srv/clip.mp4"}},
        {"/srv/clip.mp4", {}},
        {"", {}},
    };
    for (const Row& row : rows) {
        INFO(row.url);
        const UrlParts parts = splitUrl(row.url);
        CHECK(parts.scheme == row.parts.scheme);
        CHECK(parts.credentials == row.parts.credentials);
        CHECK(parts.host == row.parts.host);
        CHECK(parts.port == row.parts.port);
        CHECK(parts.path == row.parts.path);
    }
}

TEST_CASE("percent codes: every byte comes back, what is no code stays") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(percentDecoded(percentEncoded(all)) == all);
    CHECK(percentEncoded("a-b.c_d~9 /ü") == "a-b.c_d~9%20%2F%C3%BC");
    CHECK(percentDecoded("%41%6a%6A") == "Ajj");
    for (const char* none : {"%", "%4", "%4g", "100%", "%%"}) CHECK(percentDecoded(none) == none);
}

TEST_CASE("hexadecimal text of every byte reads back, in small letters") {
    std::string all, back;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string text = hexText(all);
    REQUIRE(text.size() == 512);
    for (std::size_t at = 0; at < text.size(); at += 2)
        back += static_cast<char>(hexDigit(text[at]) * 16 + hexDigit(text[at + 1]));
    CHECK(back == all);
    CHECK(hexText("\x09\xaf\xf0") == "09aff0");
    CHECK(hexText("").empty());
}

TEST_CASE("base64 as in RFC 4648") {
    const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xd8\xff\xd9", "/9j/2Q=="}};
    for (const auto& [bytes, text] : rows) CHECK(toBase64(std::string_view(bytes)) == text);
    CHECK(toBase64(std::string_view("\0\0\0", 3)) == "AAAA");
}

}  // namespace url_test
