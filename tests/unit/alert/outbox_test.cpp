#include "alert/outbox.h"

#include <algorithm>

#include "support/catch.h"

using namespace porchlight;
using namespace porchlight::alert;

namespace {

std::shared_ptr<const Alert> eventOf(const std::string& id, std::size_t picture_bytes = 0) {
    Alert alert;
    alert.kind = AlertKind::EventStart;
    alert.camera = "porch";
    alert.event_id = id;
    alert.thumbnail.resize(picture_bytes);
    return std::make_shared<const Alert>(std::move(alert));
}

std::shared_ptr<const Alert> stateOf(const std::string& camera, const std::string& state) {
    Alert alert;
    alert.kind = AlertKind::CameraState;
    alert.camera = camera;
    alert.state = state;
    return std::make_shared<const Alert>(std::move(alert));
}

/// All that waits, first out first.
std::vector<std::shared_ptr<const Alert>> drain(Outbox& outbox) {
    std::vector<std::shared_ptr<const Alert>> out;
    while (auto next = outbox.front()) {
        out.push_back(next);
        outbox.remove(next);
    }
    return out;
}

}  // namespace

TEST_CASE("of a camera only the newest state waits, and what it replaced is counted") {
    Outbox outbox;
    outbox.push(stateOf("porch", "degraded"));
    outbox.push(stateOf("garage", "offline"));
    outbox.push(stateOf("porch", "running"));
    CHECK(outbox.superseded() == 1);
    CHECK(outbox.dropped() == 0);
    const auto all = drain(outbox);
    REQUIRE(all.size() == 2);
    CHECK(all[0]->camera == "garage");
    CHECK(all[1]->state == "running");
    CHECK(outbox.bytes() == 0);
}

TEST_CASE("of too many events the oldest goes, and is counted") {
    Outbox outbox;
    for (std::size_t i = 0; i < Outbox::kMaxEvents + 10; ++i) outbox.push(eventOf(std::to_string(i)));
    CHECK(outbox.size() == Outbox::kMaxEvents);
    CHECK(outbox.dropped() == 10);
    CHECK(outbox.front()->event_id == "10");
}

TEST_CASE("everything that waits stays below the cap in bytes: pictures go first, the oldest of them first, each counted") {
    Outbox outbox;
    for (int i = 0; i < 100; ++i) {
        outbox.push(eventOf(std::to_string(i), 40'000));
        CHECK(outbox.bytes() <= Outbox::kMaxBytes);
    }
    CHECK(outbox.dropped() == 0);
    CHECK(outbox.size() == 100);
    const auto all = drain(outbox);
    const auto with_picture = static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [](const auto& alert) { return !alert->thumbnail.empty(); }));
    CHECK(with_picture > 20);
    CHECK(with_picture + outbox.droppedPictures() == 100);
    CHECK(!all.front()->thumbnail.empty());  // it may have been in delivery
    CHECK(!all.back()->thumbnail.empty());
    CHECK(all[1]->thumbnail.empty());
}

TEST_CASE("events without pictures are given up too when their texts are too large") {
    Outbox outbox;
    for (int i = 0; i < 200; ++i) {
        Alert alert = *eventOf(std::to_string(i));
        alert.reason.assign(10'000, 'x');
        outbox.push(std::make_shared<const Alert>(std::move(alert)));
        CHECK(outbox.bytes() <= Outbox::kMaxBytes);
    }
    CHECK(outbox.size() + outbox.dropped() == 200);
    CHECK(outbox.dropped() > 0);
}

TEST_CASE("a picture of unseemly size is not taken, the alert is") {
    Outbox outbox;
    outbox.push(eventOf("1", 8U << 20U));
    REQUIRE(outbox.size() == 1);
    CHECK(outbox.front()->thumbnail.empty());
    CHECK(outbox.droppedPictures() == 1);
}

TEST_CASE("removing what push has replaced meanwhile does nothing") {
    Outbox outbox;
    const auto state = stateOf("porch", "degraded");
    outbox.push(state);
    outbox.push(stateOf("porch", "running"));
    outbox.remove(state);
    CHECK(outbox.size() == 1);
    CHECK(outbox.bytes() == Outbox::bytesOf(*outbox.front()));
}
