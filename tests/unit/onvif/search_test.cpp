/// WS-Discovery: hostile and odd answers, and a search on loopback with a responder.
#include "onvif/search.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "base/fd.h"
#include "onvif/match.h"
#include "support/catch.h"

namespace search_test {

using namespace porchlight;
using namespace porchlight::onvif;
using namespace std::chrono_literals;

namespace {

std::string answer(const std::string& relates_to, const std::string& matches) {
    return "<?xml version=\"1.0\"?><SOAP-ENV:Envelope><SOAP-ENV:Header><wsa:RelatesTo>" + relates_to +
           "</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches>" + matches +
           "</d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>";
}

std::string match(const std::string& endpoint, const std::string& addresses, const std::string& scopes) {
    return "<d:ProbeMatch><wsa:EndpointReference><wsa:Address>" + endpoint +
           "</wsa:Address></wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter"
           "</d:Types><d:Scopes>" +
           scopes + "</d:Scopes><d:XAddrs> " + addresses +
           "\n</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>";
}

const std::string kScopes =
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door\n "
    "onvif://www.onvif.org/hardware/IPC-7";

/// Answers probes on loopback with what `reply` makes of the message id.
class Responder {
  public:
    using Reply = std::function<std::vector<std::string>(const std::string& message_id)>;

    explicit Responder(Reply reply)
        : reply_(std::move(reply)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_ANY);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        ip_mreq group{};
        ::inet_pton(AF_INET, "239.255.255.250", &group.imr_multiaddr);
        group.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::setsockopt(socket_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0);
        thread_ = std::thread([this] { run(); });
    }
    ~Responder() {
        stop_ = true;
        thread_.join();
    }
    std::uint16_t port() const { return port_; }
    int probes() const { return probes_; }

  private:
    void run() {
        while (!stop_) {
            if (base::waitFor(socket_.get(), POLLIN, Deadline::in(50ms)) == 0) continue;
            char text[4096];
            sockaddr_in from{};
            socklen_t from_size = sizeof from;
            const ssize_t size = ::recvfrom(socket_.get(), text, sizeof text, 0,
                                            reinterpret_cast<sockaddr*>(&from), &from_size);
            if (size <= 0) continue;
            const std::string probe(text, static_cast<std::size_t>(size));
            const std::size_t begin = probe.find("<w:MessageID>") + 13;
            ++probes_;
            for (const std::string& reply : reply_(probe.substr(begin, probe.find('<', begin) - begin)))
                ::sendto(socket_.get(), reply.data(), reply.size(), 0,
                         reinterpret_cast<const sockaddr*>(&from), from_size);
        }
    }

    Reply reply_;
    base::Fd socket_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stop_{false};
    std::atomic<int> probes_{0};
    std::thread thread_;
};

}  // namespace

TEST_CASE("an answer is read whatever its prefixes are") {
    const auto matches = matchesIn(
        answer("uuid:1", match("urn:uuid:a", "http://192.0.2.10/onvif/device_service", kScopes)), "uuid:1");
    REQUIRE(matches.size() == 1);
    CHECK(matches[0].endpoint == "urn:uuid:a");
    CHECK(matches[0].addresses == std::vector<std::string>{"http://192.0.2.10/onvif/device_service"});
    CHECK(matches[0].name == "Front Door");
    CHECK(matches[0].hardware == "IPC-7");
    const auto bare = matchesIn(
        "<Envelope><Header><RelatesTo>uuid:1</RelatesTo></Header><Body><ProbeMatches><ProbeMatch>"
        "<EndpointReference><Address>urn:b</Address></EndpointReference><Scopes/></ProbeMatch>"
        "<ProbeMatch><XAddrs>http://a&amp;b/x "
        "ftp://no</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>",
        "uuid:1");
    REQUIRE(bare.size() == 2);
    CHECK(bare[0].endpoint == "urn:b");
    CHECK(bare[1].addresses == std::vector<std::string>{"http://a&b/x"});
}

TEST_CASE("a camera that is careless with its text is found, with what can be read of its name") {
    const auto nameIn = [](std::string name, const std::string& encoding = "utf-8", const char* end = "") {
        const std::string scopes = "onvif://www.onvif.org/name/" + name;
        std::string whole = answer("uuid:1", match("urn:uuid:a", "http://192.0.2.10/x?a=1&b=2", scopes));
        whole.replace(0, whole.find("?>"), "\r\n <?xml version=\"1.0\" encoding=\"" + encoding + "\"");
        const auto matches = matchesIn(whole.append(end, std::strlen(end) + 1), "uuid:1");
        REQUIRE(matches.size() == 1);
        CHECK(matches[0].addresses == std::vector<std::string>{"http://192.0.2.10/x?a=1&b=2"});
        return matches[0].name;
    };
    CHECK(nameIn("B\xc3\xbcro") == "B\xc3\xbcro");
    CHECK(nameIn("B\xfcro") == "B\xef\xbf\xbdro");
    CHECK(nameIn("\xb4\xf3\xc3\xc5", "GB2312").starts_with("\xef\xbf\xbd"));
    CHECK(nameIn("A&B") == "A&B");
    CHECK(nameIn("A&amp;B&#38;C&") == "A&B&C&");
    CHECK(nameIn("A", "utf-8", "\r\n") == "A");
}

