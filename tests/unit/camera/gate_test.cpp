/// The gate against a worker that lies in what its footage says, and in how much it sends.
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "camera/gate_bounds.h"
#include "camera/worker/worker_watch.h"
#include "gate_world.h"

namespace gate_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::camera::testing;
using namespace porchlight::test;
using namespace std::chrono_literals;

TEST_CASE("a heartbeat without numbers does not switch the CPU limit off") {
    Gate gate(begin());
    config::HealthConfig limits;
    limits.cpu_limit_cores = 1;
    limits.cpu_window = 10s;
    WorkerWatch watch(limits, false, begin().at);
    for (int second = 1; second <= 30; ++second) {
        ipc::Heartbeat beat;
        beat.packet_age_us = 10'000;
        beat.cpu_percent = second == 3 ? std::numeric_limits<double>::quiet_NaN() : 200;
        ipc::Message message = beat;
        const auto now = nowAfter(seconds(second));
        REQUIRE(gate.judge(message, 100, now).is_taken);
        watch.onHeartbeat(std::get<ipc::Heartbeat>(message), now.at);
    }
    const auto finding = watch.judge(nowAfter(30s).at);
    REQUIRE(finding);
    CHECK(finding->kind == FaultKind::CpuLimit);
    CHECK(gate.takeNotes(nowAfter(61s).at).at(0).find("Heartbeat.cpu_percent") != std::string::npos);
}

