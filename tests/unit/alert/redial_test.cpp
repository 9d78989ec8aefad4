/// When the MQTT plugin connects again, and when it suspects another client of its own id.
#include "alert-mqtt/redial.h"

#include "alert-mqtt/losing.h"
#include "support/catch.h"

namespace redial_test {

using namespace porchlight;
using namespace porchlight::mqtt;

namespace {

using Loss = Connection::Loss;

/// Loses connections one after the other; time stands still but for what they last and are waited for.
struct Bench {
    /// -> the wait that follows
    seconds lose(Loss loss, std::optional<seconds> lasted = {}, bool was_idle = true) {
        if (lasted) {
            now += *lasted;
            redial.last(*lasted);
        }
        reason = redial.lose({loss, "gone", lasted, was_idle}, "porch", now);
        const auto wait = std::chrono::duration_cast<seconds>(redial.at() - now);
        now = redial.at();
        return wait;
    }

    Redial redial;
    Monotonic::time_point now{};
    std::string reason;
};

}  // namespace

TEST_CASE("waits double up to a minute, and begin anew only after a connection that lasted") {
    Bench bench;
    for (const int wait : {1, 2, 4, 8, 16, 32, 60, 60}) CHECK(bench.lose(Loss::Unavailable) == seconds(wait));
    CHECK(bench.lose(Loss::Unavailable, seconds(74)) == seconds(60));
    CHECK(bench.lose(Loss::Unavailable, seconds(75)) == seconds(1));
    CHECK(bench.lose(Loss::Unavailable) == seconds(2));
    CHECK(bench.lose(Loss::Refused) == seconds(60));
    CHECK(bench.redial.rival().empty());
}

TEST_CASE("three connections in a row that were cut young and idle make another client suspect") {
    Bench bench;
    bench.lose(Loss::Unavailable, seconds(2));
    bench.lose(Loss::Unavailable, seconds(2), false);  // at a message: that may have been why
    bench.lose(Loss::Unavailable);                     // was never there
    bench.lose(Loss::Unavailable, seconds(2));
    CHECK(bench.reason == "gone");
    CHECK(bench.redial.rival().empty());
    bench.lose(Loss::Unavailable, seconds(2));
    CHECK(bench.reason == "gone; is there another client with the same id ('porch')?");
    CHECK_FALSE(bench.redial.rival().empty());
    bench.redial.last(seconds(74));
    CHECK_FALSE(bench.redial.rival().empty());
    bench.lose(Loss::Unavailable, seconds(75));
    CHECK(bench.redial.rival().empty());
    CHECK(bench.reason == "gone");
}

TEST_CASE("a broker that says that another client came is believed") {
    Bench bench;
    bench.lose(Loss::TakenOver, seconds(2));
    CHECK(bench.redial.rival() == "gone");
    CHECK(bench.reason == "gone");
}

TEST_CASE("connections lost in a row are counted for one and the same alert only") {
    Losing losing;
    Alert start;
    start.kind = AlertKind::EventStart;
    start.camera = "porch";
    start.event_id = "0001";
    Alert end = start;
    end.kind = AlertKind::EventEnd;
    CHECK(losing.count(start) == 0);
    losing.note(start);
    losing.note(start);
    CHECK(losing.count(start) == 2);
    CHECK(losing.count(end) == 0);
    losing.note(end);
    CHECK(losing.count(start) == 0);
    CHECK(losing.count(end) == 1);
    losing.note(start);
    losing.forget();
    CHECK(losing.count(start) == 0);
    losing.note(start);
    CHECK(losing.count(start) == 1);
}

}  // namespace redial_test
