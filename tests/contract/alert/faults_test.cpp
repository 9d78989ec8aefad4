/// The alert-mqtt plugin and what goes wrong with brokers and at home: each case is named for what broke.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/fd.h"
#include "porchlight/utf8.h"
#include "sink.h"
#include "support/catch.h"

namespace faults_test {

using namespace porchlight;
using namespace porchlight::alert;
using namespace porchlight::alert::testing;
using namespace porchlight::test;

TEST_CASE("a broker that takes no packet over 10 kB gets everything but the pictures, and that is said") {
    const std::string protocol = GENERATE("auto", "3.1.1");
    CAPTURE(protocol);
    Broker broker;
    broker.set("max_packet_size 10000");
    broker.start();
    Subscriber subscriber(broker.port());
    Settings with = settings(broker.port());
    with.set("protocol", protocol);
    AlertHub hub(appliance());
    hub.add(*module(), with);
    hub.publish(event(AlertKind::EventStart, "aaaaaaaaaaaaaaaa", 30'000));
    hub.publish(event(AlertKind::EventEnd, "aaaaaaaaaaaaaaaa"));
    hub.publish(event(AlertKind::EventStart, "bbbbbbbbbbbbbbbb", 31'000));
    hub.publish(event(AlertKind::EventEnd, "bbbbbbbbbbbbbbbb"));
    hub.publish(event(AlertKind::EventStart, "cccccccccccccccc", 5'000));
    REQUIRE(subscriber.waitFor([&] { return hub.status().at(0).delivered == 5; }, milliseconds{20'000}));
    subscriber.waitFor(
        [&] { return subscriber.count("porchlight/cam/porch/event", "cccccccccccccccc") > 0; });
    CHECK(subscriber.count("porchlight/cam/porch/event", "aaaaaaaaaaaaaaaa") >= 2);
    CHECK(subscriber.count("porchlight/cam/porch/event", "bbbbbbbbbbbbbbbb") == 2);
    CHECK(subscriber.last("porchlight/cam/porch/snapshot").size() == 5'000);
    CHECK(subscriber.count("porchlight/cam/porch/snapshot") == 1);
    CHECK(says(hub, "connected, but pictures of 31000 bytes are left out"));
    const auto trial = trialOf(with);
    CHECK(trial.find("100 kB was not taken") != std::string::npos);
}

TEST_CASE("what a broker may not be told at all is given up, and what comes behind it is told") {
    Broker broker;
    broker.setRights(
        "topic read #\ntopic write porchlight/cam/porch/motion\ntopic write porchlight/cam/+/state\n"
        "topic write porchlight/cam/porch/label\n"
        "topic write porchlight/status\ntopic write porchlight/cam/+/status\ntopic write homeassistant/#");
    broker.start();
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(waitFor([&] { return says(hub, "connected"); }));
    hub.publish(event(AlertKind::EventStart, "aaaaaaaaaaaaaaaa"));
    hub.publish(state("porch", "running"));
    REQUIRE(waitFor([&] { return hub.status().at(0).delivered == 1; }));
    CHECK(hub.status().at(0).dropped == 1);
    CHECK(says(hub, "the broker does not take porchlight/cam/porch/event: not authori"));
}

TEST_CASE("an end that comes while the broker is away ends motion, however many events came meanwhile") {
    Broker broker;
    broker.start();
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(waitFor([&] { return says(hub, "connected"); }));
    hub.publish(event(AlertKind::EventStart, "aaaaaaaaaaaaaaaa"));
    REQUIRE(waitFor([&] { return hub.status().at(0).delivered == 1; }));
    broker.stop();
    hub.publish(event(AlertKind::EventEnd, "aaaaaaaaaaaaaaaa"));
    for (int i = 0; i < 600; ++i) {
        Alert start = event(AlertKind::EventStart, std::to_string(i), 9'000);
        Alert end = event(AlertKind::EventEnd, std::to_string(i));
        start.camera = end.camera = "yard";
        hub.publish(start);
        hub.publish(end);
    }
    CHECK(hub.status().at(0).waiting_bytes <= 1U << 20U);
    broker.start();
    Subscriber subscriber(broker.port());
    REQUIRE(subscriber.waitFor([&] { return hub.status().at(0).waiting == 0; }, milliseconds{20'000}));
    subscriber.waitFor([&] { return subscriber.count("porchlight/cam/yard/event", "\"599\"") == 2; });
    CHECK(subscriber.count("porchlight/cam/porch/event", R"("motion_end","event_id":"aaaaaaaaaaaaaaaa")") ==
          1);
    CHECK(subscriber.last("porchlight/cam/porch/motion") == "OFF");
    CHECK(subscriber.waitFor([&] { return subscriber.last("porchlight/cam/yard/motion") == "OFF"; }));
}

TEST_CASE("bytes that are no UTF-8 never reach the broker") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance({{"porch",
                             "K\xfc"
                             "che \xe2\x82"}}));
    hub.add(*module(), settings(broker.port()));
    Alert alert = state("porch", "offline");
    alert.reason = "open \xff\xfe\x01: " + std::string(5000, 'x') + "\xc3";
    hub.publish(alert);
    alert.kind = AlertKind::Problem;
    alert.problems = {"Ger\xe4t"};
    hub.publish(alert);
    REQUIRE(subscriber.waitFor([&] { return hub.status().at(0).delivered == 2; }));
    subscriber.waitFor([&] { return subscriber.count("porchlight/problem") > 0; });
    for (const Heard& one : subscriber.heard()) {
        CAPTURE(one.topic);
        CHECK(asUtf8(one.payload) == one.payload);
        CHECK(one.payload.size() < 4000);
    }
    CHECK(subscriber.last("homeassistant/device/node1_porch/config")
              .find("\"K\xef\xbf\xbd"
                    "che ") != std::string::npos);
}

TEST_CASE("two appliances with one client id wait longer and longer, and say what is wrong") {
    const std::string protocol = GENERATE("auto", "3.1.1");
    CAPTURE(protocol);
    Broker broker;
    broker.start();
    Settings with = settings(broker.port());
    with.set("protocol", protocol);
    with.set("client_id", "twin");
    AlertHub hub(appliance());
    hub.add(*module(), with);
    int connected = 0;
    bool was_connected = false;
    bool is_told = false;
    for (const auto until = Deadline::in(seconds{6}); !until.isPast(); ::usleep(20'000)) {
        const bool is_connected = says(hub, "connected");
        is_told = is_told || says(hub, "another client with the same id ('twin')");
        if (is_connected && !was_connected) {
            ++connected;
            ::usleep(100'000);
            mosquitto* twin = mosquitto_new("twin", true, nullptr);
            mosquitto_connect(twin, "127.0.0.1", broker.port(), 30);
            for (int i = 0; i < 10; ++i) mosquitto_loop(twin, 20, 1);
            mosquitto_destroy(twin);
        }
        was_connected = is_connected;
    }
    CHECK(is_told);
    CHECK(connected >= 3);
    CHECK(connected <= 3);  // after 0, 1 and 3 s, the next after 7: no longer once a second
}

}  // namespace faults_test