TEST_CASE("one fragment cannot paint centuries as recorded") {
    Gate gate = gateWithStream();
    REQUIRE(judged(gate, footage(0, 0), begin()).is_taken);
    auto lie = footage(1, 500);
    SECTION("a decode time of 2^62") {
        lie.bytes = fragment(1ULL << 62U);
    }
    SECTION("a decode time a day ahead") {
        lie.bytes = fragment(86'400'000);
    }
    SECTION("a picture that lasts for weeks") {
        lie.bytes = fragment(500, 4'000'000'000U);
    }
    SECTION("a decode time that goes back") {
        REQUIRE(judged(gate, footage(1, 500, 30'000), nowAfter(30s)).is_taken);
        lie = footage(2, 10'000);
    }
    SECTION("no picture") {
        lie.bytes.resize(20);
    }
    SECTION("twice the same") {
        lie.sequence = 0;
    }
    CHECK(kindOf(judged(gate, lie, begin())) == "worker_garbage");
}

TEST_CASE("a worker that paints faster than time passes is found, a camera whose stamps run fast is not") {
    Gate gate = gateWithStream();
    microseconds now{0};
    std::uint64_t at_ms = 0;
    std::uint64_t n = 0;
    for (; n < 600; ++n, at_ms += 1430, now += 1s)
        REQUIRE(judged(gate, footage(n, at_ms, 1430), nowAfter(now)).is_taken);
    std::string kind = "none";
    for (std::uint64_t more = 0; more < 200 && kind == "none"; ++more, at_ms += 59'000)
        kind = kindOf(judged(gate, footage(n++, at_ms, 59'000), nowAfter(now)));
    CHECK(kind == "worker_garbage");
}

TEST_CASE("what a message says of its footage gives way to the footage") {
    Gate gate = gateWithStream();
    ipc::Message message = footage(0, 0);
    auto& said = std::get<ipc::FragmentReady>(message);
    said.duration_us = 55'000'000;
    said.bytes = fragment(0, 500, false);  // no keyframe
    REQUIRE(gate.judge(message, 100, begin()).is_taken);
    CHECK(said.duration_us == 500'000);
    CHECK(!said.starts_with_key);
}

TEST_CASE("footage of a stream that is over is dropped, and harms nobody") {
    Gate gate = gateWithStream();
    auto old = footage(0, 0);
    old.epoch = 6;
    const auto verdict = judged(gate, old, begin());
    CHECK(!verdict.is_taken);
    CHECK(!verdict.finding);
}

TEST_CASE("times before the worker's start or after now are now; a clock that was set accuses nobody") {
    Gate gate = gateWithStream();
    const auto timeOf = [&](std::int64_t at_us, const Gate::Now& now) {
        ipc::Message message = ipc::LivePicture{at_us, tinyJpeg(9)};
        REQUIRE(gate.judge(message, 100, now).is_taken);
        return std::get<ipc::LivePicture>(message).at_us;
    };
    const auto later = nowAfter(8h);  // suspended meanwhile: what was on its way is older than that
    CHECK(timeOf(kWallUs + 1, later) == kWallUs + 1);
    CHECK(timeOf(kWallUs - 3'600'000'000, later) == later.wall.time_since_epoch().count());
    CHECK(timeOf(4'000'000'000'000'000, later) == later.wall.time_since_epoch().count());
    auto set_back = nowAfter(1min);
    set_back.wall -= 1h;
    CHECK(timeOf(kWallUs, set_back) == set_back.wall.time_since_epoch().count());
}

TEST_CASE("new streams without end, jumps of time, faults and heartbeats are a flood") {
    Gate gate = gateWithStream();
    const auto until = [&](auto make) {
        for (int i = 0; i < 1000; ++i)
            if (const auto verdict = judged(gate, make(i), begin()); verdict.finding)
                return kindOf(verdict) + " after " + std::to_string(i);
        return std::string("never");
    };
    SECTION("streams") {
        CHECK(until([](int) { return stream(); }) == "worker_flood after 59");
    }
    SECTION("faults") {
        CHECK(until([](int i) {
                  return ipc::Fault{"x", ErrorKind::Unavailable, std::to_string(i)};
              }) == "worker_flood after 400");
    }
    SECTION("heartbeats") {
        CHECK(until([](int) { return ipc::Heartbeat{}; }) == "worker_flood after 200");
    }
    SECTION("jumps") {
        const auto said = until([](int i) {
            auto jumping = footage(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i) * 20, 20);
            jumping.started_at_us = kWallUs - (i % 2) * 30'000'000;
            return jumping;
        });
        CHECK(said == "worker_flood after 60");
    }
    SECTION("bytes") {
        ipc::Message picture = ipc::LivePicture{kWallUs, tinyJpeg(20)};
        int taken = 0;
        while (!gate.judge(picture, 8U << 20U, begin()).finding) ++taken;
        CHECK(taken == 15);
    }
}

TEST_CASE(
    "log lines: repeats are folded, a flood is left out, both are counted, and words go on afterwards") {
    Gate gate(begin());
    const auto taken = [&](const std::string& text, const Gate::Now& now) {
        return judged(gate, ipc::LogLine{2, "libav", text}, now).is_taken;
    };
    CHECK(taken("error while decoding MB 12 7", begin()));
    for (int i = 0; i < 100; ++i)
        CHECK(!taken("error while decoding MB " + std::to_string(i) + " 9", nowAfter(100ms * i)));
    CHECK(taken("error while decoding MB 1 1", nowAfter(61s)));
    CHECK(gate.takeNotes(nowAfter(62s).at) ==
          std::vector<std::string>{"100 log lines repeated others of the last minute"});
    int passed = 0;
    for (int second = 0; second < 60; ++second)
        for (int i = 0; i < 500; ++i) {
            std::string text;
            for (int n = second * 500 + i; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
            passed += taken(text, nowAfter(62s + seconds(second) + 2ms * i)) ? 1 : 0;
        }
    CHECK(passed <= 30 + 60 / 5 + 1);
    CHECK(gate.takeNotes(nowAfter(123s).at).size() == 1);
    CHECK(taken("well again", nowAfter(200s)));
}

TEST_CASE("the documented table of bounds is the code's") {
    std::ifstream file(PORCHLIGHT_SOURCE_DIR "/docs/health.md");
    std::stringstream text;
    text << file.rdbuf();
    struct Saying {
        static std::string number(double value) {
            if (value == kMostCount) return "2^53";
            if (value == -kMostCount) return "-2^53";
            if (value == kLongestUs) return "400 days";
            std::ostringstream out;
            out << static_cast<std::int64_t>(value);
            return out.str();
        }
        static std::string size(std::size_t bytes) {
            return bytes % 1024 == 0 ? std::to_string(bytes / 1024) + " KiB"
                                     : std::to_string(bytes) + " bytes";
        }
        static std::string of(const Number& bound) {
            return number(bound.least) + " to " + number(bound.most);
        }
        static std::string of(const OneOf& bound) {
            return "one of " + std::to_string(bound.most - bound.least + 1) + " values";
        }
        static std::string of(const Flag&) { return "yes or no"; }
        static std::string of(const Words& bound) { return "words, " + size(bound.most_bytes); }
        static std::string of(const Jpeg& bound) { return "a JPEG, " + size(bound.most_bytes); }
        static std::string of(const Media& bound) { return "media, " + size(bound.most_bytes); }
        static std::string of(const Moment& bound) {
            return bound.may_be_none ? "a moment, or none" : "a moment";
        }
        static std::string of(const List& bound) { return "a list of " + std::to_string(bound.most); }
        static std::string of(const Part&) { return "below"; }
    };
    std::string table;
    const auto add = [&]<class M>(const M&) {
        std::apply(
            [&](const auto&... field) {
                ((table += "| " + std::string(Bounds<M>::name) + " | `" + std::string(field.name) + "` | " +
                           Saying::of(field.bound) + " |\n"),
                 ...);
            },
            Bounds<M>::fields);
    };
    for (const auto& message : honest())
        std::visit(
            [&](const auto& m) {
                if constexpr (FromWorker<std::remove_cvref_t<decltype(m)>>) add(m);
            },
            message);
    add(Detection{});
    add(Region{});
    add(CameraItem{});
    INFO("the table should read\n" << table);
    CHECK(text.str().find(table) != std::string::npos);
}

}  // namespace gate_test
