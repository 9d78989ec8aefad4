/// HTTP answers in whatever pieces, and beyond the bounds.
#include "http/answer_reader.h"

#include "porchlight/error.h"
#include "support/catch.h"

namespace answer_reader_test {

using namespace porchlight;
using http::AnswerReader;

namespace {

constexpr http::AnswerBounds kBounds{16384, std::uint64_t{1} << 20U};

/// The body, in pieces of `step`; "refused" or "cut short".
std::string read(const std::string& bytes, std::size_t step) {
    AnswerReader reader(kBounds);
    try {
        for (std::size_t at = 0; at < bytes.size(); at += step)
            if (reader.add(std::string_view(bytes).substr(at, step))) return reader.take().body;
        return reader.end() ? reader.take().body : "cut short";
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::BadData);
        return "refused";
    }
}

const std::string kBig(std::size_t{1} << 20U, 'x');

}  // namespace

TEST_CASE("an HTTP answer reads the same in whatever pieces it comes") {
    const struct {
        const char* what;
        std::string bytes, body;
    } rows[] = {
        {"by length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodymore", "body"},
        {"line feeds alone", "HTTP/1.1 200 OK\ncontent-length: 4\n\nbody", "body"},
        {"until the end", "HTTP/1.0 500 X\r\n\r\nbo\r\n\r\ndy", "bo\r\n\r\ndy"},
        {"chunks with extensions and trailers",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nbo\r\n02\r\ndy\r\n0\r\nX: y\r\n\r\n",
         "body"},
        {"a 100 in front", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", "b"},
        {"nothing", "HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", ""},
        {"empty", "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ""},
        {"cut short by length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", "cut short"},
        {"cut short in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbody",
         "cut short"},
        {"cut short in its head", "HTTP/1.1 200 OK\r\n", "cut short"},
        {"other protocols", "RTSP/1.0 400 Bad Request\r\n\r\n", "refused"},
        {"no status", "HTTP/1.1 OK\r\n\r\n", "refused"},
        {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nbody", "refused"},
        {"a chunk that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "refused"},
        {"a chunk that does not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbody\r\n",
         "refused"},
        {"a coding that is not known", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "refused"},
        {"heads without end", "HTTP/1.1 200 OK\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n", "refused"},
        {"a length over 1 MiB", "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", "refused"},
        {"a chunk over 1 MiB", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
         "refused"},
    };
    for (const auto& row : rows)
        for (const std::size_t step : {std::size_t{1}, std::size_t{3}, row.bytes.size()}) {
            INFO(row.what << ", pieces of " << step);
            CHECK(read(row.bytes, step) == row.body);
        }
}

TEST_CASE("an HTTP answer may have 1 MiB and no byte more, however it comes") {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    CHECK(read(head + "\r\n" + kBig, 16384) == kBig);
    CHECK(read(head + "\r\n" + kBig + "x", 16384) == "refused");
    const std::string chunks = head + "Transfer-Encoding: chunked\r\n\r\n100000\r\n" + kBig + "\r\n";
    CHECK(read(chunks + "0\r\n\r\n", 16384) == kBig);
    CHECK(read(chunks + "1\r\nx\r\n0\r\n\r\n", 16384) == "refused");
}

TEST_CASE("a body that is taken as it comes is held nowhere, and is bounded as a whole") {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
    AnswerReader reader({1024, 6});
    CHECK(reader.status() == 0);
    CHECK_FALSE(reader.add(head + "ab"));
    CHECK(reader.status() == 200);
    CHECK(reader.toldBytes() == 6U);
    CHECK(reader.takeBody() == "ab");
    CHECK(reader.takeBody().empty());
    CHECK_FALSE(reader.add("cd"));
    CHECK(reader.bodyBytes() == 4);
    CHECK(reader.add("efgh"));
    CHECK(reader.takeBody() == "cdef");
    CHECK(reader.bodyBytes() == 6);

    CHECK_THROWS_AS(AnswerReader({1024, 5}).add(head), Error);
    AnswerReader open_ended({1024, 5});
    CHECK_FALSE(open_ended.add("HTTP/1.0 200 OK\r\n\r\nabcd"));
    CHECK_FALSE(open_ended.toldBytes().has_value());
    CHECK(open_ended.takeBody() == "abcd");
    CHECK_THROWS_AS(open_ended.add("ef"), Error);
    CHECK_THROWS_AS(AnswerReader({16, 5}).add(head), Error);
}

}  // namespace answer_reader_test
