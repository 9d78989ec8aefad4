/// A recorder whose disk does not answer for a while: what its full queue must not cost.
#include "rig.h"

namespace full_queue_test {

using namespace rig;

namespace {

/// Holds the recorder's thread inside a statement, as a disk that does not answer does, and fills its queue.
class Stall {
  public:
    explicit Stall(Recorder& recorder) {
        REQUIRE(recorder.post([this](store::Store&) {
            entered_.set_value();
            left_.get_future().get();
        }));
        entered_.get_future().get();
        while (recorder.post([](store::Store&) {})) {
        }
    }
    void end() { left_.set_value(); }

  private:
    std::promise<void> entered_;
    std::promise<void> left_;
};

const std::string kBefore(16, 'b');
const std::string kMeanwhile(16, 'd');
const std::string kRunning(16, 'f');

std::string idOf(int number) {
    const std::string digits = std::to_string(number);
    return std::string(16 - digits.size(), '0') + digits;
}

store::EventRow endedAt(const std::string& id, WallTime at) {
    store::EventRow row = eventAt(id, at);
    row.ended_at = at + 1s;
    row.close_reason = "quiet";
    return row;
}

}  // namespace

TEST_CASE("an end that does not fit into the recorder's queue still closes the event's row, and is told") {
    Rig rig;
    rig.start(config::RecordMode::Off);
    rig.recorder->eventOpened(eventAt(kBefore, kStart), {});
    rig.settle();
    Stall stall(*rig.recorder);
    rig.recorder->eventEnded(endedAt(kBefore, kStart));
    rig.recorder->eventOpened(eventAt(kMeanwhile, kStart + 2s), {1, 2, 3});
    rig.recorder->eventUpdated(eventAt(kMeanwhile, kStart + 2s));
    rig.recorder->eventEnded(endedAt(kMeanwhile, kStart + 2s));
    rig.setMode(config::RecordMode::Continuous);
    stall.end();
    rig.pass(5s);
    rig.pass(5s);
    REQUIRE(rig.ended.size() == 2);
    CHECK(rig.ended[0].id == kBefore);
    CHECK(rig.ended[1].id == kMeanwhile);
    REQUIRE(rig.persisted.size() == 2);
    CHECK(rig.persisted[1].has_thumbnail);
    auto store = rig.store();
    for (const std::string& id : {kBefore, kMeanwhile}) {
        CAPTURE(id);
        REQUIRE(store.events.byId(id));
        CHECK(store.events.byId(id)->state == store::EventState::Closed);
    }
}

TEST_CASE("events beside a full queue are bounded: the oldest whole ones go, an end alone stays") {
    Rig rig;
    rig.start(config::RecordMode::Off);
    rig.recorder->eventOpened(eventAt(kBefore, kStart), {});
    rig.settle();
    Stall stall(*rig.recorder);
    rig.recorder->eventEnded(endedAt(kBefore, kStart));
    constexpr int kEvents = 300;
    for (int i = 0; i < kEvents; ++i) {
        rig.recorder->eventOpened(eventAt(idOf(i), kStart + i * 2s), {});
        rig.recorder->eventEnded(endedAt(idOf(i), kStart + i * 2s));
    }
    rig.recorder->eventOpened(eventAt(kRunning, kStart + 1h), {});
    stall.end();
    REQUIRE(rig.passUntil([&] {
        const std::lock_guard lock(rig.mutex);
        return rig.persisted.size() == 1 + 256 && rig.ended.size() == 256;
    }));
    CHECK(rig.ended[0].id == kBefore);
    CHECK(rig.persisted[1].id == idOf(kEvents - 255));
    CHECK(rig.persisted.back().id == kRunning);
}

}  // namespace full_queue_test
