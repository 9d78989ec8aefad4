#include "camera/unit/shown.h"

#include "support/catch.h"

namespace shown_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

namespace {

/// A camera that runs: each row says what else is true of it.
ShownFacts running() {
    ShownFacts out;
    out.has_worker = out.is_flowing = out.had_picture = true;
    out.silence = 100ms;
    out.before = State::Running;
    return out;
}

ShownFacts silent(microseconds silence) {
    ShownFacts out = running();
    out.is_flowing = false;
    out.silence = silence;
    return out;
}

ShownFacts failing(microseconds silence) {
    ShownFacts out = silent(silence);
    out.is_failing = out.has_fault = true;
    out.fault = "no picture for 7 s";
    out.plan = "the source is tried again";
    return out;
}

struct Row {
    const char* name;
    ShownFacts facts;
    std::optional<Shown> wanted;
};

template <class Change>
ShownFacts but(ShownFacts facts, Change change) {
    change(facts);
    return facts;
}

}  // namespace

TEST_CASE("each combination of facts has its state, its reason and what is done about it") {
    const config::HealthConfig limits;  // frame_timeout 5 s, unresponsive_after 30 s
    const std::string attempt = "rung 3, respawn_worker: worker 7 is killed";
    const std::string wedged = "its worker hangs in the driver and cannot be killed: only a reboot helps";
    const Row rows[] = {
        {"well", running(), Shown{State::Running, "", ""}},
        {"well, while the owner tries something", but(running(), [&](auto& is) { is.attempt = attempt; }),
         Shown{State::Running, "", attempt}},
        {"a fault that only degrades",
         but(running(),
             [](auto& is) {
                 is.has_fault = true;
                 is.fault = "black or covered for 40 s";
             }),
         Shown{State::Degraded, "black or covered for 40 s", "watching"}},
        {"between two pictures nothing changes", silent(5500ms), std::nullopt},
        {"silence that nobody explained yet", silent(7s),
         Shown{State::Degraded, "no picture yet", "waiting for the first picture"}},
        {"... for long", silent(31s),
         Shown{State::Offline, "no picture yet", "waiting for the first picture"}},
        {"just switched on",
         but(silent(1s),
             [](auto& is) {
                 is.had_picture = false;
                 is.before = State::Starting;
             }),
         Shown{State::Starting, "", "waiting for the first picture"}},
        {"switched on long ago, and never a picture",
         but(silent(31s),
             [](auto& is) {
                 is.had_picture = false;
                 is.before = State::Starting;
             }),
         Shown{State::Offline, "no picture yet", "waiting for the first picture"}},
        {"failing", failing(7s), Shown{State::Degraded, "no picture for 7 s", "the source is tried again"}},
        {"failing for long", failing(31s),
         Shown{State::Offline, "no picture for 7 s", "the source is tried again"}},
        {"failing, but pictures come: the proof is not there yet",
         but(failing(31s), [](auto& is) { is.is_flowing = true; }),
         Shown{State::Degraded, "no picture for 7 s", "the source is tried again"}},
        {"only the owner can help: offline at once",
         but(failing(1s), [](auto& is) { is.needs_owner = true; }),
         Shown{State::Offline, "no picture for 7 s", "the source is tried again"}},
        {"failing without a worker", but(failing(7s), [](auto& is) { is.has_worker = false; }),
         Shown{State::Degraded, "no picture for 7 s", "starting a new worker"}},
        {"failing, with an attempt under way",
         but(failing(7s),
             [&](auto& is) {
                 is.has_worker = false;
                 is.attempt = attempt;
             }),
         Shown{State::Degraded, "no picture for 7 s", attempt}},
        {"a file that is over", but(failing(1s), [](auto& is) { is.has_ended = true; }),
         Shown{State::Offline, "no picture for 7 s", "nothing: `porchlight recover` plays it again"}},
        {"a file that is over, and its last pictures still come",
         but(running(), [](auto& is) { is.has_ended = true; }), Shown{State::Running, "", ""}},
        {"wedged, whatever else",
         but(failing(31s),
             [&](auto& is) {
                 is.is_wedged = true;
                 is.attempt = attempt;
             }),
         Shown{State::Wedged, wedged, "waiting for the process to end"}},
        {"wedged while it only waits for another worker",
         but(running(), [](auto& is) { is.is_paused = is.is_wedged = true; }),
         Shown{State::Wedged, wedged, "waiting for the process to end"}},
        {"wedged and switched off",
         but(running(),
             [](auto& is) {
                 is.is_paused = is.is_wedged = true;
                 is.is_enabled = false;
                 is.disabled_by = "anna";
             }),
         Shown{State::Disabled, "disabled by anna", wedged}},
        {"switched off",
         but(silent(1s),
             [](auto& is) {
                 is.is_paused = true;
                 is.is_enabled = false;
                 is.disabled_by = "anna";
             }),
         Shown{State::Disabled, "disabled by anna", "ending its worker"}},
        {"off by its configuration",
         but(ShownFacts{},
             [](auto& is) {
                 is.is_paused = true;
                 is.is_enabled = false;
             }),
         Shown{State::Disabled, "disabled in the configuration", ""}},
        {"a switch needs another worker: the old one ends",
         but(running(), [](auto& is) { is.is_paused = true; }),
         Shown{State::Starting, "", "ending its worker"}},
        {"... and has", but(ShownFacts{}, [](auto& is) { is.is_paused = true; }),
         Shown{State::Starting, "", "starting a new worker"}},
        {"a configuration with a problem, before all else",
         but(ShownFacts{},
             [](auto& is) {
                 is.problem = "porch.yaml:3:1: no source";
                 is.is_paused = is.is_wedged = true;
             }),
         Shown{State::Offline, "porch.yaml:3:1: no source", "waiting for a corrected configuration"}},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const auto got = planShown(row.facts, limits);
        REQUIRE(got.has_value() == row.wanted.has_value());
        if (!got) continue;
        CHECK(nameOf(got->state) == std::string(nameOf(row.wanted->state)));
        CHECK(got->reason == row.wanted->reason);
        CHECK(got->action == row.wanted->action);
    }
}

}  // namespace shown_test
