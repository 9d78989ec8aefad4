/// What stands at the broker for everybody to find: nothing of ours that is untrue or wanted no more.
#include <unistd.h>

#include <fstream>
#include <thread>

#include "sink.h"
#include "support/catch.h"
#include "support/folder.h"

namespace retained_test {

using namespace porchlight;
using namespace porchlight::alert;
using namespace porchlight::alert::testing;
using namespace porchlight::test;

namespace {

/// Runs an appliance until it is announced, and stops it.
void runOnce(const Settings& with, const AlertAppliance& what) {
    AlertHub hub(what);
    hub.add(*module(), with);
    REQUIRE(waitFor([&] { return says(hub, "connected"); }, seconds{20}));
    ::usleep(50'000);
    hub.stop(Deadline::in(seconds{2}));
}

}  // namespace

TEST_CASE("of a renamed camera nothing stays at the broker, also when that was away meanwhile") {
    const bool is_broker_away = GENERATE(false, true);
    CAPTURE(is_broker_away);
    Broker broker;
    broker.set("persistence true\npersistence_location " + broker.folder().path().string() + "/");
    broker.start();
    const Folder data;
    runOnce(settings(broker.port()), appliance({{"porch", "Porch"}, {"yard", "Yard"}}, data.path().string()));
    REQUIRE(retainedAt(broker, "cam/porch/").size() == 4);
    REQUIRE(retainedAt(broker, "node1_porch/config").size() == 1);

    if (is_broker_away) broker.stop();
    AlertHub hub(appliance({{"front", "Porch"}, {"yard", "Yard"}}, data.path().string()));
    hub.add(*module(), settings(broker.port()));
    if (is_broker_away) {
        REQUIRE(waitFor([&] { return says(hub, "offline: "); }));
        broker.start();
    }
    REQUIRE(waitFor([&] { return says(hub, "connected"); }));
    CHECK(retainedAt(broker, "cam/porch/").empty());
    CHECK(retainedAt(broker, "node1_porch").empty());
    CHECK(retainedAt(broker, "node1_front/config").size() == 1);
    CHECK(retainedAt(broker, "node1_yard/config").size() == 1);
}

TEST_CASE("after a change of topic or prefix, and without discovery, nothing stays where it was") {
    Broker broker;
    broker.start();
    const Folder data;
    runOnce(settings(broker.port()), appliance({{"porch", "Porch"}}, data.path().string()));
    Settings moved = settings(broker.port());
    moved.set("topic", "house/cams");
    moved.set("discovery_prefix", "ha");
    runOnce(moved, appliance({{"porch", "Porch"}}, data.path().string()));
    CHECK(retainedAt(broker, "porchlight/").empty());
    CHECK(retainedAt(broker, "homeassistant/").empty());
    CHECK(retainedAt(broker, "house/cams/status").size() == 1);
    CHECK(retainedAt(broker, "ha/device/node1_porch/config").size() == 1);
    moved.set("discovery", "false");
    runOnce(moved, appliance({{"porch", "Porch"}}, data.path().string()));
    CHECK(retainedAt(broker, "ha/").empty());
    CHECK(retainedAt(broker, "house/cams/cam/porch/status").size() == 1);
}

TEST_CASE("alerts that are switched off leave nothing at the broker, also when that was away at first") {
    const bool is_broker_away = GENERATE(false, true);
    CAPTURE(is_broker_away);
    Broker broker;
    broker.set("persistence true\npersistence_location " + broker.folder().path().string() + "/");
    broker.start();
    const Folder data;
    const AlertAppliance house = appliance({{"porch", "Porch"}, {"yard", "Yard"}}, data.path().string());
    runOnce(settings(broker.port()), house);
    REQUIRE(retainedAt(broker, "node1_porch/config").size() == 1);
    Subscriber other(broker.port());
    other.publish("other/x", "not ours", true);
    REQUIRE(other.waitFor([&] { return other.count("other/x") == 1; }));

    if (is_broker_away) broker.stop();
    AlertHub hub(house);
    hub.withdraw(*module(), settings(broker.port()));
    if (is_broker_away) {
        REQUIRE(waitFor([&] {
            return says(hub, "off, but announcements still stand at the broker (topics: ") &&
                   says(hub, "offline: ");
        }));
        broker.start();
    }
    hub.publish(state("porch", "running"));
    REQUIRE(waitFor([&] { return hub.status().empty(); }));
    CHECK(retainedAt(broker, "porchlight").empty());
    CHECK(retainedAt(broker, "homeassistant").empty());
    CHECK(retainedAt(broker, "other/x").size() == 1);

    broker.stop();
    AlertHub again(house);  // nothing is left behind: nobody asks the broker
    again.withdraw(*module(), settings(broker.port()));
    CHECK(again.status().empty());
}

TEST_CASE("what is not taken back is told, kept for the next start, and holds nobody") {
    const bool has_broker = GENERATE(false, true);
    CAPTURE(has_broker);
    Broker broker;
    broker.setRights("topic readwrite porchlight/#");
    if (has_broker) broker.start();
    const Folder data;
    const std::string remembered =
        "porchlight retained 1\n127.0.0.1:" + std::to_string(broker.port()) + "\tforbidden/x/config\n";
    std::ofstream(data / "alert-mqtt.retained") << remembered;
    AlertHub hub(appliance({{"porch", "Porch"}}, data.path().string()));
    hub.withdraw(*module(), settings(broker.port()));
    const char* cause = has_broker ? "the broker does not take forbidden/x/config" : "offline: ";
    CHECK(waitFor([&] { return says(hub, "(topics: 1; the next start tries again)") && says(hub, cause); }));
    const auto began = Monotonic::now();
    hub.stop(Deadline::in(seconds{2}));
    CHECK(Monotonic::now() - began < seconds{2});
    CHECK(readAll(data / "alert-mqtt.retained") == remembered);
}

TEST_CASE("what was remembered survives rubbish in its file, and topics of other brokers stay in it") {
    Broker broker;
    broker.start();
    const Folder data;
    const std::string here = "127.0.0.1:" + std::to_string(broker.port()) + "\t";
    std::ofstream(data / "alert-mqtt.retained") << "porchlight retained 1\n"
                                                << here << "old/cam/x/status\n"
                                                << here << "bad/#\nrubbish\n\xff\tb\n\n"
                                                << "192.0.2.9:1883\tother/status\n";
    Subscriber before(broker.port());
    before.publish("old/cam/x/status", "online", true);
    REQUIRE(before.waitFor([&] { return before.count("old/cam/x/status") == 1; }));
    runOnce(settings(broker.port()), appliance({{"porch", "Porch"}}, data.path().string()));
    CHECK(retainedAt(broker, "old/").empty());
    const std::string text = readAll(data / "alert-mqtt.retained");
    CHECK(text.find("192.0.2.9:1883\tother/status\n") != std::string::npos);
    CHECK(text.find("rubbish") == std::string::npos);
    CHECK(text.find("old/") == std::string::npos);
}

TEST_CASE("at a clean stop each camera is offline, and no state says that it runs") {
    Broker broker;
    broker.start();
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(waitFor([&] { return says(hub, "connected"); }));
    hub.publish(state("porch", "running"));
    REQUIRE(waitFor([&] { return hub.status().at(0).delivered == 1; }));
    hub.stop(Deadline::in(seconds{2}));
    Subscriber newcomer(broker.port());
    newcomer.waitFor([&] { return newcomer.count("porchlight/status") == 1; });
    CHECK(newcomer.last("porchlight/cam/porch/status") == "offline");
    CHECK(newcomer.last("porchlight/cam/porch/state") ==
          R"({"status":"offline","health":null,"reason":"Porchlight was stopped","kind":""})");
    CHECK(newcomer.last("porchlight/cam/porch/motion") == "OFF");
    CHECK(newcomer.last("porchlight/status") == "offline");
}

TEST_CASE("a camera whose file is broken is not announced; one that was before stays known, as offline") {
    Broker broker;
    broker.start();
    const Folder data;
    runOnce(settings(broker.port()), appliance({{"porch", "Porch"}, {"gone", "Gone"}}, data.path().string()));
    const auto config_before = retainedAt(broker, "node1_porch/config");
    AlertHub hub(appliance({{"porch", "porch", false}, {"--porch", "?", false}}, data.path().string()));
    hub.add(*module(), settings(broker.port()));
    REQUIRE(waitFor([&] { return says(hub, "connected"); }));
    hub.publish(state("--porch", "offline"));
    hub.publish(state("porch", "offline"));
    REQUIRE(waitFor([&] { return hub.status().at(0).delivered == 2; }));
    CHECK(retainedAt(broker, "--porch").empty());
    CHECK(retainedAt(broker, "node1_porch/config") == config_before);
    Subscriber newcomer(broker.port());
    newcomer.waitFor([] { return false; }, milliseconds{300});
    CHECK(newcomer.last("porchlight/cam/porch/status") == "offline");
    CHECK(newcomer.last("homeassistant/device/node1_porch/config").find(R"("name":"Porch")") !=
          std::string::npos);
    // The broken file may be that camera's: it is not taken out of Home Assistant for a typing error.
    CHECK(newcomer.last("porchlight/cam/gone/status") == "offline");
    CHECK(newcomer.count("homeassistant/device/node1_gone/config") == 1);
}

}  // namespace retained_test
