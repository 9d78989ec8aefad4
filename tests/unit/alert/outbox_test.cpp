#include "alert/outbox.h"

#include <algorithm>

#include "support/catch.h"

namespace outbox_test {

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

std::shared_ptr<const Alert> endOf(const std::string& id, const std::string& camera = "porch") {
    Alert alert;
    alert.kind = AlertKind::EventEnd;
    alert.camera = camera;
    alert.event_id = id;
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

TEST_CASE("of too many events the oldest goes, and is counted; the first, which may be in delivery, stays") {
    Outbox outbox;
    for (std::size_t i = 0; i < Outbox::kMaxEvents + 10; ++i) outbox.push(eventOf(std::to_string(i)));
    CHECK(outbox.size() == Outbox::kMaxEvents);
    CHECK(outbox.dropped() == 10);
    const auto all = drain(outbox);
    CHECK(all[0]->event_id == "0");
    CHECK(all[1]->event_id == "11");
}

TEST_CASE("of too many events updates go first: starts and ends say what is needed") {
    Outbox outbox;
    outbox.push(stateOf("garage", "running"));
    for (std::size_t i = 0; i < Outbox::kMaxEvents / 2; ++i) {
        outbox.push(eventOf(std::to_string(i)));
        Alert update = *eventOf(std::to_string(i));
        update.kind = AlertKind::EventUpdate;
        outbox.push(std::make_shared<const Alert>(std::move(update)));
    }
    CHECK(outbox.dropped() == 0);
    for (std::size_t i = 0; i < Outbox::kMaxEvents / 2; ++i) outbox.push(endOf(std::to_string(i)));
    CHECK(outbox.dropped() == Outbox::kMaxEvents / 2);
    for (const auto& alert : drain(outbox)) CHECK(alert->kind != AlertKind::EventUpdate);
}

TEST_CASE("the end of an event whose start went out is never pushed out of a full outbox") {
    Outbox outbox;
    outbox.push(eventOf("told"));
    outbox.remove(outbox.front());  // delivered
    outbox.push(stateOf("garage", "running"));
    outbox.push(endOf("told"));
    for (std::size_t i = 0; i < 2 * Outbox::kMaxEvents; ++i) {
        outbox.push(eventOf(std::to_string(i), 8'000));
        outbox.push(endOf(std::to_string(i)));
    }
    outbox.push(eventOf("running"));
    CHECK(outbox.size() <= Outbox::kMaxEvents + 1);
    CHECK(outbox.bytes() <= Outbox::kMaxBytes);
    const auto all = drain(outbox);
    const auto has = [&](AlertKind kind, const std::string& id) {
        return std::any_of(all.begin(), all.end(),
                           [&](const auto& alert) { return alert->kind == kind && alert->event_id == id; });
    };
    CHECK(has(AlertKind::EventEnd, "told"));
    CHECK(has(AlertKind::EventStart, "running"));
    for (const auto& alert :
         all)  // whole events went: no start is told whose end is lost, and no end without its start
        if (alert->kind == AlertKind::EventStart && alert->event_id != "running")
            CHECK(has(AlertKind::EventEnd, alert->event_id));
}

TEST_CASE("the end of the event that is in delivery stays, however many come behind it") {
    Outbox outbox;
    outbox.push(eventOf("first"));
    outbox.push(endOf("first"));
    for (std::size_t i = 0; i < 2 * Outbox::kMaxEvents; ++i) outbox.push(eventOf(std::to_string(i)));
    CHECK(outbox.size() == Outbox::kMaxEvents);
    const auto all = drain(outbox);
    CHECK(all[0]->event_id == "first");
    CHECK(all[1]->kind == AlertKind::EventEnd);
}

TEST_CASE("of ends alone the last one of each camera stays: motion ends everywhere") {
    Outbox outbox;
    outbox.push(endOf("garage-1", "garage"));
    outbox.push(endOf("yard-1", "yard"));
    for (std::size_t i = 0; i < 2 * Outbox::kMaxEvents; ++i) outbox.push(endOf(std::to_string(i)));
    CHECK(outbox.size() == Outbox::kMaxEvents);
    const auto all = drain(outbox);
    CHECK(all[0]->camera == "garage");
    CHECK(all[1]->camera == "yard");
    CHECK(all.back()->event_id == std::to_string(2 * Outbox::kMaxEvents - 1));
}

TEST_CASE(
    "everything that waits stays below the cap in bytes: pictures go first, the oldest of them first, each "
    "counted") {
    Outbox outbox;
    for (int i = 0; i < 100; ++i) {
        outbox.push(eventOf(std::to_string(i), 40'000));
        CHECK(outbox.bytes() <= Outbox::kMaxBytes);
    }
    CHECK(outbox.dropped() == 0);
    CHECK(outbox.size() == 100);
    const auto all = drain(outbox);
    const auto with_picture = static_cast<std::uint64_t>(
        std::count_if(all.begin(), all.end(), [](const auto& alert) { return !alert->thumbnail.empty(); }));
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

}  // namespace outbox_test
