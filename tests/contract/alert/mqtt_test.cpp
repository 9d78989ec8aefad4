/// The alert-mqtt plugin behind the AlertHub, against a real broker.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/log.h"
#include "sink.h"
#include "support/catch.h"

namespace mqtt_test {

using namespace porchlight;
using namespace porchlight::alert;
using namespace porchlight::test;
using testing::appliance;
using testing::module;
using testing::says;
using testing::settings;
using testing::waitFor;

namespace {

const std::string kBase = "porchlight/cam/porch/";

/// Granted over a deadline: what a busy machine takes to run a thread.
#ifdef PORCHLIGHT_SANITIZED
constexpr milliseconds kSlack{1'000};
#else
constexpr milliseconds kSlack{100};
#endif

Alert event(AlertKind kind, const std::string& id) {
    Alert alert;
    alert.kind = kind;
    alert.camera = "porch";
    alert.event_id = id;
    alert.id = id + (kind == AlertKind::EventStart ? "-start" : "-end");
    alert.started_at = alert.at = WallTime(microseconds(1'790'000'000'500'000));
    alert.ended_at = alert.started_at + seconds{4};
    alert.score = 0.75;
    alert.zone = "path";
    alert.clip_url = "/api/v1/events/" + id + "/clip.mp4";
    alert.thumbnail_url = "/api/v1/events/" + id + "/thumbnail.jpg";
    if (kind == AlertKind::EventStart) alert.thumbnail.assign({0xff, 0xd8, 0x00, 0x01, 0xff, 0xd9});
    return alert;
}

Alert state(const std::string& name, int health) {
    Alert alert;
    alert.camera = "porch";
    alert.state = name;
    alert.health_percent = health;
    alert.reason = "because of \"quotes\"";
    return alert;
}

bool waitForStatus(const AlertHub& hub, const std::string& part, seconds span = seconds{8}) {
    return waitFor([&] { return says(hub, part); }, span);
}

bool waitForDelivered(const AlertHub& hub, std::uint64_t count, seconds span = seconds{8}) {
    return waitFor([&] { return hub.status().at(0).delivered >= count; }, span);
}

}  // namespace

TEST_CASE("an event starts and ends with the same id, its picture before it") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; }));
    CHECK(subscriber.last(kBase + "motion") == "OFF");
    CHECK(subscriber.last(kBase + "status") == "offline");
    CHECK(subscriber.indexOf("homeassistant/device/node1/config") <
          subscriber.indexOf("homeassistant/device/node1_porch/config"));
    CHECK(subscriber.indexOf("homeassistant/device/node1_porch/config") <
          subscriber.indexOf("porchlight/status"));

    hub.publish(state("running", 100));
    hub.publish(event(AlertKind::EventStart, "0123456789abcdef"));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last(kBase + "motion") == "ON"; }));
    CHECK(subscriber.last(kBase + "status") == "online");
    CHECK(subscriber.last(kBase + "state") ==
          R"({"status":"running","health":100,"reason":"because of \"quotes\"","kind":""})");
    hub.publish(event(AlertKind::EventEnd, "0123456789abcdef"));
    REQUIRE(subscriber.waitFor([&] {
        return subscriber.count(kBase + "event") == 2 && subscriber.last(kBase + "motion") == "OFF";
    }));
    CHECK(subscriber.last(kBase + "snapshot") == std::string("\xff\xd8\x00\x01\xff\xd9", 6));
    CHECK(subscriber.indexOf(kBase + "snapshot/attributes", "0123456789abcdef") <
          subscriber.indexOf(kBase + "event"));
    CHECK(subscriber.indexOf(kBase + "snapshot") < subscriber.indexOf(kBase + "event", "motion_start"));
    CHECK(subscriber.heard()[subscriber.indexOf(kBase + "event")].payload ==
          R"({"event_type":"motion_start","event_id":"0123456789abcdef","start":"2026-09-21T14:13:20.500Z",)"
          R"("end":null,)"
          R"("label":"motion","score":0.75,"zone":"path",)"
          R"("snapshot_url":"https://192.0.2.1:8443/api/v1/events/0123456789abcdef/thumbnail.jpg",)"
          R"("clip_url":"https://192.0.2.1:8443/api/v1/events/0123456789abcdef/clip.mp4",)"
          R"("alert_id":"0123456789abcdef-start"})");
    CHECK(subscriber.count(kBase + "event", R"("motion_end","event_id":"0123456789abcdef")") == 1);

    Subscriber late(broker.port());
    late.waitFor([&] { return late.count(kBase + "snapshot") == 1; });
    CHECK(late.last(kBase + "motion") == "OFF");
    CHECK(late.count(kBase + "event") == 0);  // not retained

    hub.stop(Deadline::in(seconds{2}));
    CHECK(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "offline"; }));
    CHECK(hub.status().at(0).status == "stopped");
}

