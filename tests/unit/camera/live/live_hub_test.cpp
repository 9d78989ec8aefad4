#include "camera/live_hub.h"

#include <thread>

#include "support/catch.h"

namespace live_hub_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

TEST_CASE("pictures are wanted from the first viewer to the last") {
    LiveHub hub;
    std::vector<bool> calls;
    hub.onDemandChange([&](const std::string& camera, bool is_wanted) {
        CHECK(camera == "porch");
        calls.push_back(is_wanted);
    });
    auto one = hub.watch("porch");
    auto two = hub.watch("porch");
    CHECK(hub.viewers("porch") == 2);
    one.reset();
    CHECK(calls == std::vector<bool>{true});
    two.reset();
    CHECK(calls == std::vector<bool>{true, false});
    CHECK(hub.viewers("porch") == 0);
}

TEST_CASE("a slow viewer loses pictures and always gets the newest") {
    LiveHub hub;
    const auto viewer = hub.watch("porch");
    for (std::uint8_t i = 1; i <= 5; ++i) hub.publish("porch", {}, {i});
    const auto frame = viewer->next(0, Deadline::in(0s));
    REQUIRE(frame);
    CHECK(frame->number == 5);
    CHECK(frame->jpeg == std::vector<std::uint8_t>{5});
    CHECK(viewer->next(5, Deadline::in(20ms)) == nullptr);
}

TEST_CASE("without viewers nothing is kept, and a new viewer sees no old picture") {
    LiveHub hub;
    hub.publish("porch", {}, {1});
    {
        const auto viewer = hub.watch("porch");
        CHECK(viewer->next(0, Deadline::in(0s)) == nullptr);
        hub.publish("porch", {}, {2});
        CHECK(viewer->next(0, Deadline::in(0s)) != nullptr);
    }
    CHECK(hub.watch("porch")->next(0, Deadline::in(0s)) == nullptr);
}

TEST_CASE("viewers are capped, and closing ends all waits") {
    LiveHub hub;
    hub.setMaxViewers(1);
    auto viewer = hub.watch("porch");
    CHECK(hub.watch("drive") == nullptr);
    std::thread closer([&] {
        std::this_thread::sleep_for(30ms);
        hub.close();
    });
    const auto began_at = Monotonic::now();
    CHECK(viewer->next(0, Deadline::in(10s)) == nullptr);
    CHECK(Monotonic::now() - began_at < 5s);
    closer.join();
    CHECK(hub.watch("porch") == nullptr);
}

}  // namespace live_hub_test
