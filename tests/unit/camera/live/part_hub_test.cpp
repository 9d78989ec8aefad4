/// Who watches recorded streams gets each picture once, from the newest keyframe on, and delays nobody.
#include "camera/part_hub.h"

#include "support/catch.h"
#include "support/tiny_mp4.h"

namespace part_hub_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using Kind = LivePiece::Kind;

namespace {

/// A camera with a hub: pictures of 100 ms, fragments of five.
struct Camera {
    PartHub hub;
    std::shared_ptr<const StreamInit> init;
    std::uint64_t sequence = 0;

    void begin(std::vector<std::uint8_t> bytes = test::tinyInit(), Codec codec = Codec::H264) {
        auto made = std::make_shared<StreamInit>();
        made->video = codec;
        made->bytes = std::move(bytes);
        init = made;
        sequence = 0;
        hub.begin("porch", init);
    }
    void footage(std::uint64_t at_ms, bool is_key) {
        auto fragment = std::make_shared<Fragment>();
        fragment->init = init;
        fragment->sequence = sequence++;
        fragment->duration = 500ms;
        fragment->starts_with_key = is_key;
        fragment->bytes = test::tinyFragment({at_ms, 500, is_key});
        hub.addFragment("porch", fragment);
    }
    void part(std::int64_t at_ms, bool is_key = false, std::size_t more_bytes = 0) {
        ipc::LivePart part;
        part.start_us = at_ms * 1000;
        part.lasts_us = 200'000;
        part.is_key = is_key;
        part.bytes = test::tinyFragment({static_cast<std::uint64_t>(at_ms), 200, is_key});
        part.bytes.resize(part.bytes.size() + more_bytes);
        hub.addPart("porch", std::move(part));
    }
};

/// "init 0+500 600 ended": what has come for the viewer, in ms.
std::string told(PartHub::Viewer& viewer) {
    std::string out;
    while (const auto delivery = viewer.next(Deadline::in(0s))) {
        const LivePiece& piece = *delivery->piece;
        if (!out.empty()) out += ' ';
        if (piece.kind == Kind::Init) out += "init";
        if (piece.kind == Kind::Ended) out += "ended";
        if (piece.kind == Kind::Unfit) out += "unfit";
        if (piece.kind != Kind::Part) continue;
        out += std::to_string(piece.start.count() / 1000);
        if (piece.is_footage) out += "+" + std::to_string(piece.lasts.count() / 1000);
    }
    return out;
}

}  // namespace

TEST_CASE("one joins at the newest keyframe: footage, then parts, without overlap or hole") {
    Camera camera;
    camera.begin();
    camera.footage(0, true);
    camera.footage(500, true);
    camera.footage(1000, false);
    const auto viewer = camera.hub.admit();
    REQUIRE(viewer->watch(1, "porch"));
    CHECK(told(*viewer) == "init 500+500 1000+500");
    camera.part(1500);
    camera.part(1600);
    CHECK(told(*viewer) == "1500 1600");
    const auto second = camera.hub.admit();
    REQUIRE(second->watch(9, "porch"));
    CHECK(told(*second) == "init 500+500 1000+500 1500 1600");
    camera.footage(1500, false);
    camera.part(2000);
    CHECK(told(*viewer) == "2000");
    const auto third = camera.hub.admit();
    REQUIRE(third->watch(9, "porch"));
    camera.part(1900);  // was on its way as its fragment came
    CHECK(told(*third) == "init 500+500 1000+500 1500+500 2000");
}

TEST_CASE("a fragment that was complete before the worker knew of the viewer is no hole") {
    Camera camera;
    camera.begin();
    camera.footage(0, true);
    const auto viewer = camera.hub.admit();
    REQUIRE(viewer->watch(1, "porch"));
    camera.footage(500, false);
    camera.part(1000);
    camera.footage(1000, false);
    camera.part(1500);
    CHECK(told(*viewer) == "init 0+500 500+500 1000 1500");
}

TEST_CASE("without a group one begins with the next keyframe") {
    Camera camera;
    camera.begin();
    camera.footage(0, false);
    const auto viewer = camera.hub.admit();
    REQUIRE(viewer->watch(1, "porch"));
    camera.part(500);
    camera.part(600, true);
    camera.part(700);
    CHECK(told(*viewer) == "init 600 700");
}

TEST_CASE("a slow viewer loses pictures up to the next keyframe, and another loses none") {
    Camera camera;
    camera.begin();
    camera.footage(0, true);
    const auto slow = camera.hub.admit();
    const auto quick = camera.hub.admit();
    REQUIRE(slow->watch(1, "porch"));
    REQUIRE(quick->watch(1, "porch"));
    CHECK(told(*quick) == "init 0+500");
    for (int i = 0; i < 6; ++i) {
        camera.part(500 + 100 * i, false, 500'000);
        CHECK(told(*quick) == std::to_string(500 + 100 * i));
    }
    camera.part(1100, true);
    camera.part(1200);
    CHECK(told(*slow) == "init 1100 1200");
    CHECK(told(*quick) == "1100 1200");
}

TEST_CASE("streams begin, end and may be none for browsers") {
    Camera camera;
    const auto viewer = camera.hub.admit();
    REQUIRE(viewer->watch(1, "porch"));
    CHECK(told(*viewer) == "ended");
    camera.begin();
    camera.part(0, true);
    CHECK(told(*viewer) == "init 0");
    camera.hub.end("porch");
    camera.part(100);
    CHECK(told(*viewer) == "ended");
    camera.begin({}, Codec::H264);
    CHECK(told(*viewer) == "unfit");
    camera.begin(test::tinyInit(), Codec::Mjpeg);
    CHECK(told(*viewer) == "unfit");
}

TEST_CASE("a group that grows too large is not kept") {
    Camera camera;
    camera.begin();
    for (int i = 0; i < 70; ++i) camera.footage(static_cast<std::uint64_t>(500 * i), i == 0);
    const auto viewer = camera.hub.admit();
    REQUIRE(viewer->watch(1, "porch"));
    CHECK(told(*viewer) == "init");
}

TEST_CASE("parts are wanted from the first viewer of a camera to the last, and viewers are few") {
    Camera camera;
    std::string demand;
    camera.hub.onDemandChange(
        [&](const std::string& name) { demand += name + std::to_string(camera.hub.viewers(name)) + " "; });
    camera.hub.setMaxViewers(2);
    auto one = camera.hub.admit();
    auto two = camera.hub.admit();
    CHECK(camera.hub.admit() == nullptr);
    one->watch(1, "porch");
    two->watch(1, "porch");
    two->watch(2, "yard");
    two->leave(2);
    one.reset();
    two.reset();
    CHECK(demand == "porch1 porch2 yard1 yard0 porch1 porch0 ");
    CHECK(camera.hub.admit() != nullptr);
    camera.hub.close();
    CHECK(camera.hub.admit() == nullptr);
}

}  // namespace part_hub_test