TEST_CASE("what an event shows is told when it is known better, and again after the connection was lost") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; }));
    CHECK(subscriber.last(kBase + "label") == "none");
    const std::string id = "0123456789abcdef";
    hub.publish(event(AlertKind::EventStart, id));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last(kBase + "label") == "motion"; }));
    Alert update = event(AlertKind::EventUpdate, id);
    update.ended_at = {};
    update.label = "person";
    hub.publish(update);
    REQUIRE(subscriber.waitFor([&] { return subscriber.last(kBase + "label") == "person"; }));
    CHECK(subscriber.count(kBase + "event", R"("motion_update","event_id":"0123456789abcdef")") == 1);
    CHECK(subscriber.count(kBase + "event", R"("label":"person")") == 1);
    CHECK(subscriber.last(kBase + "motion") == "ON");
    hub.publish(event(AlertKind::EventEnd, id));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last(kBase + "motion") == "OFF"; }));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last(kBase + "label") == "none"; }));
    // A picture that came late is shown, and the event is over all the same.
    Alert late = event(AlertKind::EventUpdate, id);
    late.thumbnail.assign({0xff, 0xd8, 0x07, 0xff, 0xd9});
    hub.publish(late);
    REQUIRE(subscriber.waitFor(
        [&] { return subscriber.last(kBase + "snapshot") == std::string("\xff\xd8\x07\xff\xd9", 5); }));
    CHECK(subscriber.count(kBase + "event") == 3);
    CHECK(subscriber.last(kBase + "label") == "none");
    CHECK(subscriber.last(kBase + "motion") == "OFF");
}

TEST_CASE("the birth of Home Assistant is answered with everything, after a pause") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; }));
    subscriber.forget();
    const auto asked_at = Monotonic::now();
    subscriber.publish("homeassistant/status", "online");
    REQUIRE(subscriber.waitFor([&] { return subscriber.count("porchlight/status", "online") == 1; },
                               milliseconds{7000}));
    CHECK(Monotonic::now() - asked_at >= milliseconds{900});
    CHECK(subscriber.count("homeassistant/device/node1_porch/config") == 1);
    CHECK(subscriber.last(kBase + "motion") == "OFF");
}

TEST_CASE("the appliance's own problems are a retained state with reasons, told again after each connect") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; }));
    CHECK(subscriber.count("porchlight/problem") == 0);  // unknown yet: no "OFF" that is not true
    CHECK(subscriber.count("homeassistant/device/node1/config", R"("unique_id":"node1_problem")") == 1);
    Alert problem;
    problem.kind = AlertKind::Problem;
    hub.publish(problem);
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/problem") == "OFF"; }));
    problem.problems = {"recordings storage is full", "footage waits in the \"spool\""};
    hub.publish(problem);
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/problem") == "ON"; }));
    CHECK(subscriber.last("porchlight/problem/attributes") ==
          R"({"reasons":["recordings storage is full","footage waits in the \"spool\""]})");
    Subscriber late(broker.port());
    CHECK(late.waitFor([&] { return late.last("porchlight/problem") == "ON"; }));  // retained
    subscriber.forget();
    subscriber.publish("homeassistant/status", "online");
    CHECK(subscriber.waitFor([&] { return subscriber.last("porchlight/problem") == "ON"; },
                             milliseconds{8000}));
}

TEST_CASE("a process that is killed leaves its last will") {
    Broker broker;
    broker.start();
    Subscriber subscriber(broker.port());
    const pid_t child = ::fork();
    if (child == 0) {
        AlertHub hub(appliance());
        hub.add(*module(), settings(broker.port()));
        for (;;) ::pause();
    }
    REQUIRE(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "online"; },
                               milliseconds{8000}));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(subscriber.waitFor([&] { return subscriber.last("porchlight/status") == "offline"; }));
}

