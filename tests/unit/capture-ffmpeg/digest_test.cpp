/// What libavformat does not answer over HTTP: SHA-256 against the example of its RFC, MD5 in small letters.
#include <string>

#include "capture-ffmpeg/reach/digest.h"
#include "support/catch.h"

namespace digest_test {

using namespace porchlight::ffmpeg;

TEST_CASE(
    "the answer to an offer of SHA-256 is that of RFC 7616, 3.9.1; what libavformat answers is left to it") {
    const std::string offer =
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n";
    const std::string md5 = "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\", algorithm=MD5\r\n";
    const std::string sha = "www-authenticate:  digest " + offer;
    const Login login{"Mufasa", "Circle of Life"};
    for (const std::string& offers : {sha, md5 + sha}) {
        const std::string answer =
            ownAnswer("HTTP/1.1 401 Unauthorized\r\n" + offers + "\r\n", login, "/dir/index.html",
                      "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        CHECK(answer.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"") !=
              std::string::npos);
        CHECK(answer.find("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"") != std::string::npos);
        CHECK(answer.ends_with("\r\n"));
        CHECK(answer.find("\r\n") == answer.size() - 2);
    }
    for (const std::string& other :
         {md5, sha + md5, std::string("WWW-Authenticate: Basic realm=\"x\"\r\n"), std::string()})
        CHECK(ownAnswer("HTTP/1.1 401 Unauthorized\r\n" + other + "\r\n", login, "/", "1").empty());
}

TEST_CASE(
    "MD5 in small letters, which libavformat takes for something unknown, is answered as it is written") {
    const std::string head =
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"http-auth@example.org\", "
        "qop=\"auth\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", algorithm=md5\r\n\r\n";
    const std::string answer = ownAnswer(head, {"Mufasa", "Circle of Life"}, "/dir/index.html",
                                         "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    CHECK(answer.find("response=\"8ca523f5e9506fed4657c9700eebdbec\"") != std::string::npos);
    CHECK(answer.find("algorithm=md5,") != std::string::npos);
}

TEST_CASE("an offer is read as strangers write it, and nothing of it becomes another header") {
    const Login login{"viewer", "secret"};
    const auto answerTo = [&](const std::string& offer) {
        return ownAnswer("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate:\tDigest " + offer + "\r\n\r\n",
                         login, "/", "1");
    };
    CHECK(answerTo("realm = \"x\",nonce= \"y\" , algorithm=SHA-256,qop=\"auth-int ,\tauth\"")
              .find("qop=auth,") != std::string::npos);
    CHECK(answerTo("realm=\"x\", nonce=\"y\", algorithm=SHA-256").find("qop=") == std::string::npos);
    CHECK(answerTo("realm=\"x\", nonce=\"y\", algorithm=SHA-256, qop=\"auth-int\"").empty());
    for (const char* user : {"a\"b", "a\\b", "a\r\nX: 1"})
        CHECK(ownAnswer("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\", "
                        "algorithm=SHA-256\r\n\r\n",
                        {user, ""}, "/", "1")
                  .empty());
    for (const char* bad : {"y\nX: 1", "y\rX: 1", "y\x01", "y\x7f"}) {
        CHECK(answerTo("realm=\"x\", algorithm=SHA-256, nonce=\"" + std::string(bad) + "\"").empty());
        CHECK(answerTo("nonce=\"x\", algorithm=SHA-256, realm=\"" + std::string(bad) + "\"").empty());
        CHECK(answerTo("nonce=\"x\", realm=\"x\", algorithm=SHA-256, opaque=\"" + std::string(bad) + "\"")
                  .empty());
    }
}

TEST_CASE("user and password of a URL are decoded, and the URL goes on without them") {
    const auto login = loginOf("http://viewer:a%40b%2Fc@192.0.2.1:81/x");
    REQUIRE(login);
    CHECK(login->user == "viewer");
    CHECK(login->password == "a@b/c");
    CHECK(withoutLogin("http://viewer:a%40b@192.0.2.1:81/x") == "http://192.0.2.1:81/x");
    CHECK_FALSE(loginOf("http://192.0.2.1/x"));
    CHECK(withoutLogin("http://192.0.2.1/x") == "http://192.0.2.1/x");
    for (const char* url : {"rtsp://192.0.2.1/a@b", "rtsp://192.0.2.1?a=b@c", "rtsp://192.0.2.1#a@b"}) {
        CHECK(withoutLogin(url) == url);
        CHECK_FALSE(loginOf(url));
    }
    CHECK(withoutLogin("rtsp://a:b@c@192.0.2.1/x@y") == "rtsp://192.0.2.1/x@y");
    CHECK(loginOf("rtsp://a:b@c@192.0.2.1/x@y")->password == "b@c");
    CHECK(loginOf("http://a%1z:100%@192.0.2.1")->user == "a%1z");
    CHECK(loginOf("http://a%1z:100%@192.0.2.1")->password == "100%");
    CHECK(loginOf("http://viewer@192.0.2.1")->password.empty());
}

}  // namespace digest_test
