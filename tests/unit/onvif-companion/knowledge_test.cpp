/// What the plugin's objects share of a camera, against simulated ones; and which stream a setting means.
#include "knowledge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "choice.h"
#include "porchlight/source_error.h"
#include "simulated_makers.h"
#include "support/catch.h"

namespace knowledge_test {

using namespace porchlight;
using namespace std::chrono_literals;
using onvif::chosenProfile;
using onvif::Knowledge;
using onvif::Profile;
using test::makers;

namespace {

Deadline soon() {
    return Deadline::in(10s);
}

int refusedLogins(const std::string& maker) {
    return makers().control(maker)->getValue<int>("refused_logins");
}

Profile profileOf(const std::string& token, int width_px, int height_px, const std::string& source = "src",
                  const std::string& codec = "h264") {
    Profile profile;
    profile.token = token;
    profile.source = source;
    profile.codec = codec;
    profile.width_px = width_px;
    profile.height_px = height_px;
    return profile;
}

std::string tokenOf(const std::vector<Profile>& profiles, const std::string& wanted,
                    const std::string& main) {
    const Profile* profile = chosenProfile(profiles, wanted, main);
    return profile == nullptr ? "none" : profile->token;
}

}  // namespace

TEST_CASE("main, sub and tokens name the streams that they should", "[choice]") {
    const std::vector<Profile> two{profileOf("a", 640, 360), profileOf("b", 2560, 1440),
                                   profileOf("c", 1280, 720), profileOf("d", 1920, 1080, "second"),
                                   profileOf("e", 320, 180, "second")};
    CHECK(tokenOf(two, "main", "main") == "b");
    CHECK(tokenOf(two, "sub", "main") == "a");
    CHECK(tokenOf(two, "c", "c") == "c");
    CHECK(tokenOf(two, "sub", "d") == "e");  // of the same sensor
    CHECK(tokenOf(two, "sub", "c") == "a");
    CHECK(tokenOf(two, "sub", "a") == "none");  // nothing is smaller
    CHECK(tokenOf(two, "nobody", "nobody") == "none");
    CHECK(tokenOf({profileOf("a", 640, 360)}, "sub", "main") == "none");
    CHECK(tokenOf({}, "main", "main") == "none");
    CHECK(tokenOf({profileOf("main", 640, 360), profileOf("x", 1280, 720)}, "main", "main") == "main");
}

TEST_CASE("settings say who the camera is", "[knowledge]") {
    Settings settings(
        {{"address", "192.0.2.10:8080"}, {"user", "viewer"}, {"password", "p"}, {"id", " AABB "}});
    const onvif::Access access = onvif::accessOf(settings);
    CHECK(access.address.hostAndPort() == "192.0.2.10:8080");
    CHECK(access.login->password == "p");
    CHECK(access.id == "aabb");
    CHECK(Knowledge::of(settings) == Knowledge::of(settings));
    const auto before = Knowledge::of(settings);
    settings.set("password", "other");
    CHECK(Knowledge::of(settings) != before);
    settings.set("id", "ab");
    CHECK_THROWS_AS(onvif::accessOf(settings), Error);
}

TEST_CASE("a stream is asked for once, and again when it was forgotten", "[knowledge]") {
    const base::Halt halt;
    Knowledge knowledge(onvif::accessOf(makers().settingsOf("gsoap")));
    const auto first = knowledge.stream("main", "main", soon(), halt);
    CHECK_FALSE(first.is_remembered);
    CHECK(first.url.starts_with("rtsp://viewer:secret-pass@127.0.0.1:554/"));
    CHECK(first.description.find("secret-pass") == std::string::npos);
    CHECK(first.description.find("firmware") != std::string::npos);
    const int asked = makers().control("gsoap")->getValue<int>("asked");
    const auto second = knowledge.stream("main", "main", soon(), halt);
    CHECK(second.is_remembered);
    CHECK(second.url == first.url);
    const auto sub = knowledge.stream("sub", "main", soon(), halt);
    CHECK(sub.url != first.url);
    CHECK(makers().control("gsoap")->getValue<int>("asked") - asked <= 3);  // one question, with its login
    knowledge.forgetStreams();
    CHECK_FALSE(knowledge.stream("main", "main", soon(), halt).is_remembered);
}

TEST_CASE("a password is tried once, however many ask at the same time, and never again", "[knowledge]") {
    const base::Halt halt;
    const int before = refusedLogins("token-only");
    Knowledge knowledge(onvif::accessOf(makers().settingsOf("token-only", "wrong-one")));
    std::atomic<int> refused{0};
    const auto ask = [&] {
        try {
            knowledge.stream("main", "main", soon(), halt);
        } catch (const SourceError& error) {
            refused += error.fault() == SourceFault::AuthRefused ? 1 : 0;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(ask);
    for (std::thread& thread : threads) thread.join();
    ask();
    CHECK(refused == 5);
    CHECK(refusedLogins("token-only") - before == 1);
    CHECK_THROWS_AS(knowledge.checkLogin(), onvif::OnvifError);
}

TEST_CASE("a stream that is not there is told apart from one that the owner misnamed", "[knowledge]") {
    const base::Halt halt;
    Knowledge knowledge(onvif::accessOf(makers().settingsOf("no-sub")));
    try {
        knowledge.stream("sub", "main", soon(), halt);
        FAIL("a sub stream of a camera that has none");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::NotSupported);
    }
    CHECK_THROWS_AS(knowledge.stream("nobody", "nobody", soon(), halt), SourceError);
    CHECK_FALSE(knowledge.awaitRestart(soon(), halt));  // no login was refused: nothing to wait for
}

TEST_CASE("a question ends within 100 ms of halt, and at its deadline", "[knowledge]") {
    const base::Fd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(silent.get(), 4) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    Settings settings;
    settings.set("address", "127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    base::Halt halt;
    Knowledge knowledge(onvif::accessOf(settings));
    auto began = Monotonic::now();
    CHECK_THROWS_AS(knowledge.stream("main", "main", Deadline::in(300ms), halt), Error);
    CHECK(Monotonic::now() - began < 800ms);
    std::thread raising([&halt] {
        std::this_thread::sleep_for(200ms);
        halt.raise();
    });
    began = Monotonic::now();
    CHECK_THROWS_AS(knowledge.stream("main", "main", soon(), halt), Error);
    CHECK(Monotonic::now() - began < 1s);
    raising.join();
}

}  // namespace knowledge_test