TEST_CASE("what happens while the broker is away is told once when it is back") {
    Broker broker;
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port()));
    REQUIRE(waitForStatus(hub, "offline: "));
    hub.publish(event(AlertKind::EventStart, "aaaaaaaaaaaaaaaa"));
    hub.publish(event(AlertKind::EventEnd, "aaaaaaaaaaaaaaaa"));
    hub.publish(state("degraded", 70));
    hub.publish(state("running", 90));
    ::usleep(1'500'000);                     // several attempts to deliver meanwhile
    CHECK(hub.status().at(0).waiting == 3);  // of the states only the newest
    broker.start();
    Subscriber subscriber(broker.port());
    REQUIRE(waitForDelivered(hub, 3));
    subscriber.waitFor([] { return false; }, milliseconds{500});
    CHECK(subscriber.count(kBase + "event", "motion_start") == 1);
    CHECK(subscriber.count(kBase + "event", "motion_end") == 1);
    CHECK(subscriber.count(kBase + "state", "degraded") == 0);

    broker.stop();
    REQUIRE(waitForStatus(hub, "offline: "));
    hub.publish(event(AlertKind::EventStart, "bbbbbbbbbbbbbbbb"));
    broker.start();  // a restarted broker has lost what was retained
    Subscriber again(broker.port());
    REQUIRE(again.waitFor([&] { return again.count(kBase + "event", "bbbbbbbbbbbbbbbb") > 0; },
                          milliseconds{8000}));
    again.waitFor([] { return false; }, milliseconds{300});
    CHECK(again.count(kBase + "event", "bbbbbbbbbbbbbbbb") == 1);
    CHECK(again.last("porchlight/status") == "online");
    CHECK(again.count("homeassistant/device/node1_porch/config") >= 1);
}

TEST_CASE("a refused password is the owner's to fix, and said so") {
    Broker broker("porch", "right");
    broker.start();
    AlertHub hub(appliance());
    hub.add(*module(), settings(broker.port(), "porch", "wrong"));
    REQUIRE(waitForStatus(hub, "misconfigured: "));
    CHECK(hub.status().at(0).status == "misconfigured: the broker refused the user name or password");
    AlertHub good(appliance());
    good.add(*module(), settings(broker.port(), "porch", "right"));
    CHECK(waitForStatus(good, "connected"));
}

TEST_CASE("a broker that hangs holds deliver no longer than its deadline") {
    Broker broker;
    broker.start();
    const auto sink = module()->create<AlertSink>();
    sink->configure(settings(broker.port()), appliance());
    const auto connect_by = Deadline::in(seconds{5});
    while (sink->status() != "connected" && !connect_by.isPast())
        sink->service(Deadline::in(milliseconds{100}));
    REQUIRE(sink->status() == "connected");
    REQUIRE(sink->deliver(event(AlertKind::EventStart, "1111111111111111"), Deadline::in(seconds{2})));
    broker.signal(SIGSTOP);
    const auto before = Monotonic::now();
    bool is_delivered = true;
    try {
        is_delivered =
            sink->deliver(event(AlertKind::EventEnd, "1111111111111111"), Deadline::in(milliseconds{700}));
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Unavailable);
        is_delivered = false;
    }
    CHECK_FALSE(is_delivered);
    CHECK(Monotonic::now() - before >= milliseconds{600});
    CHECK(Monotonic::now() - before < milliseconds{700} + kSlack);
    CHECK(sink->status() == "offline: the broker does not answer");
    const auto stopping = Monotonic::now();
    sink->stop(Deadline::in(seconds{1}));
    CHECK(Monotonic::now() - stopping < seconds{1} + kSlack);
}

TEST_CASE("interrupt ends service at once, and settings that cannot work are refused before any connection") {
    const auto sink = module()->create<AlertSink>();
    Settings wrong = settings(1);
    wrong.set("topic", "house/#");
    CHECK_THROWS_AS(sink->configure(wrong, appliance()), Error);
    wrong = settings(1);
    wrong.set("ca_file", "/does/not/exist.pem");
    CHECK_THROWS_AS(sink->configure(wrong, appliance()), Error);
    sink->configure(settings(1), appliance());
    CHECK_THROWS_AS(sink->service(Deadline::in(seconds{1})), Error);  // nobody listens on port 1: told once
    sink->interrupt();
    const auto before = Monotonic::now();
    sink->service(Deadline::in(seconds{5}));
    CHECK(Monotonic::now() - before < kSlack);
}

}  // namespace mqtt_test
