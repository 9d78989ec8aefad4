/// Addresses that people write and cameras tell.
#include "onvif/address.h"

#include "porchlight/error.h"
#include "support/catch.h"

namespace address_test {

using namespace porchlight;
using namespace porchlight::onvif;

TEST_CASE("an address of a camera may be as short as its number") {
    const struct {
        const char* written;
        const char* read;
    } rows[] = {
        {"192.0.2.10", "http://192.0.2.10:80/onvif/device_service"},
        {" cam.local:8080 ", "http://cam.local:8080/onvif/device_service"},
        {"2001:db8::1", "http://[2001:db8::1]:80/onvif/device_service"},
        {"[2001:db8::1]:8000", "http://[2001:db8::1]:8000/onvif/device_service"},
        {"HTTPS://192.0.2.10", "https://192.0.2.10:443/onvif/device_service"},
        {"http://192.0.2.10/", "http://192.0.2.10:80/onvif/device_service"},
        {"http://192.0.2.10/other/path?x=1#y", "http://192.0.2.10:80/other/path?x=1"},
    };
    for (const auto& row : rows) {
        INFO(row.written);
        CHECK(parseServiceAddress(row.written).text() == row.read);
    }
}

TEST_CASE("what is no address of a camera, or holds a password, is refused without showing it") {
    for (const char* text : {"", "rtsp://192.0.2.10/", "http://", "http:///path", "192.0.2.10:99999",
                             "192.0.2.10:x", "http://a b/", "http://a/\r\nX: y", "a/\"b"}) {
        INFO(text);
        CHECK_THROWS_AS(parseServiceAddress(text), Error);
    }
    for (const char* text : {"http://admin:hunter22@192.0.2.10/", "admin:hunter22@192.0.2.10"}) {
        try {
            parseServiceAddress(text);
            FAIL(text);
        } catch (const Error& error) {
            CHECK(std::string(error.what()).find("hunter22") == std::string::npos);
            CHECK(std::string(error.what()).find("--user") != std::string::npos);
        }
    }
}

TEST_CASE("services are asked at the host that was reached, whatever the camera tells") {
    const ServiceAddress reached = parseServiceAddress("http://192.0.2.10:8080/onvif/device_service");
    const ServiceAddress secure = parseServiceAddress("https://192.0.2.10/onvif/device_service");
    const struct {
        const ServiceAddress& at;
        const char* told;
        const char* asked;
    } rows[] = {
        {reached, "http://192.0.2.10:8080/onvif/media", "http://192.0.2.10:8080/onvif/media"},
        {reached, "http://192.0.2.10:8899/onvif/media", "http://192.0.2.10:8899/onvif/media"},
        {reached, "http://10.0.0.5/onvif/media", "http://192.0.2.10:8080/onvif/media"},
        {reached, "http://[fe80::1]:80/onvif/media", "http://192.0.2.10:8080/onvif/media"},
        {reached, "http://evil.example:8080/m http://192.0.2.10:81/own", "http://192.0.2.10:81/own"},
        {reached, "", "http://192.0.2.10:8080/onvif/device_service"},
        {reached, "not an address", "http://192.0.2.10:8080/onvif/device_service"},
        {secure, "http://192.0.2.10:80/onvif/media", "https://192.0.2.10:443/onvif/media"},
    };
    for (const auto& row : rows) {
        INFO(row.told);
        CHECK(serviceAt(row.at, row.told).text() == row.asked);
    }
}

TEST_CASE("a stream is shown with the host that was reached and without any login") {
    const struct {
        const char* told;
        const char* shown;
    } rows[] = {
        {"rtsp://10.0.0.5:554/main", "rtsp://cam:554/main"},
        {"rtsp://10.0.0.5/", "rtsp://cam/"},
        {"rtsp://viewer:se/cr?et@10.0.0.5:554/main", "rtsp://cam:554/main"},
        {"rtsp://10.0.0.5:554/user=viewer&password=secret-pass&channel=1.sdp?real_stream",
         "rtsp://cam:554/user=***&password=***&channel=1.sdp?real_stream"},
        {"rtsp://viewer:secret-pass@10.0.0.5/user=viewer_password=secret-pass_channel=1",
         "rtsp://cam/user=***_password=***_channel=1"},
        {"rtsp://10.0.0.5/0/viewer:secret-pass/main", "rtsp://cam/0/viewer:***/main"},
        {"http://10.0.0.5/still.jpg?token=abc", "http://cam/still.jpg?token=***"},
        {"rtsp://10.0.0.5:554/a\" b", ""},
        {"rtsp://10.0.0.5:0/main", ""},
        {"file:///etc/passwd", ""},
        {"/main", ""},
        {"", ""},
    };
    for (const auto& row : rows) {
        INFO(row.told);
        CHECK(shownStream(row.told, "cam", "secret-pass") == row.shown);
    }
    const std::string odd = "a/b@c d?e";
    CHECK(shownStream("rtsp://u:" + odd + "@10.0.0.5:554/password=" + odd + "&channel=1", "cam", odd) ==
          "rtsp://cam:554/password=***&channel=1");
    CHECK(shownStream("rtsp://10.0.0.5:554/password=x@y z&channel=1", "cam", odd)
              .empty());  // whose it is, nobody knows
    CHECK(shownStream("rtsp://a:554/main", "2001:db8::1", "") == "rtsp://[2001:db8::1]:554/main");
    CHECK(withUser("rtsp://cam:554/main", "us er@x") == "rtsp://us%20er%40x:PASSWORD@cam:554/main");
}

}  // namespace address_test