TEST_CASE("what does not answer our question is nothing") {
    const std::string good = answer("uuid:1", match("urn:uuid:a", "http://192.0.2.10/x", kScopes));
    CHECK(matchesIn(good, "uuid:2").empty());
    CHECK(matchesIn("", "uuid:1").empty());
    for (const char* text : {"<<<<>>>></", "&", "<?xml", "<?xml?>", "<a/>", "<Envelope><Body/></Envelope>"})
        CHECK(matchesIn(text, "uuid:1").empty());
    CHECK(matchesIn(answer("uuid:1", "<d:ProbeMatch></d:ProbeMatch>"), "uuid:1").empty());
    std::string many;
    for (int i = 0; i < 1000; ++i) many += match("urn:" + std::to_string(i), "", "");
    CHECK(matchesIn(answer("uuid:1", many), "uuid:1").size() == 16);
    // Cut anywhere, and with any byte changed: nothing is read beyond the end (a sanitizer sees to that).
    for (std::size_t size = 0; size < good.size(); ++size) {
        const std::unique_ptr<char[]> copy(new char[size]);
        std::copy_n(good.data(), size, copy.get());
        CHECK(matchesIn({copy.get(), size}, "uuid:1").empty());
        std::string changed = good;
        changed[size] = '<';
        matchesIn(changed, "uuid:1");
    }
}

TEST_CASE("a camera is told by its name, with the address on our network") {
    Match match;
    match.endpoint = "urn:uuid:a";
    match.addresses = {"http://169.254.1.2/onvif", "http://192.0.2.10:8080/onvif"};
    match.name = match.hardware = "IPC-7";
    const FoundCamera camera = foundCamera(match, "192.0.2.10");
    CHECK(camera.title == "IPC-7");
    CHECK(camera.settings.at(0) ==
          std::pair<std::string, std::string>{"url", "rtsp://USER:PASSWORD@192.0.2.10:554/"});
    CHECK_FALSE(camera.problem.empty());
    match.addresses = {"http://[fe80::1]/onvif"};
    CHECK(foundCamera(match, "192.0.2.10").settings.at(0).second == "rtsp://USER:PASSWORD@[fe80::1]:554/");
    match.addresses = {"http://a\"b{c}/", "http:///", "http://x y/"};
    CHECK(foundCamera(match, "192.0.2.10").settings.at(0).second == "rtsp://USER:PASSWORD@192.0.2.10:554/");
    match = {};
    match.addresses = {"http://192.0.2.11/"};
    CHECK(foundCamera(match, "192.0.2.11").title == "Network camera 192.0.2.11");
}

TEST_CASE("a search on loopback tells each camera once and keeps its deadline") {
    Responder responder([](const std::string& id) {
        return std::vector<std::string>{
            "garbage", answer("uuid:another", match("urn:uuid:wrong", "http://127.0.0.9/", "")),
            answer(id, match("urn:uuid:front", "http://127.0.0.1/onvif/device_service", kScopes)),
            answer(id, match("urn:uuid:front", "http://127.0.0.1/onvif/device_service", kScopes)),
            answer(id, match("urn:uuid:yard", "http://127.0.0.2/onvif/device_service", ""))};
    });
    Search search;
    search.port = responder.port();
    search.interfaces = {"127.0.0.1"};
    std::vector<std::string> ids;
    const auto before = Monotonic::now();
    discover(
        search, [&](const FoundCamera& camera) { ids.push_back(camera.id); }, Deadline::in(800ms));
    CHECK(Monotonic::now() - before < 800ms + 2s);
    CHECK(ids == std::vector<std::string>{"urn:uuid:front", "urn:uuid:yard"});
    CHECK(responder.probes() == 2);
}

TEST_CASE("a machine without a network is told so") {
    Search search;
    search.interfaces.clear();
    CHECK_THROWS_AS(discover(
                        search, [](const FoundCamera&) {}, Deadline::in(100ms)),
                    Error);
    search.interfaces = {"not an address", "203.0.113.77"};
    CHECK_THROWS_AS(discover(
                        search, [](const FoundCamera&) {}, Deadline::in(100ms)),
                    Error);
}

}  // namespace search_test
