#include "base/text.h"

#include "support/catch.h"

namespace text_test {

using namespace porchlight;
using namespace porchlight::base;
using namespace std::chrono_literals;

TEST_CASE("durations read as people write them") {
    CHECK(parseDuration("90s") == 90s);
    CHECK(parseDuration("10m") == 10min);
    CHECK(parseDuration("24h") == 24h);
    CHECK(parseDuration("7d") == 168h);
    CHECK(parseDuration("500ms") == 500ms);
    CHECK(parseDuration("1.5") == 1500ms);
    CHECK(parseDuration("2w") == 336h);
    CHECK(parseDuration("14 days") == 336h);
    CHECK(parseDuration("10 min") == 10min);
    CHECK(parseDuration("1 Hour") == 1h);
    CHECK_FALSE(parseDuration("5M").has_value());
    for (const char* wrong : {"", "s", "5 parsecs", "-3s", "1e99d", "nan", "5s5"}) {
        INFO(wrong);
        CHECK_FALSE(parseDuration(wrong).has_value());
    }
}

TEST_CASE("sizes read with binary and decimal units") {
    CHECK(parseSize("20GiB") == 20ULL << 30U);
    CHECK(parseSize("512 MB") == 512'000'000ULL);
    CHECK(parseSize("1024") == 1024ULL);
    CHECK(parseSize("20G") == 20ULL << 30U);
    CHECK(parseSize("1.5 GB") == 1'500'000'000ULL);
    CHECK(parseSize("20gib") == 20ULL << 30U);
    CHECK_FALSE(parseSize("12 apples").has_value());
    CHECK(isBareNumber("90"));
    CHECK(isBareNumber("1.5"));
    CHECK_FALSE(isBareNumber("90s"));
    CHECK_FALSE(isBareNumber("soon"));
}

TEST_CASE("times are ISO 8601 UTC or relative to now") {
    const WallTime now = *parseTime("2026-11-21T02:03:04.5Z", WallTime{});
    CHECK(formatTime(now) == "2026-11-21T02:03:04.500000Z");
    CHECK(formatTime(now, 3) == "2026-11-21T02:03:04.500Z");
    CHECK(formatTime(now, 0) == "2026-11-21T02:03:04Z");
    CHECK(parseTime("-2h", now) == now - 2h);
    CHECK(parseTime("2026-11-21", now) == *parseTime("2026-11-21 00:00:00", now));
    for (const char* wrong :
         {"2026-13-01", "21.11.2026", "2026-11-21T25:00:00Z", "2026-11-21T02:03:04+01:00",
          "2026-11-21T02:03:nan", "2026-11-21T02:03:inf", "2026-11-21T02:03:-1", "-2x", "-90", ""}) {
        INFO(wrong);
        CHECK_FALSE(parseTime(wrong, now).has_value());
    }
}

TEST_CASE("what is printed for people is read as the same again where it can be") {
    for (const auto span : {1s, 59s, 119s, 3600s, 86'400s}) {
        INFO(span.count());
        CHECK(parseDuration(std::to_string(span.count()) + "s") == span);
    }
    for (const WallTime time : {WallTime(0us), WallTime(1'790'000'000'123'456us), WallTime(1us)})
        CHECK(parseTime(formatTime(time), WallTime{}) == time);
    CHECK(formatSize(1024) == "1.0 KiB");
    CHECK(formatSize(102'400) == "100 KiB");
    CHECK(formatSize(~0ULL).ends_with(" TiB"));
    CHECK(formatDuration(119s) == "119 s");
    CHECK(formatDuration(120s) == "2 min 0 s");
    CHECK(formatDuration(48h) == "2 d 0 h");
}

TEST_CASE("words are cut at their separator, and empty ones are kept") {
    using Words = std::vector<std::string>;
    CHECK(split("a,b", ',') == Words{"a", "b"});
    CHECK(split(",a,", ',') == Words{"", "a", ""});
    CHECK(split("", ',') == Words{""});
}

TEST_CASE("a typing error finds its name") {
    const std::vector<std::string> names{"pre_roll", "post_roll", "mode", "max_event"};
    CHECK(nearestName("pre_rol", names) == "pre_roll");
    CHECK(nearestName("Mode", names) == "mode");
    CHECK_FALSE(nearestName("completely_else", names).has_value());
}

TEST_CASE("sizes and spans print for people") {
    CHECK(formatSize(812) == "812 B");
    CHECK(formatSize(3'650'722'201ULL) == "3.4 GiB");
    CHECK(formatDuration(12s) == "12 s");
    CHECK(formatDuration(3h + 20min) == "3 h 20 min");
}

TEST_CASE("text for people is valid UTF-8 without control characters") {
    CHECK(printable("K\xc3\xbc"
                    "che \xe2\x82\xac \xf0\x9f\x9a\xaa") ==
          "K\xc3\xbc"
          "che \xe2\x82\xac \xf0\x9f\x9a\xaa");
    CHECK(printable("\x1b[31m\n\x7f") == "\\x1b[31m\\x0a\\x7f");
    CHECK(printable("K\xfc"
                    "che") == "K\\xfcche");
    CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");  // a control character of two bytes
    CHECK(printable("\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82") ==
          "\\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe2\\x82");
    CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
}

}  // namespace text_test
