/// The hub before a sink that does not do what it should.
#include <unistd.h>

#include <mutex>

#include "alert/alert_hub.h"
#include "porchlight/utf8.h"
#include "support/catch.h"

namespace hub_test {

using namespace porchlight;
using namespace porchlight::alert;

namespace {

/// What a sink was given, readable from the test.
struct Seen {
    std::mutex mutex;
    std::vector<Alert> alerts;
    std::size_t count() {
        const std::lock_guard lock(mutex);
        return alerts.size();
    }
};

/// Takes everything but the event "bad", at which it throws what no sink should.
class Choking final : public AlertSink {
  public:
    explicit Choking(Seen& seen) : seen_(seen) {}
    void configure(const Settings&, const AlertAppliance&) override {}
    void service(Deadline) override { ::usleep(1000); }
    bool deliver(const Alert& alert, Deadline) override {
        if (alert.event_id == "bad") throw std::length_error("too much for me");
        const std::lock_guard lock(seen_.mutex);
        seen_.alerts.push_back(alert);
        return true;
    }
    std::string status() const override { return "connected"; }
    std::vector<std::string> tryOut(Deadline) override { return {}; }
    void stop(Deadline) noexcept override {}
    void interrupt() noexcept override {}

  private:
    Seen& seen_;
};

Alert eventOf(const std::string& id) {
    Alert alert;
    alert.kind = AlertKind::EventStart;
    alert.camera = "porch";
    alert.event_id = id;
    return alert;
}

}  // namespace

TEST_CASE("an alert that a sink chokes on is given up, and what waits behind it is told, as clean text") {
    Seen seen;
    AlertHub hub({"node1", "0.1.0", "", {{"porch", "Porch"}}, ""});
    hub.add("choking", std::make_unique<Choking>(seen), Settings());
    hub.publish(eventOf("bad"));
    Alert good = eventOf("good");
    good.zone =
        "K\xfc"
        "che" +
        std::string(5000, 'x');
    hub.publish(good);
    for (const auto deadline = Deadline::in(seconds{10}); seen.count() == 0 && !deadline.isPast();)
        ::usleep(10'000);
    REQUIRE(seen.count() == 1);
    CHECK(seen.alerts[0].event_id == "good");
    CHECK(seen.alerts[0].zone.size() <= 1024);
    CHECK(asUtf8(seen.alerts[0].zone) == seen.alerts[0].zone);
    CHECK(hub.status().at(0).dropped == 1);
    hub.stop(Deadline::in(seconds{1}));
}

TEST_CASE("UTF-8: bytes that are none are replaced one by one, and no character is cut in two") {
    CHECK(asUtf8("K\xc3\xbc"
                 "che") ==
          "K\xc3\xbc"
          "che");
    CHECK(asUtf8("K\xfc"
                 "che") ==
          "K\xef\xbf\xbd"
          "che");
    CHECK(asUtf8("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");  // an overlong slash
    CHECK(asUtf8("\xed\xa0\x80").size() == 9);                // half of a surrogate pair
    CHECK(asUtf8("\xf0\x9f\x8f\xa0", 3).empty());
    CHECK(asUtf8("ab\xc3\xbc", 3) == "ab");
    CHECK(asUtf8("ab\xc3") == "ab\xef\xbf\xbd");
}

}  // namespace hub_test
