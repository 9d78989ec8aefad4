/// Addresses in texts, and what is left of them.
#include "base/secret/redact.h"
#include "support/catch.h"

namespace redact_test {

using namespace porchlight::base;

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

}  // namespace redact_test
