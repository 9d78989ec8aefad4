/// How a conversation with an RTSP camera goes, over loopback.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "rtsp_camera.h"
#include "support/catch.h"

namespace rtsp_session_test {

using namespace rtsp_camera;

TEST_CASE("packets before and behind the camera's answers come in their order") {
    Camera camera([](const std::string& request) {
        if (request.starts_with("SETUP") && says(request, "track0"))
            return answerOf(request, 200, "Session: AB\r\nTransport: RTP/AVP/TCP;interleaved=4-5;ssrc=1\r\n");
        if (request.starts_with("PLAY"))
            return packetOf(4, "early") + answerOf(request, 100) + packetOf(5, "report") +
                   "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 77\r\n\r\n" + answerOf(request, 200) +
                   packetOf(6, "late");
        return usualAnswer(request);
    });
    {
        Visit visit(camera);
        REQUIRE(visit.session.open(true) == 0);
        REQUIRE(visit.session.tracks().size() == 2);
        CHECK(visit.session.tracks()[0].channel == 4);
        CHECK(visit.session.tracks()[1].channel == 6);
        CHECK(visit.session.tracks()[0].description.starts_with("m=video"));
        CHECK(visit.next() == "4 early");
        CHECK(visit.next() == "5 report");
        CHECK(visit.next() == "6 late");
    }
    const Deadline enough = Deadline::in(2s);
    while (camera.countOf("TEARDOWN") == 0 && !enough.isPast()) std::this_thread::sleep_for(5ms);
    CHECK(camera.countOf("TEARDOWN rtsp://127.0.0.1:") == 1);
    CHECK(camera.countOf("RTSP/1.0 200 OK\r\nCSeq: 77") == 1);
    CHECK(camera.countOf("Session: AB\r\n") == 3);  // the second SETUP, PLAY, TEARDOWN
    CHECK(camera.countOf("secret") == 0);
}

TEST_CASE("redirects are followed to the camera's own host, and nowhere else") {
    Camera camera([](const std::string& request) {
        if (request.starts_with("DESCRIBE") && says(request, "/main"))
            return answerOf(request, 302, "Location: /there/x\r\n");
        return usualAnswer(request);
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    CHECK(camera.countOf("/there/x/track0") == 1);

    Camera odd([](const std::string& request) {
        return request.starts_with("DESCRIBE") && says(request, "/main")
                   ? answerOf(request, 302, "Location: /there/a@b?from=rtsp://127.0.0.2:9/x\r\n")
                   : usualAnswer(request);
    });
    Visit behind(odd);
    REQUIRE(behind.session.open(false) == 0);
    CHECK(odd.countOf("/there/a@b?from=rtsp://127.0.0.2:9/x/track0") == 1);

    Camera guide([](const std::string& request) {
        return request.starts_with("DESCRIBE") ? answerOf(request, 301, "Location: rtsp://127.0.0.2:9/x\r\n")
                                               : usualAnswer(request);
    });
    Visit led(guide);
    CHECK(led.session.open(false) < 0);
    CHECK(led.session.steeredTo() == "127.0.0.2:9");

    Camera circle([](const std::string& request) {
        return request.starts_with("DESCRIBE") ? answerOf(request, 302, "Location: /main\r\n")
                                               : usualAnswer(request);
    });
    Visit lost(circle);
    CHECK(lost.session.open(false) == AVERROR(ELOOP));
    CHECK(circle.countOf("DESCRIBE") < 10);
}

TEST_CASE("the session is kept alive in the time that the camera announced, with the method it has") {
    std::atomic<int> asked{0};
    Camera camera([&](const std::string& request) {
        if (request.starts_with("SETUP")) return answerOf(request, 200, "Session: AB; timeout=2\r\n");
        if (request.starts_with("GET_PARAMETER")) {
            ++asked;
            return answerOf(request, 501) + packetOf(0, "unknown");
        }
        if (request.starts_with("OPTIONS") && says(request, "Session"))
            return answerOf(request, 401, challenge("n")) + packetOf(0, "asked");
        return usualAnswer(request);
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    const auto before = Monotonic::now();
    CHECK(visit.next() == "0 unknown");
    CHECK(Monotonic::now() - before > 900ms);
    CHECK(Monotonic::now() - before < 1500ms);
    CHECK(visit.next() == "0 asked");
    CHECK(asked == 1);
    CHECK(visit.next() == "0 asked");  // with an answer to the challenge that came
    CHECK(camera.countOf("Authorization: Digest") == 1);
}

TEST_CASE(
    "a nonce that is over while the session is kept alive is answered once, a password that changed is told "
    "no more") {
    const auto guarded = [](bool is_changed) {
        return [is_changed, number = 0](const std::string& request) mutable {
            const bool is_keeping = request.starts_with("GET_PARAMETER");
            const std::string packet = is_keeping ? packetOf(0, "after " + std::to_string(++number)) : "";
            const std::string nonce = is_keeping ? "late" : "early";
            const bool is_right = says(request, "nonce=\"" + nonce + "\"") && !(is_keeping && is_changed);
            if (!is_right) return answerOf(request, 401, challenge(nonce)) + packet;
            if (request.starts_with("SETUP")) return answerOf(request, 200, "Session: AB;timeout=2\r\n");
            return usualAnswer(request) + packet;
        };
    };
    Camera camera(guarded(false));
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    for (const char* packet : {"0 after 1", "0 after 2", "0 after 3"}) CHECK(visit.next() == packet);
    CHECK(camera.countOf("nonce=\"early\"") == 5);  // OPTIONS, DESCRIBE, SETUP, PLAY, and the one refused
    CHECK(camera.countOf("nonce=\"late\"") == 2);

    Camera changed(guarded(true));
    Visit other(changed);
    REQUIRE(other.session.open(false) == 0);
    for (const char* packet : {"0 after 1", "0 after 2", "0 after 3"}) CHECK(other.next() == packet);
    CHECK(changed.countOf("nonce=\"late\"") == 1);
    CHECK(changed.countOf("GET_PARAMETER") == 3);
}

TEST_CASE("packets that come before an answer are kept within a bound, however small they are") {
    constexpr int kSent = 100'000;
    Camera camera([](const std::string& request) {
        if (!request.starts_with("PLAY")) return usualAnswer(request);
        std::string packets;
        for (int i = 0; i < kSent; ++i) packets += packetOf(0, "x");
        return packets + answerOf(request, 200) + packetOf(0, "end");
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    int kept = 0;
    while (kept <= kSent && visit.next() == "0 x") ++kept;
    CHECK(kept > 10'000);
    CHECK(kept < 40'000);  // a mebibyte, with what each of them is kept in
}

TEST_CASE("an answer to another request is none, one that does not say to which is") {
    Camera late(
        [](const std::string& request) { return answerOf("CSeq: 900\r\n", 404) + usualAnswer(request); });
    Visit visit(late);
    CHECK(visit.session.open(true) == 0);
    CHECK(visit.session.tracks().size() == 2);

    Camera mute([](const std::string& request) {
        std::string answer = usualAnswer(request);
        const std::size_t at = answer.find("CSeq: ");
        return answer.erase(at, answer.find("\r\n", at) + 2 - at);
    });
    Visit other(mute);
    CHECK(other.session.open(true) == 0);
}

TEST_CASE("a camera whose answers count in a way of their own is understood after a second") {
    Camera camera([](const std::string& request) {
        std::string answer = usualAnswer(request);
        const std::size_t at = answer.find("CSeq: ") + 6;
        return answer.replace(at, answer.find("\r\n", at) - at, "0");
    });
    Visit visit(camera);
    const auto before = Monotonic::now();
    CHECK(visit.session.open(true) == 0);
    CHECK(visit.session.tracks().size() == 2);
    CHECK(Monotonic::now() - before < 3s);  // of five answers the first was doubted
}

TEST_CASE("an answer may take as long as a silence between packets") {
    Camera slow([](const std::string& request) {
        if (request.starts_with("DESCRIBE")) std::this_thread::sleep_for(700ms);
        return usualAnswer(request);
    });
    CHECK(Visit(slow, 5s).session.open(false) == 0);
    CHECK(Visit(slow, 300ms).session.open(false) == AVERROR(ETIMEDOUT));
}

TEST_CASE("of several names of a session the first counts, also one that comes with the description") {
    std::atomic<int> named{0};
    Camera each([&named](const std::string& request) {
        if (!request.starts_with("SETUP")) return usualAnswer(request);
        return answerOf(request, 200, "Session: id" + std::to_string(named++) + "\r\n");
    });
    Visit visit(each);
    CHECK(visit.session.open(true) == 0);
    CHECK(each.countOf("PLAY") == 1);
    CHECK(each.countOf("Session: id0") == 2);  // of the second track, and to play
    CHECK(each.countOf("Session: id1") == 0);

    Camera early([](const std::string& request) {
        std::string answer = usualAnswer(request);
        if (request.starts_with("DESCRIBE")) answer.insert(answer.find("\r\n") + 2, "Session: told\r\n");
        const std::size_t at = request.starts_with("SETUP") ? answer.find("Session: ") : std::string::npos;
        return at == std::string::npos ? answer : answer.erase(at, answer.find("\r\n", at) + 2 - at);
    });
    Visit other(early);
    CHECK(other.session.open(false) == 0);
    CHECK(early.countOf("Session: told") == 2);
}

TEST_CASE("a session of no time has the usual one") {
    Camera camera([](const std::string& request) {
        return request.starts_with("SETUP") ? answerOf(request, 200, "Session: AB;timeout=0\r\n")
                                            : usualAnswer(request);
    });
    Visit visit(camera, 1500ms);
    REQUIRE(visit.session.open(false) == 0);
    CHECK(visit.next() == std::to_string(AVERROR(ETIMEDOUT)));
    CHECK(camera.countOf("GET_PARAMETER") == 0);
}

TEST_CASE("silence has a bound, stop ends it at once, and lies end it as nonsense") {
    Camera mute;
    {
        Visit waiting(mute, 250ms);
        REQUIRE(waiting.session.open(false) == 0);
        const auto before = Monotonic::now();
        CHECK(waiting.next() == std::to_string(AVERROR(ETIMEDOUT)));
        CHECK(Monotonic::now() - before < 600ms);
    }

    Visit stopped(mute, 60s);
    REQUIRE(stopped.session.open(false) == 0);
    std::thread other([&stopped] {
        std::this_thread::sleep_for(100ms);
        stopped.stop = true;
    });
    const auto since = Monotonic::now();
    CHECK(stopped.next() == std::to_string(AVERROR_EXIT));
    other.join();
    CHECK(Monotonic::now() - since < 400ms);

    const auto openWith = [](const std::string& transport) {
        Camera camera([&transport](const std::string& request) {
            return request.starts_with("SETUP") ? answerOf(request, 200, "Transport: " + transport + "\r\n")
                                                : usualAnswer(request);
        });
        Visit visit(camera);
        return visit.session.open(true);
    };
    CHECK(openWith("RTP/AVP/TCP;interleaved=300-301") == AVERROR(EPROTONOSUPPORT));
    CHECK(openWith("RTP/AVP/TCP;interleaved=-2") == AVERROR(EPROTONOSUPPORT));
    CHECK(openWith("RTP/AVP;client_port=1-2") == AVERROR(EPROTONOSUPPORT));

    const std::string much(RtspCutter::kMaxRubbish, 'x');
    for (const std::string& nonsense :
         {"HTTP/1.1 400 Bad\r\n\r\n" + much,
          std::string("RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n")}) {
        Camera camera([nonsense](const std::string&) { return nonsense; });
        Visit visit(camera);
        CHECK(visit.session.open(true) == AVERROR(EPROTO));
    }
}

}  // namespace rtsp_session_test
