/// Words, numbers and heads that HTTP and RTSP have in common.
#include "porchlight/head.h"

#include <limits>

#include "porchlight/assignments.h"
#include "support/catch.h"

namespace head_test {

using namespace porchlight;

TEST_CASE("words are the same whatever their case is, and only as a whole") {
    CHECK(isSameWord("Chunked", "cHUNKED"));
    CHECK(isSameWord("", ""));
    CHECK_FALSE(isSameWord("chunked", "chunked "));
    CHECK_FALSE(isSameWord(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
    CHECK(lower("RTSP://Cam.Örtlich") == "rtsp://cam.Örtlich");
    CHECK(lower('Z') == 'z');
    CHECK(trimmed(" \t\r\na b\n ") == "a b");
    CHECK(trimmed(" \n").empty());
}

TEST_CASE("a number is digits and nothing else") {
    CHECK(numberIn("0") == 0U);
    CHECK(numberIn("0200") == 200U);
    CHECK(numberIn("ff", 16) == 255U);
    CHECK(numberIn("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    CHECK(numberIn("99999999999999999999999") == std::numeric_limits<std::uint64_t>::max());
    for (const char* none :
         {"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "ff", "6 bytes", "99999999999999999999999x"}) {
        INFO(none);
        CHECK_FALSE(numberIn(none).has_value());
    }
}

TEST_CASE("a head ends with an empty line, of whichever ends") {
    const struct {
        std::string text;
        std::size_t length;
    } rows[] = {{"A 1\r\nB: 2\r\n\r\nbody", 13},
                {"A 1\nB: 2\n\nbody", 10},
                {"A 1\r\nB: 2\n\r\n\n", 12},
                {"A 1\r\n\r", std::string::npos},
                {"A 1\r\nB: 2\r\n", std::string::npos},
                {"", std::string::npos}};
    for (const auto& row : rows) {
        INFO(row.text);
        CHECK(headLength(row.text) == row.length);
    }
}

TEST_CASE("assignments may have blanks and line ends around their parts, and none within") {
    CHECK(parseAssignments(" a = 1 ,\n b\t=-2,,") == Assignments{{"a", 1}, {"b", -2}});
    CHECK_THROWS_AS(parseAssignments("a=1 2"), Error);
    CHECK_THROWS_AS(parseAssignments("a=1,a=2"), Error);
}

}  // namespace head_test
