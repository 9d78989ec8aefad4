/// Requests cut out of bytes, whatever pieces they come in.
#include "fuzz/requests.h"
#include "support/catch.h"

namespace request_test {

using namespace porchlight;
using namespace porchlight::http;

namespace {

std::string read(const std::string& bytes, std::size_t step) {
    return test::readRequests(bytes, step, [](const http::Request&) {});
}

const std::string kTwo =
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    "\r\n"
    "POST /b HTTP/1.1\r\nhost:x:80\r\ntransfer-encoding:  Chunked "
    "\r\n\r\n3;a=b\r\nabc\r\n002\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
    "GET /c?d HTTP/1.0\r\n\r\n";

}  // namespace

TEST_CASE("requests read the same whatever pieces they come in") {
    for (std::size_t step = 1; step <= kTwo.size(); step = step < 40 ? step + 1 : step * 2) {
        INFO(step);
        CHECK(read(kTwo, step) == "POST /a hello|POST /b abcde|GET /c?d |");
    }
}

TEST_CASE("a connection goes on after a request as its version and Connection say") {
    const auto goesOn = [](const std::string& line, const std::string& more) {
        return http::parseHead("GET / " + line + "\r\nHost: a\r\n" + more + "\r\n").keepsAlive();
    };
    CHECK(goesOn("HTTP/1.1", ""));
    CHECK_FALSE(goesOn("HTTP/1.1", "Connection: Close\r\n"));
    CHECK_FALSE(goesOn("HTTP/1.0", ""));
    CHECK(goesOn("HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST_CASE("damaged requests are refused or wait for more, and never read as something else") {
    // Each byte of two requests replaced by others in turn: whatever comes out began where a request began.
    int refused = 0;
    for (std::size_t at = 0; at < kTwo.size(); ++at)
        for (const char other : {'\0', '\r', '\n', ' ', ':', 'a', '\x7f', '\xff', '9', '\t'}) {
            std::string bytes = kTwo;
            bytes[at] = other;
            const std::string out = read(bytes, 7);
            INFO(at << " " << static_cast<int>(other) << " " << out);
            CHECK(read(bytes, bytes.size()) == out);
            refused += out.ends_with("400|") ? 1 : 0;
        }
    CHECK(refused > 500);
}

TEST_CASE("what has no end is refused before it is much") {
    CHECK(read("GET / HTTP/1.1\r\nX: " + std::string(http::RequestReader::kMaxHeadBytes, 'x'), 1000) ==
          "400|");
    CHECK(read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(20000, 'x'),
               1000) == "400|");
    std::string many = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 8000; ++i) many += "1\r\nx\r\n";
    CHECK(read(many, 1000) == "400|");
    CHECK(read("\r\n\r\n" + kTwo, 3) == read(kTwo, 3));
    for (const std::size_t piece : {1U, 7U, 1000U}) CHECK(read(std::string(5000, '\n'), piece) == "400|");
}

}  // namespace request_test
