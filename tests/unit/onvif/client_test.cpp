/// Conversations with a camera that answers as the test says: logins, refusals, deadlines.
#include "onvif/client.h"

#include <atomic>

#include "onvif/camera.h"
#include "scripted_camera.h"
#include "support/catch.h"

namespace client_test {

using namespace porchlight;
using namespace porchlight::onvif;
using namespace std::chrono_literals;
using test::httpAnswer;
using test::ScriptedCamera;
using test::soapBody;
using test::soapFault;

namespace {

const Login kLogin{"viewer", "secret-pass"};
const std::string kDevice200 = httpAnswer("200 OK", soapBody("<GetDeviceInformationResponse/>"));
const std::string kNotAuthorized =
    httpAnswer("400 Bad Request", soapFault("ter:NotAuthorized", "Sender not Authorized"));
const std::string kDigestMd5 = "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\"\r\n";

bool isToken(const std::string& request) {
    return request.find("PasswordDigest") != std::string::npos;
}
bool isDigest(const std::string& request) {
    return request.find("\r\nAuthorization: Digest ") != std::string::npos;
}

Node askDevice(Client& client) {
    return client.call(client.device(), {kDevice, "GetDeviceInformation", ""});
}

Client clientOf(const ScriptedCamera& camera, std::optional<Login> login = kLogin, Waits waits = {}) {
    return Client(camera.address(), std::move(login), Deadline::in(20s), waits);
}

/// The refusal of a call; its text holds no password.
Refusal refusalOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const OnvifError& error) {
        INFO(error.what());
        CHECK(std::string(error.what()).find(kLogin.password) == std::string::npos);
        return error.refusal();
    }
    FAIL("nothing was refused");
    return Refusal::Fault;
}

Refusal refusalOf(const std::string& answer, std::optional<Login> login = kLogin) {
    ScriptedCamera camera([&](const std::string&) { return answer; });
    Client client = clientOf(camera, std::move(login));
    return refusalOf([&] { askDevice(client); });
}

Refusal refusalOfClock(const std::string& answer) {
    ScriptedCamera camera([&](const std::string&) { return answer; });
    Client client = clientOf(camera);
    return refusalOf([&] { client.measureClock(); });
}

}  // namespace

TEST_CASE("a camera that asks for no login is told none") {
    ScriptedCamera camera([](const std::string&) { return kDevice200; });
    Client client = clientOf(camera);
    askDevice(client);
    CHECK(camera.count("viewer") == 0);
    CHECK(client.loginWay() == LoginWay::None);
}

TEST_CASE("a login is made in the way that the camera asks for, and the password never goes over the line") {
    SECTION("WS-Security") {
        ScriptedCamera camera(
            [](const std::string& request) { return isToken(request) ? kDevice200 : kNotAuthorized; });
        Client client = clientOf(camera);
        askDevice(client);
        askDevice(client);
        CHECK(client.loginWay() == LoginWay::Token);
        CHECK(camera.requests().size() == 3);  // refused, with login, with login at once
        CHECK(camera.count("secret-pass") == 0);
        CHECK(camera.count("Authorization:") == 0);
    }
    SECTION("HTTP Digest, the stronger of two") {
        const std::string offers =
            kDigestMd5 +
            "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n2\", qop=\"auth\", algorithm=SHA-256\r\n";
        ScriptedCamera camera([&](const std::string& request) {
            return isDigest(request) ? kDevice200 : httpAnswer("401 Unauthorized", "", offers);
        });
        Client client = clientOf(camera);
        askDevice(client);
        askDevice(client);
        CHECK(client.loginWay() == LoginWay::Digest);
        CHECK(camera.count("algorithm=SHA-256") == 2);
        CHECK(camera.count("nc=00000002") == 1);
        CHECK(camera.count("secret-pass") == 0);
        CHECK(camera.count("PasswordDigest") == 0);
    }
    SECTION("Basic is not answered") {
        ScriptedCamera camera([](const std::string& request) {
            return isToken(request)
                       ? kDevice200
                       : httpAnswer("401 Unauthorized", "", "WWW-Authenticate: Basic realm=\"cam\"\r\n");
        });
        Client client = clientOf(camera);
        askDevice(client);
        CHECK(camera.count("Authorization:") == 0);
    }
    SECTION("an empty 400 instead of a question") {
        ScriptedCamera camera([](const std::string& request) {
            return isToken(request) ? kDevice200 : httpAnswer("400 Bad Request", "");
        });
        Client client = clientOf(camera);
        askDevice(client);
        CHECK(client.loginWay() == LoginWay::Token);
    }
}

TEST_CASE("a refused password is not told again, by whatever call") {
    for (const bool is_http : {false, true}) {
        ScriptedCamera camera([&](const std::string&) {
            return is_http ? httpAnswer("401 Unauthorized", "", kDigestMd5) : kNotAuthorized;
        });
        Client client = clientOf(camera);
        for (int i = 0; i < 3; ++i) CHECK(refusalOf([&] { askDevice(client); }) == Refusal::WrongPassword);
        CHECK(camera.count("PasswordDigest") + camera.count("\r\nAuthorization:") == 1);
    }
}

