#include <thread>

#include "base/bounded_queue.h"
#include "base/change_feed.h"
#include "support/catch.h"

namespace queue_test {

using namespace porchlight;
using namespace porchlight::base;
using namespace std::chrono_literals;

TEST_CASE("a full queue refuses by entries and by bytes, and never waits") {
    BoundedQueue<int> queue(3, 100);
    CHECK(queue.push(1, 60));
    CHECK_FALSE(queue.push(2, 41));
    CHECK(queue.push(2, 40));
    CHECK(queue.push(3, 0));
    CHECK_FALSE(queue.push(4, 0));
    CHECK(queue.pop(Deadline::in(0s)) == 1);
    CHECK(queue.bytes() == 40);
}

TEST_CASE("an empty queue gives up at the deadline, a closed one at once") {
    BoundedQueue<int> queue(3, 100);
    const auto before = Monotonic::now();
    CHECK_FALSE(queue.pop(Deadline::in(20ms)).has_value());
    CHECK(Monotonic::now() - before >= 20ms);
    queue.push(7, 0);
    queue.close();
    CHECK_FALSE(queue.push(8, 0));
    CHECK(queue.pop(Deadline::in(10s)) == 7);
    CHECK_FALSE(queue.pop(Deadline::in(10s)).has_value());
}

TEST_CASE("a waiting consumer is woken by a push from another thread") {
    BoundedQueue<int> queue(3, 100);
    std::thread producer([&] { queue.push(5, 0); });
    CHECK(queue.pop(Deadline::in(5s)) == 5);
    producer.join();
}

TEST_CASE("a reader that fell behind sees a hole in the numbers") {
    ChangeFeed feed;
    for (int i = 0; i < 300; ++i) feed.publish("camera", "porch", "", "state");
    const auto changes = feed.after(0, Deadline::in(0s));
    REQUIRE(changes.size() == 256);
    CHECK(changes.front().number == 45);
    CHECK(changes.back().number == 300);
    CHECK(feed.after(300, Deadline::in(5ms)).empty());
}

TEST_CASE("what a full queue refuses stays with its owner; what is cleared makes room") {
    BoundedQueue<std::unique_ptr<int>> queue(1, 100);
    auto kept = std::make_unique<int>(7);
    CHECK(queue.push(std::make_unique<int>(1), 100));
    CHECK_FALSE(queue.tryPush(kept, 1));
    REQUIRE(kept);
    CHECK(*kept == 7);
    queue.clear();
    CHECK(queue.size() == 0);
    CHECK(queue.bytes() == 0);
    CHECK(queue.tryPush(kept, 1));
    CHECK_FALSE(kept);
}

TEST_CASE("a reader that waits for changes is woken by the next one, and by the end of the feed") {
    ChangeFeed feed;
    std::thread writer([&] {
        feed.publish("event", "porch", "0657", "opened");
        feed.close();
    });
    const auto changes = feed.after(0, Deadline::in(5s));
    writer.join();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].id == "0657");
    const auto before = Monotonic::now();
    CHECK(feed.after(feed.last(), Deadline::in(5s)).empty());
    CHECK(Monotonic::now() - before < 2s);
}

}  // namespace queue_test
