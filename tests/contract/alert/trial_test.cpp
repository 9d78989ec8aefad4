/// Brokers that do not let us in, or are none: what is wrong is told in the status and to the doctor.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "base/fd.h"
#include "sink.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace trial_test {

using namespace porchlight;
using namespace porchlight::alert;
using namespace porchlight::alert::testing;
using namespace porchlight::test;

namespace {

/// What the plugin says of a broker that it does not get on with.
std::string refusalOf(const Settings& with) {
    AlertHub hub(appliance());
    hub.add(*module(), with);
    waitFor([&] { return says(hub, "misconfigured: ") || says(hub, "offline: ") || says(hub, "connected"); });
    return statusOf(hub);
}

/// Accepts on loopback; `answer` sees each connection.
class Server {
  public:
    explicit Server(std::function<void(int)> answer) : answer_(std::move(answer)) {
        thread_ = std::thread([this] {
            for (int fd = -1; (fd = listener_.accept()) >= 0;) {
                clients_.emplace_back(fd);
                answer_(fd);
            }
        });
    }
    ~Server() {
        ::shutdown(listener_.fd(), SHUT_RDWR);
        thread_.join();
    }
    int port() const { return listener_.number(); }

  private:
    LoopbackPort listener_;
    std::function<void(int)> answer_;
    std::vector<base::Fd> clients_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("each fault of TLS has a cause of its own, in the status and for the doctor") {
    Broker broker;
    broker.useTls("IP:127.0.0.1", 9);
    broker.start();
    Broker elsewhere;  // its authority signed nothing here
    elsewhere.useTls("DNS:broker.example", 9);
    elsewhere.start();
    Broker expired;
    expired.useTls("IP:127.0.0.1", -1);
    expired.start();
    Broker plain;
    plain.start();
    const auto tls = [](const Broker& to, const std::string& ca_file) {
        Settings with = settings(to.port());
        with.set("tls", "true");
        with.set("ca_file", ca_file);
        return with;
    };
    CHECK(refusalOf(tls(broker, broker.caFile())) == "connected");
    const auto check = [](const Settings& with, const std::string& cause) {
        const auto refusal = refusalOf(with);
        const auto trial = trialOf(with);
        CAPTURE(cause, refusal, trial);
        CHECK(refusal.find(cause) != std::string::npos);
        CHECK(trial.find("refused: ") == 0);
        CHECK(trial.find(cause) != std::string::npos);
    };
    check(tls(broker, elsewhere.caFile()),
          "the broker's certificate was not signed by the authority in " + elsewhere.caFile());
    check(tls(broker, ""), "was not signed by an authority of this system");
    check(tls(elsewhere, elsewhere.caFile()),
          "the broker's certificate is for broker.example, not for 127.0.0.1");
    check(tls(expired, expired.caFile()), "the broker's certificate has expired on 20");
    check(settings(broker.port()), "TLS at this port");
    check(tls(plain, broker.caFile()), "plain MQTT at this port");
    CHECK(trialOf(tls(broker, broker.caFile())).empty());
}

TEST_CASE("the doctor logs in and publishes: refused passwords and rights are told as such") {
    Broker closed("porch", "right");
    closed.setRights("user porch\ntopic read #\ntopic write porchlight/#");
    closed.start();
    Settings with = settings(closed.port());
    CHECK(trialOf(with) == "refused: the broker lets nobody in without user name and password");
    with.set("username", "porch");
    with.set("password", "wrong");
    CHECK(trialOf(with) == "refused: the broker refused the user name or password");
    with.set("password", "right");
    const std::string protocol = GENERATE("auto", "3.1.1");
    CAPTURE(protocol);
    with.set("protocol", protocol);
    with.set("topic", "elsewhere");
    CHECK(trialOf(with).find("refused: it lets us in") == 0);
    with.set("topic", "porchlight");
    const auto doubts = trialOf(with);
    if (protocol == "auto")
        CHECK(doubts.find("Home Assistant is not told of the cameras: homeassistant/device/node1/doctor: not "
                          "authori") == 0);
    else
        CHECK(doubts.empty());  // MQTT 3.1.1 cannot tell
}

TEST_CASE("the doctor does not throw out the appliance that is running") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; }));
    CHECK(trialOf(settings(broker.port())).empty());
    subscriber.waitFor([] { return false; }, milliseconds{300});
    CHECK(statusOf(hub) == "connected");
    CHECK(subscriber.count("porchlight/status", "offline") == 0);
    CHECK(retainedAt(broker, "doctor").empty());
}

TEST_CASE("a server that accepts and never answers holds nobody, and is told as such") {
    Server silent([](int) {});
    AlertHub hub(appliance());
    hub.add(*module(), settings(silent.port()));
    const auto before = Monotonic::now();
    for (int i = 0; i < 1000; ++i) hub.publish(event(AlertKind::EventStart, std::to_string(i), 4000));
    CHECK(Monotonic::now() - before < seconds{3});
    CHECK(hub.status().at(0).waiting_bytes <= 1U << 20U);
    const auto sink = module()->create<AlertSink>();
    sink->configure(settings(silent.port()), appliance());
    CHECK_THROWS_WITH(sink->tryOut(Deadline::in(seconds{1})), "the broker does not answer");
    const auto stopping = Monotonic::now();
    hub.stop(Deadline::in(seconds{2}));
    CHECK(Monotonic::now() - stopping < seconds{2} + seconds{1});
}

TEST_CASE("a broker that speaks MQTT 3.1.1 only is spoken to in it, and a web server is called one") {
    std::atomic<int> old_version{0};
    Server old([&](int fd) {
        unsigned char packet[64] = {};
        if (::recv(fd, packet, sizeof packet, 0) < 9) return;
        if (packet[8] == 4) ++old_version;  // the protocol level behind "MQTT"
        const unsigned char refused[] = {0x20, 0x02, 0x00, 0x01};
        const unsigned char taken[] = {0x20, 0x02, 0x00, 0x00};
        ::send(fd, packet[8] == 4 ? taken : refused, 4, MSG_NOSIGNAL);
        if (packet[8] != 4) ::shutdown(fd, SHUT_RDWR);
    });
    AlertHub hub(appliance());
    hub.add(*module(), settings(old.port()));
    CHECK(waitFor([&] { return old_version.load() > 0; }));
    Settings only = settings(old.port());
    only.set("protocol", "5");
    CHECK(trialOf(only) == "refused: the broker does not speak MQTT 5");
    Server web([](int fd) { ::send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL); });
    CHECK(trialOf(settings(web.port())) == "refused: a web server answers at this port, no MQTT broker");
}

}  // namespace trial_test
