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

TEST_CASE("credentials in URLs never reach a log") {
    CHECK(redactUrls("open rtsp://user:p@ss@192.0.2.1/main failed") ==
          "open rtsp://***@192.0.2.1/main failed");
    CHECK(redactUrls("http://a/b?u=x@y") == "http://***@y");
    CHECK(redactUrls("two rtsp://u:p@h/a http://u2@h2") == "two rtsp://***@h/a http://***@h2");
    CHECK(redactUrls("no url, me@example.org") == "no url, me@example.org");
}

TEST_CASE("a password with a / ? # or @ in it reached every text, credentials in path and query did always") {
    struct Row {
        const char* text;
        const char* shown;
    };
    const Row rows[] = {
        {"open rtsp://admin:geheim/Wort7@192.0.2.1/main: no", "open rtsp://***@192.0.2.1/main: no"},
        {"rtsp://cu:SEC1#H@h/a", "rtsp://***@h/a"},
        {"rtsp://cu:SEC2?Q@h/a", "rtsp://***@h/a"},
        {"rtsp://cu:SEC5/SL@h:554 (rtsp://cu:SEC1#H@h)", "rtsp://***@h:554 (rtsp://***@h)"},
        {"rtsp://cu:a://b c@h/a", "rtsp://***@h/a"},
        {"rtsp://h/user=admin&password=SEC6&channel=1", "rtsp://h/user=***&password=***&channel=1"},
        {"rtsp://h/user=admin_password=SEC6_channel=1_stream=0.sdp",
         "rtsp://h/user=***_password=***_channel=1_stream=0.sdp"},
        {"http://h/v.cgi?usr=a&PWD=SE/C#7&token=x9", "http://h/v.cgi?usr=***&PWD=***&token=***"},
        {"http://h/v?accessToken=abc", "http://h/v?accessToken=***"},
        {"rtsp://admin:geheim", "rtsp://***"},
        {"write http://h:80/x or https://[::1]:8443/", "write http://h:80/x or https://[::1]:8443/"},
        {"tcp://192.0.2.1:554?timeout=5&listen_timeout=6", "tcp://192.0.2.1:554?timeout=5&listen_timeout=6"},
        {"bypass=1 monkey=2 key=3", "bypass=1 monkey=2 key=3"},
        {"must begin with http:// or https://", "must begin with http:// or https://"},
    };
    for (const Row& row : rows) CHECK(redactUrls(row.text) == row.shown);
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
