/// Addresses of cameras as people write them: the one judge of them.
#include "config/address.h"

#include "support/catch.h"

namespace address_test {

using porchlight::config::whyNoSource;

namespace {

constexpr const char* kSchemes = "rtsp|http|udp|file";

bool isTold(const char* url, const char* part, const char* schemes = kSchemes) {
    const std::string why = whyNoSource(url, schemes);
    INFO(url << ": " << why);
    CHECK(why.find("geheim") == std::string::npos);
    CHECK(why.find("Wort7") == std::string::npos);
    return why.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an address or a file that a plugin can open is taken") {
    for (const char* url :
         {"", "/a/b@c", "/srv/a@b.mp4", "./a@b.mp4", "clip.mp4", "file:///srv/a@b.mp4", "FILE:///srv/a.mp4",
          "rtsp://h", "RTSP://h/Main", "rtsp://a:p%2Fq@h:554/x", "http://[::1]:81/x?a=b", "http://[fd00::1]",
          "rtsp://a@h/", "udp://239.0.0.1:65535", "rtsp://h/a:b", "rtsp://h?a=1:2"}) {
        INFO(url);
        CHECK(whyNoSource(url, kSchemes).empty());
        CHECK(whyNoSource(url, "").empty());
    }
}

TEST_CASE("what is wrong with an address is said with what to write, and without any part of it") {
    for (const char c : {'/', '?', '#', '@'})
        CHECK(isTold((std::string("rtsp://admin:geheim") + c + "Wort7@192.0.2.1/main").c_str(),
                     (std::string("write ") + c + " as %").c_str()));
    CHECK(isTold("rtsp://a:b@/x", "names no host"));
    CHECK(isTold("http:///main", "names no host"));
    CHECK(isTold("udp://@:5000", "names no host"));
    CHECK(isTold("rtsp://[fd00::1/main", "a [ is not closed"));
    for (const char* url : {"rtsp://admin:geheim", "rtsp://h:", "rtsp://h:0/x", "rtsp://h:65536/x",
                            "rtsp://[::1]:/x", "rtsp://h:55x/x"})
        CHECK(isTold(url, "has no number from 1 to 65535 as its port"));
    for (const char* url : {"admin:geheim@192.0.2.1/main", "admin:geheim@h://x", "://h/x"})
        CHECK(isTold(url, "must begin with a scheme"));
    for (const char* url : {"rtsp:/admin:geheim@192.0.2.1/main", "rtsp:192.0.2.1/x", "HTTP:/h"})
        CHECK(isTold(url, "lacks the // behind "));
}

TEST_CASE("a scheme that no capture plugin knows is refused where it stands, not by the camera") {
    CHECK(
        isTold("gopher://h/x", "begins with a scheme that is not one of rtsp://, http://, udp://, file://"));
    CHECK(isTold("rtps://admin:geheim@h/x", "is not one of rtsp://"));
    CHECK(isTold("/srv/a.mp4", "must begin with one of rtsp://, http://", "rtsp|http"));
    CHECK(isTold("file:///srv/a.mp4", "must begin with one of rtsp://", "rtsp|http"));
}

}  // namespace address_test