TEST_CASE("a nonce that is over is exchanged where the password was right before") {
    int asked = 0;
    ScriptedCamera camera([&](const std::string& request) {
        const bool is_fresh = request.find("nonce=\"n" + std::to_string(asked) + "\"") != std::string::npos;
        if (is_fresh) return kDevice200;
        ++asked;
        return httpAnswer(
            "401 Unauthorized", "",
            "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n" + std::to_string(asked) + "\"\r\n");
    });
    Client client = clientOf(camera);
    askDevice(client);
    asked = 7;  // the camera has forgotten its nonce and does not call it stale
    askDevice(client);
    CHECK(camera.requests().size() == 4);
}

TEST_CASE("each refusal is told by its own name") {
    CHECK(refusalOf(kNotAuthorized) == Refusal::WrongPassword);
    CHECK(refusalOf(kNotAuthorized, std::nullopt) == Refusal::PasswordAsked);
    CHECK(refusalOf(httpAnswer("423 Locked", "")) == Refusal::AccountLocked);
    CHECK(refusalOf(httpAnswer("400 X", soapFault("ter:NotAuthorized", "Account is locked"))) ==
          Refusal::AccountLocked);
    CHECK(refusalOf(httpAnswer("401 X", "<lockStatus>lock</lockStatus>", kDigestMd5)) ==
          Refusal::AccountLocked);
    CHECK(refusalOf(httpAnswer("400 X", soapFault("wsse:MessageExpired", "old"))) == Refusal::WrongClock);
    CHECK(refusalOf(httpAnswer("500 X", soapFault("ter:Action", "secret-pass is no profile"))) ==
          Refusal::Fault);
    CHECK(refusalOf(httpAnswer("200 OK", soapBody("<Other/>"))) == Refusal::NotOnvif);
    CHECK(refusalOf(httpAnswer("200 OK", "<html><br></html>")) == Refusal::NotOnvif);
    CHECK(refusalOfClock(httpAnswer("404 Not Found", "<html><br></html>")) == Refusal::OnvifOff);
    CHECK(refusalOfClock(httpAnswer("302 Found", "", "Location: https://evil.example/\r\n")) ==
          Refusal::NotOnvif);
    CHECK(refusalOfClock("RTSP/1.0 400 Bad Request\r\n\r\n") == Refusal::NotOnvif);
    CHECK(refusalOfClock("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut") == Refusal::NotOnvif);
    CHECK(refusalOfClock("HTTP/1.1 200 OK\r\n\r\n" + std::string(std::size_t{2} << 20U, 'x')) ==
          Refusal::NotOnvif);
    CHECK(refusalOfClock("") == Refusal::NotOnvif);
}

TEST_CASE("a user who may log in but not ask for something is told so, and the account is not blamed") {
    ScriptedCamera camera([](const std::string& request) {
        return isToken(request) && request.find("GetDevice") != std::string::npos ? kDevice200
                                                                                  : kNotAuthorized;
    });
    Client client = clientOf(camera);
    askDevice(client);
    CHECK(refusalOf([&] { client.call(client.device(), {kDevice, "GetUsers", ""}); }) == Refusal::NoRights);
    askDevice(client);
}

TEST_CASE("a password that is changed later is refused for good, and not taken for a missing right") {
    std::atomic<bool> is_changed = false;
    ScriptedCamera camera([&](const std::string& request) {
        const bool may = isDigest(request) && !is_changed && request.find("GetUsers") == std::string::npos;
        return may ? kDevice200 : httpAnswer("401 Unauthorized", "", kDigestMd5);
    });
    Client client = clientOf(camera);
    const auto askUsers = [&] { client.call(client.device(), {kDevice, "GetUsers", ""}); };
    askDevice(client);
    CHECK(refusalOf(askUsers) == Refusal::NoRights);
    askDevice(client);
    is_changed = true;
    const auto asked = camera.requests().size();
    CHECK(refusalOf(askUsers) == Refusal::WrongPassword);
    CHECK(camera.requests().size() == asked + 3);  // with the old nonce, the new one, and the proof
    CHECK(refusalOf([&] { askDevice(client); }) == Refusal::WrongPassword);
    CHECK(camera.requests().size() == asked + 3);
}

