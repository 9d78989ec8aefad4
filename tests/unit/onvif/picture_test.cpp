/// A still of a camera, with the login that it asks for and within bounds.
#include "onvif/picture.h"

#include "onvif/refusal.h"
#include "scripted_camera.h"
#include "support/catch.h"

namespace picture_test {

using namespace porchlight;
using namespace porchlight::onvif;
using namespace std::chrono_literals;
using test::httpAnswer;
using test::ScriptedCamera;

namespace {

const Login kLogin{"viewer", "secret-pass"};
const std::string kJpeg = "\xff\xd8\xff\xe0 a picture";
const std::string kDigest = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\"\r\n";

std::string fetch(const ScriptedCamera& camera, std::optional<Login> login = kLogin) {
    return fetchPicture("http://" + camera.address().hostAndPort() + "/still/main?size=1", login, {},
                        Deadline::in(5s));
}

std::string problemOf(const std::string& answer, std::optional<Login> login = kLogin) {
    ScriptedCamera camera([&](const std::string&) { return answer; });
    try {
        fetch(camera, std::move(login));
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("secret-pass") == std::string::npos);
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a still is taken without a login where none is asked for, else with HTTP Digest, once") {
    ScriptedCamera open([](const std::string&) { return httpAnswer("200 OK", kJpeg); });
    CHECK(fetch(open) == kJpeg);
    CHECK(open.count("Authorization") == 0);
    CHECK(open.requests().at(0).starts_with("GET /still/main?size=1 HTTP/1.1\r\n"));
    ScriptedCamera guarded([](const std::string& request) {
        const bool is_digest = request.find("\r\nAuthorization: Digest ") != std::string::npos;
        return is_digest ? httpAnswer("200 OK", kJpeg) : httpAnswer("401 Unauthorized", "", kDigest);
    });
    CHECK(fetch(guarded) == kJpeg);
    CHECK(guarded.requests().size() == 2);
    CHECK(guarded.count("secret-pass") == 0);
}

TEST_CASE("why there is no still is told; a refused login is made once, Basic never") {
    CHECK(problemOf(httpAnswer("401 Unauthorized", "", kDigest), std::nullopt) ==
          "the still picture needs a login");
    CHECK(problemOf(httpAnswer("401 Unauthorized", "", kDigest)) ==
          "the login is refused for the still picture");
    CHECK(problemOf(httpAnswer("404 Not Found", "")) == "the still picture is not given: HTTP 404");
    CHECK(problemOf(httpAnswer("200 OK", "<html>")) == "what comes for the still is no JPEG");
    CHECK_FALSE(problemOf(httpAnswer("200 OK", kJpeg + std::string(kMaxPictureBytes, 'x'))).empty());
    ScriptedCamera basic([](const std::string&) {
        return httpAnswer("401 Unauthorized", "", "WWW-Authenticate: Basic realm=\"cam\"\r\n");
    });
    CHECK_THROWS_AS(fetch(basic), Error);
    CHECK(basic.requests().size() == 1);
    CHECK_THROWS_AS(fetchPicture("", kLogin, {}, Deadline::in(1s)), Error);
    CHECK_THROWS_AS(fetchPicture("http://127.0.0.1/still?pwd=***", kLogin, {}, Deadline::in(1s)), Error);
}

}  // namespace picture_test
