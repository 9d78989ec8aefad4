/// How cameras ask who is there, and what is answered: against the examples of the RFCs.
#include <string>
#include <vector>

#include "capture-ffmpeg/reach/challenge.h"
#include "capture-ffmpeg/rtsp/rtsp_login.h"
#include "support/catch.h"

namespace challenge_test {

using namespace porchlight::ffmpeg;

namespace {

using Kind = Challenge::Kind;

const std::string kMd5 = R"(Digest realm="x", nonce="m", qop="auth", algorithm=MD5)";
const std::string kSha = R"(Digest realm="x", nonce="s", qop="auth", algorithm=SHA-256)";
const std::string kSmallMd5 = R"(Digest realm="x", nonce="m", qop="auth", algorithm=md5)";
const std::string kMd5Session = R"(Digest realm="x", nonce="m", qop="auth", algorithm=MD5-sess)";
const std::string kShaSession = R"(Digest realm="x", nonce="s", qop="auth", algorithm=sha-256-SESS)";
const std::string kBasic = R"(Basic realm="x")";

std::string headOf(const std::vector<std::string>& offers) {
    std::string head = "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n";
    for (const std::string& offer : offers) head += "WWW-Authenticate: " + offer + "\r\n";
    return head + "\r\n";
}

std::vector<Kind> kindsOf(const std::string& head) {
    std::vector<Kind> kinds;
    for (const Challenge& offer : challengesIn(head)) kinds.push_back(offer.kind);
    return kinds;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("offers are found in whatever order they come, also several in one field") {
    CHECK(kindsOf(headOf({kMd5, kSha, kBasic})) == std::vector{Kind::Md5, Kind::Sha256, Kind::Basic});
    CHECK(kindsOf(headOf({kBasic + ", " + kSha + " , " + kMd5})) ==
          std::vector{Kind::Basic, Kind::Sha256, Kind::Md5});
    CHECK(kindsOf(headOf({"Negotiate, " + kSha})) == std::vector{Kind::Other, Kind::Sha256});
    CHECK(kindsOf("RTSP/1.0 401 No\nwww-authenticate : DIGEST realm = \"a, Basic b\",nonce=n\n\n") ==
          std::vector{Kind::Md5});
    CHECK(kindsOf(headOf({R"(Digest realm="x", nonce="n", algorithm=SHA-512-256)",
                          R"(Digest realm="x", nonce="n", qop="auth-int")",
                          R"(Digest realm="x", nonce="never ended)", ""})) ==
          std::vector{Kind::Other, Kind::Other, Kind::Other});
    CHECK(kindsOf("RTSP/1.0 401 No\r\n\r\n").empty());
    CHECK(challengesIn(headOf({kSha + ", stale=TRUE"})).front().is_stale);
    CHECK_FALSE(challengesIn(headOf({kSha})).front().is_stale);
    CHECK_FALSE(challengesIn(headOf({kBasic + ", stale=true"})).front().is_stale);
    CHECK(kindsOf(headOf({kSmallMd5})) == std::vector{Kind::Md5});
    CHECK(kindsOf(headOf({kMd5Session, kShaSession})) == std::vector{Kind::Md5, Kind::Sha256});
    for (const std::string& session : {kMd5Session, kShaSession})
        CHECK(challengesIn(headOf({session})).front().is_session);
    for (const std::string& other : {kMd5, kSha, kBasic + ", algorithm=MD5-sess"})
        CHECK_FALSE(challengesIn(headOf({other})).front().is_session);
    for (const char* unknown : {"-sess", "SHA-512-256-sess", "MD5-sess-sess", "MD5sess", "MD5-"})
        CHECK(kindsOf(headOf({R"(Digest realm="x", nonce="n", algorithm=)" + std::string(unknown)})) ==
              std::vector{Kind::Other});
}

TEST_CASE("the strongest offer is answered, and what libavformat can answer is known") {
    const auto bestIn = [](const std::vector<std::string>& offers) {
        const auto found = challengesIn(headOf(offers));
        const Challenge* best = bestOf(found);
        return best == nullptr ? Kind::Other : best->kind;
    };
    CHECK(bestIn({kBasic, kSha, kMd5}) == Kind::Sha256);
    CHECK(bestIn({kMd5, kBasic}) == Kind::Md5);
    CHECK(bestIn({kMd5, kShaSession, kBasic}) == Kind::Sha256);
    CHECK(bestIn({kBasic, kMd5Session}) == Kind::Md5);
    CHECK(bestIn({kBasic}) == Kind::Basic);
    CHECK(bestIn({"Negotiate"}) == Kind::Other);
    const auto isAnswered = [](const std::vector<std::string>& offers) {
        return doesLibavformatAnswer(challengesIn(headOf(offers)));
    };
    CHECK(isAnswered({kMd5}));
    CHECK(isAnswered({kBasic}));
    CHECK(isAnswered({kSha, kMd5}));
    CHECK(isAnswered({kMd5, kBasic}));
    CHECK(isAnswered({R"(Digest realm="x", nonce="m")"}));
    CHECK_FALSE(isAnswered({kSmallMd5}));
    CHECK_FALSE(isAnswered({kMd5, kSmallMd5}));
    CHECK_FALSE(isAnswered({kSha}));
    CHECK_FALSE(isAnswered({kMd5, kSha}));
    CHECK_FALSE(isAnswered({kBasic, kSha}));
    CHECK_FALSE(isAnswered({}));
}

TEST_CASE("answers are those of the RFCs: 7616, 3.9.1 with MD5, 2069 without qop, 7617") {
    const Asked asked{"GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1};
    const std::string offer = R"(Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, )"
                              R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", )"
                              R"(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
    const auto md5 = challengesIn(headOf({offer}));
    const std::string answer = answerTo(md5.front(), {"Mufasa", "Circle of Life"}, asked);
    CHECK(says(answer, R"(response="8ca523f5e9506fed4657c9700eebdbec")"));
    CHECK(says(answer, "qop=auth, nc=00000001, cnonce="));
    CHECK(says(answer, "algorithm=MD5"));

    const auto old = challengesIn(
        headOf({R"(Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093")"}));
    const std::string plain =
        answerTo(old.front(), {"Mufasa", "CircleOfLife"}, {"GET", "/dir/index.html", "unused", 1});
    CHECK(says(plain, R"(response="1949323746fe6a43ef61f9606e7febea")"));
    CHECK_FALSE(says(plain, "qop"));
    CHECK_FALSE(says(plain, "algorithm"));

    const auto basic = challengesIn(headOf({kBasic}));
    CHECK(answerTo(basic.front(), {"Aladdin", "open sesame"}, asked) ==
          "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
}

TEST_CASE("the secret of a session holds both nonces, and the algorithm is named as it was offered") {
    const auto answerFor = [](const std::string& rest) {
        const std::string offer = R"(Digest realm="http-auth@example.org", )"
                                  R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", )";
        const Asked asked{"GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1};
        return answerTo(challengesIn(headOf({offer + rest})).front(), {"Mufasa", "Circle of Life"}, asked);
    };
    const std::string nonce = R"(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")";
    const std::string md5 = answerFor(R"(qop="auth", algorithm=MD5-sess)");
    CHECK(says(md5, R"(response="e783283f46242139c486a698fec7211d")"));
    CHECK(says(md5, "algorithm=MD5-sess,"));
    CHECK(says(md5, "qop=auth, nc=00000001, " + nonce));

    const std::string sha = answerFor(R"(qop="auth", algorithm="sha-256-SESS")");
    CHECK(says(sha, R"(response="2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7")"));
    CHECK(says(sha, "algorithm=sha-256-SESS,"));

    const std::string old = answerFor("algorithm=MD5-sess");  // nobody could check it without the nonce
    CHECK(says(old, R"(response="37a7f42db2090a3fcac4e26e747d4fc8")"));
    CHECK(says(old, nonce));
    CHECK_FALSE(says(old, "qop"));
}

TEST_CASE("a session keeps its client nonce while its requests are counted") {
    RtspLogin login(Login{"viewer", "secret"});
    REQUIRE(login.take(headOf({kMd5Session})));
    const auto nonceOf = [](const std::string& line) {
        const std::size_t begin = line.find("cnonce=\"");
        REQUIRE(begin != std::string::npos);
        return line.substr(begin, line.find('"', begin + 8) - begin);
    };
    const std::string first = login.line("DESCRIBE", "rtsp://c/");
    const std::string second = login.line("SETUP", "rtsp://c/");
    CHECK(nonceOf(first) == nonceOf(second));
    CHECK(says(first, "nc=00000001"));
    CHECK(says(second, "nc=00000002"));
}

TEST_CASE("each request has an answer of its own, and a refused password is told once") {
    RtspLogin login(Login{"viewer", "secret"});
    CHECK(login.line("OPTIONS", "rtsp://c/").empty());
    CHECK(login.algorithm().empty());
    REQUIRE(login.take(headOf({kMd5, kSha})));
    const std::string first = login.line("DESCRIBE", "rtsp://c/");
    const std::string second = login.line("DESCRIBE", "rtsp://c/");
    CHECK(says(first, "algorithm=SHA-256"));
    CHECK(says(first, "nc=00000001"));
    CHECK(says(second, "nc=00000002"));
    CHECK(login.algorithm() == "SHA-256");
    CHECK_FALSE(login.take(headOf({kSha})));
    CHECK(login.line("DESCRIBE", "rtsp://c/").empty());
    for (const std::string& later : {kSha + ", stale=true", kSha, kMd5})
        CHECK_FALSE(login.take(headOf({later})));
    login.noteAdmitted();  // somebody was admitted without it
    CHECK_FALSE(login.take(headOf({kSha})));
    CHECK(login.line("DESCRIBE", "rtsp://c/").empty());

    RtspLogin nobody(std::nullopt);
    CHECK_FALSE(nobody.take(headOf({kSha})));
}

TEST_CASE("a nonce that is over is answered anew, once until the camera takes an answer") {
    for (const bool is_told : {true, false}) {  // as stale
        RtspLogin login(Login{"viewer", "secret"});
        REQUIRE(login.take(headOf({kSha})));
        (void)login.line("OPTIONS", "rtsp://c/");
        if (!is_told) login.noteAdmitted();
        const std::string over = kSha + (is_told ? ", stale=true" : "");
        REQUIRE(login.take(headOf({over})));
        CHECK(says(login.line("SETUP", "rtsp://c/"), "nc=00000001"));
        RtspLogin taken = login;
        taken.noteAdmitted();
        CHECK(taken.take(headOf({over})));
        CHECK_FALSE(login.take(headOf({kSha + ", stale=true"})));
        CHECK(login.line("SETUP", "rtsp://c/").empty());
    }
    RtspLogin basic(Login{"viewer", "secret"});
    const std::string unknown = R"(Digest realm="x", nonce="n", algorithm=SHA-512-256)";
    REQUIRE(basic.take(headOf({kBasic, unknown})));
    CHECK_FALSE(basic.take(headOf({kBasic + ", stale=true", unknown})));  // has no nonce
}

TEST_CASE("where Basic is barred, an offer of it alone is none, and Digest is answered beside it") {
    RtspLogin login(Login{"viewer", "secret"});
    login.neverAnswerBasic();
    CHECK_FALSE(login.take(headOf({kBasic})));
    CHECK(login.line("OPTIONS", "rtsp://c/").empty());
    REQUIRE(login.take(headOf({kBasic, kMd5})));
    CHECK(says(login.line("OPTIONS", "rtsp://c/"), "Digest "));
    CHECK_FALSE(login.take(headOf({kBasic})));
    CHECK(login.line("OPTIONS", "rtsp://c/").empty());
}

TEST_CASE("any offer is answered, and no weaker one that follows a stronger") {
    const auto isTaken = [](const std::vector<std::string>& offers) {
        return RtspLogin(Login{"viewer", "secret"}).take(headOf(offers));
    };
    CHECK(isTaken({kSha, kMd5}));
    CHECK(isTaken({kBasic}));
    CHECK(isTaken({kMd5, kSha}));
    CHECK(isTaken({kSmallMd5}));
    for (const std::string& weaker : {kMd5, kSmallMd5, kBasic}) {
        RtspLogin login(Login{"viewer", "secret"});
        REQUIRE(login.take(headOf({kMd5, kSha})));
        login.noteAdmitted();
        CHECK_FALSE(login.take(headOf({weaker})));
        CHECK(login.line("SETUP", "rtsp://c/").empty());
    }
    RtspLogin login(Login{"viewer", "secret"});
    REQUIRE(login.take(headOf({kSmallMd5})));
    CHECK(says(login.line("OPTIONS", "rtsp://c/"), "algorithm=md5,"));
    login.noteAdmitted();
    CHECK_FALSE(login.take(headOf({kBasic})));
}

}  // namespace challenge_test
