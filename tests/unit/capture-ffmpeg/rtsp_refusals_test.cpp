/// What RTSP cameras refuse or say wrong, over loopback.
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "rtsp_camera.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace rtsp_refusals_test {

using namespace rtsp_camera;

TEST_CASE("a stale nonce is answered anew, a refused password is not told again") {
    std::atomic<int> admitted{0};
    const auto guarded = [&](const std::string& request) {
        if (says(request, "nonce=\"" + std::to_string(admitted / 2) + "\"")) {
            ++admitted;
            return usualAnswer(request);
        }
        const bool is_over = says(request, "Authorization");
        return answerOf(request, 401, challenge(std::to_string(admitted / 2), is_over ? ", stale=true" : ""));
    };
    Camera camera(guarded);
    Visit visit(camera);
    CHECK(visit.session.open(true) == 0);
    CHECK(visit.session.tracks().size() == 2);
    CHECK(admitted == 5);

    Camera strict([](const std::string& request) {
        static std::atomic<int> number{0};
        return answerOf(request, 401, challenge(std::to_string(++number)));
    });
    Visit other(strict);
    CHECK(other.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(strict.countOf("Authorization") == 1);
    CHECK(other.session.askedFor() == "SHA-256");

    Camera endless(
        [](const std::string& request) { return answerOf(request, 401, challenge("n", ", stale=true")); });
    Visit third(endless);
    CHECK(third.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(endless.countOf("Authorization") == 2);

    Camera basic([](const std::string& request) {
        return answerOf(request, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n");
    });
    Visit last(basic);
    CHECK(last.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(basic.countOf("Authorization") == 1);
}

TEST_CASE("what a camera refuses has its name, and refused sound costs no picture") {
    const auto refusing = [](const std::string& part, int status) {
        return [part, status](const std::string& request) {
            return says(request, part) ? answerOf(request, status) : usualAnswer(request);
        };
    };
    const struct {
        const char* part;
        int status;
        int result;
    } rows[] = {{"DESCRIBE", 404, AVERROR_HTTP_NOT_FOUND},
                {"DESCRIBE", 403, AVERROR_HTTP_FORBIDDEN},
                {"DESCRIBE", 503, AVERROR_HTTP_SERVER_ERROR},
                {"DESCRIBE", 454, AVERROR_HTTP_OTHER_4XX},
                {"track0", 461, AVERROR(EPROTONOSUPPORT)},
                {"PLAY", 400, AVERROR_HTTP_BAD_REQUEST},
                {"OPTIONS", 501, 0},
                {"track1", 404, 0}};
    for (const auto& row : rows) {
        INFO(row.part << " " << row.status);
        Camera camera(refusing(row.part, row.status));
        Visit visit(camera);
        CHECK(visit.session.open(true) == row.result);
        const bool is_sound = row.part == std::string("track1");
        CHECK(visit.session.refusedSound() == (is_sound ? "404" : ""));
    }
    Camera silent;
    Visit pictures(silent);
    REQUIRE(pictures.session.open(false) == 0);
    CHECK(pictures.session.tracks().size() == 1);
    CHECK(silent.countOf("track1") == 0);
}

TEST_CASE(
    "a password that is refused for the sound is not told again, and a connection that ends is no refusal") {
    const auto guarding = [](const std::string& word, bool hangs_up) {
        return [word, hangs_up](const std::string& request) -> std::string {
            if (!says(request, word)) return usualAnswer(request);
            if (hangs_up && says(request, "Authorization")) return "";
            return answerOf(request, 401, challenge("n"));
        };
    };
    Camera strict(guarding("track1", false));
    Visit visit(strict);
    CHECK(visit.session.open(true) == 0);
    CHECK(visit.session.refusedSound() == "401");
    CHECK(strict.countOf("Authorization") == 1);  // PLAY has none

    Camera guarded([](const std::string& request) {
        const bool is_let_in = says(request, "Authorization") && !says(request, "track1");
        return is_let_in ? usualAnswer(request) : answerOf(request, 401, challenge("n"));
    });
    Visit seen(guarded);
    CHECK(seen.session.open(true) == 0);  // the login of before stays
    CHECK(seen.session.refusedSound() == "401");
    CHECK(seen.session.tracks().size() == 1);

    Camera lost(guarding("track1", true));
    Visit other(lost);
    CHECK(other.session.open(true) == AVERROR_EOF);
    CHECK(other.session.refusedSound().empty());
    CHECK(lost.countOf("PLAY") == 0);
}

TEST_CASE("no weaker offer follows a stronger one: SHA-256 is not answered as MD5 or Basic later") {
    for (const char* weaker : {"Digest realm=\"x\", nonce=\"m\", algorithm=md5", "Basic realm=\"x\""}) {
        INFO(weaker);
        Camera camera([weaker](const std::string& request) {
            if (says(request, "nonce=\"n\"") && !request.starts_with("SETUP")) return usualAnswer(request);
            return answerOf(request, 401,
                            request.starts_with("SETUP") ? "WWW-Authenticate: " + std::string(weaker) + "\r\n"
                                                         : challenge("n"));
        });
        Visit visit(camera);
        CHECK(visit.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
        CHECK(camera.countOf("nonce=\"m\"") == 0);
        CHECK(camera.countOf("Basic") == 0);
    }
}

TEST_CASE("a session's name with control characters is refused, not repeated") {
    for (const char* name : {"AB\rX: 1", "AB\x01", "A\x7f"}) {
        Camera camera([name](const std::string& request) {
            return request.starts_with("SETUP")
                       ? answerOf(request, 200, "Session: " + std::string(name) + "\r\n")
                       : usualAnswer(request);
        });
        Visit visit(camera);
        CHECK(visit.session.open(true) == AVERROR(EPROTO));
        CHECK(camera.countOf("PLAY") == 0);
        CHECK(camera.countOf("Session:") == 0);
    }
}

TEST_CASE("tracks whose address names a user are asked for without it") {
    Camera camera([](const std::string& request) {
        return request.starts_with("DESCRIBE")
                   ? answerOf(
                         request, 200, "",
                         "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:rtsp://viewer:secret@127.0.0.1/a@b\r\n")
                   : usualAnswer(request);
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(true) == 0);
    CHECK(camera.countOf("SETUP rtsp://127.0.0.1/a@b RTSP") == 1);
    CHECK(camera.countOf("secret") == 0);
}

TEST_CASE("a camera that answers no connection is told from one that refuses it") {
    const std::atomic<bool> stop{false};
    const auto openAt = [&stop](int port) {
        RtspSession session(parseAddress("rtsp://127.0.0.1:" + std::to_string(port) + "/main"), {"127.0.0.1"},
                            5s, stop);
        return session.open(true);
    };
    const test::LoopbackPort refusing(false);
    CHECK(openAt(refusing.number()) == AVERROR(ECONNREFUSED));

    const test::LoopbackPort full;
    REQUIRE(::listen(full.fd(), 0) == 0);  // takes one client more, and answers nobody behind it
    const Address place = parseAddress("rtsp://127.0.0.1:" + std::to_string(full.number()) + "/main");
    const Socket first = connectTo(place, stop);
    REQUIRE(first.fd() >= 0);
    const auto before = Monotonic::now();
    CHECK(openAt(full.number()) == AVERROR(ETIMEDOUT));
    CHECK(Monotonic::now() - before >= 2s);
}

}  // namespace rtsp_refusals_test