TEST_CASE("logins are made by the camera's clock") {
    const std::string time =
        "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time><Hour>12</Hour><Minute>30"
        "</Minute><Second>15</Second></Time><Date><Year>2031</Year><Month>2</Month><Day>3</Day></Date>"
        "</UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>";
    ScriptedCamera camera([&](const std::string& request) {
        if (request.find("GetSystemDate") != std::string::npos) return httpAnswer("200 OK", soapBody(time));
        return isToken(request) ? kDevice200 : kNotAuthorized;
    });
    Client client(camera.address(), kLogin, Deadline::in(20s), {},
                  [] { return WallTime(std::chrono::sys_days(std::chrono::year(2030) / 2 / 3)); });
    const auto ahead = client.measureClock();
    REQUIRE(ahead);
    CHECK(std::chrono::abs(*ahead - (365 * 24h + 12h + 30min + 15s)) <= 1s);
    askDevice(client);
    CHECK(camera.count(">2031-02-03T12:30:1") == 1);
}

TEST_CASE("a clock that is not told, or is no time, is not taken for one") {
    for (const char* utc :
         {"", "<UTCDateTime/>",
          "<UTCDateTime><Time><Hour>25</Hour><Minute>0</Minute><Second>0</Second></Time><Date><Year>2026"
          "</Year><Month>1</Month><Day>1</Day></Date></UTCDateTime>",
          "<UTCDateTime><Time><Hour>1</Hour><Minute>0</Minute><Second>0</Second></Time><Date><Year>2026"
          "</Year><Month>2</Month><Day>30</Day></Date></UTCDateTime>"}) {
        INFO(utc);
        ScriptedCamera camera([&](const std::string&) {
            return httpAnswer(
                "200 OK", soapBody("<GetSystemDateAndTimeResponse><SystemDateAndTime>" + std::string(utc) +
                                   "</SystemDateAndTime></GetSystemDateAndTimeResponse>"));
        });
        Client client = clientOf(camera);
        CHECK_FALSE(client.measureClock());
    }
}

TEST_CASE("an answer that drips or never comes ends with its deadline") {
    const auto elapsedUntilRefused = [](const std::string& answer, milliseconds each_byte, Waits waits,
                                        Deadline whole) {
        ScriptedCamera camera([&](const std::string&) { return answer; }, each_byte);
        Client client(camera.address(), kLogin, whole, waits);
        const auto begun = Monotonic::now();
        CHECK(refusalOf([&] { askDevice(client); }) == Refusal::TimedOut);
        return Monotonic::now() - begun;
    };
    Waits waits;
    waits.answer = 300ms;
    CHECK(elapsedUntilRefused(kDevice200, 20ms, waits, Deadline::in(20s)) < 1500ms);
    CHECK(elapsedUntilRefused(kDevice200, 20ms, {}, Deadline::in(300ms)) < 1500ms);
}

TEST_CASE("nobody listening is told with what to look at") {
    ServiceAddress address;
    {
        ScriptedCamera gone([](const std::string&) { return std::string(); });
        address = gone.address();
    }
    Client client(address, kLogin, Deadline::in(20s));
    CHECK(refusalOf([&] { client.measureClock(); }) == Refusal::Unreachable);
    address.host = "no-such-host.invalid";
    Client nowhere(address, kLogin, Deadline::in(20s));
    CHECK(refusalOf([&] { nowhere.measureClock(); }) == Refusal::Unreachable);
}

TEST_CASE("a stream that the camera does not tell costs that stream alone") {
    ScriptedCamera camera([](const std::string& request) {
        const auto asks = [&](const char* name) { return request.find(name) != std::string::npos; };
        if (asks("<GetSystemDateAndTime"))
            return httpAnswer("200 OK", soapBody("<GetSystemDateAndTimeResponse/>"));
        if (asks("<GetDeviceInformation")) return kDevice200;
        if (asks("<GetServices"))
            return httpAnswer(
                "200 OK",
                soapBody("<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/"
                         "wsdl</Namespace></Service></GetServicesResponse>"));
        const std::string encoder =
            "<VideoEncoderConfiguration><Encoding>H264</Encoding></VideoEncoderConfiguration>";
        if (asks("<GetProfiles"))
            return httpAnswer("200 OK", soapBody("<GetProfilesResponse><Profiles token=\"a\">" + encoder +
                                                 "</Profiles><Profiles token=\"b&lt;\">" + encoder +
                                                 "</Profiles></GetProfilesResponse>"));
        if (asks("<ProfileToken>b&lt;</ProfileToken>") && asks("<GetStreamUri"))
            return httpAnswer(
                "200 OK",
                soapBody("<GetStreamUriResponse><MediaUri><Uri>rtsp://u:secret-pass@10.0.0.1/b</Uri>"
                         "</MediaUri></GetStreamUriResponse>"));
        return httpAnswer("500 X", soapFault("ter:NoProfile", "no such profile"));
    });
    Client client = clientOf(camera);
    const Camera read = readCamera(client);
    REQUIRE(read.profiles.size() == 2);
    CHECK(read.profiles[0].stream.empty());
    CHECK(read.profiles[0].problem.find("no such profile") != std::string::npos);
    CHECK(read.profiles[1].stream == "rtsp://127.0.0.1/b");
    CHECK(read.profiles[1].problem.empty());
}

}  // namespace client_test
