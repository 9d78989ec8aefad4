// The order in which pictures of libcamera are taken.
#include "capture-libcamera/sequence_queue.h"

#include "support/catch.h"

namespace sequence_queue_test {

using porchlight::libcamera_source::SequenceQueue;

namespace {

/// Takes all that may be taken without waiting.
std::vector<unsigned> takeReady(SequenceQueue<unsigned>& queue) {
    std::vector<unsigned> taken;
    while (queue.hasNext()) taken.push_back(queue.take());
    return taken;
}

}  // namespace

TEST_CASE("a damaged picture's buffer that comes first with a later picture waits for those behind it",
          "[libcamera]") {
    SequenceQueue<unsigned> queue;
    for (const unsigned sequence : {4U, 5U}) queue.push(sequence, sequence);
    CHECK(takeReady(queue) == std::vector<unsigned>{4, 5});
    for (const unsigned sequence : {10U, 7U, 8U, 9U}) {
        queue.push(sequence, sequence);
        CHECK_FALSE(queue.hasNext());  // 6 may still come
    }
    CHECK(queue.take() == 7);  // nobody waits for it for ever
    CHECK(takeReady(queue) == std::vector<unsigned>{8, 9, 10});
    CHECK(queue.empty());
}

TEST_CASE("the first picture, repeated numbers and a driver that counts anew are taken at once",
          "[libcamera]") {
    SequenceQueue<unsigned> queue;
    CHECK_FALSE(queue.hasNext());
    queue.push(17, 17);
    CHECK(takeReady(queue) == std::vector<unsigned>{17});
    queue.push(17, 17);
    CHECK(takeReady(queue) == std::vector<unsigned>{17});
    queue.push(0, 0);
    queue.push(1, 1);
    CHECK(takeReady(queue) == std::vector<unsigned>{0, 1});
    queue.push(5, 5);
    queue.clear();
    CHECK(queue.empty());
}

}  // namespace sequence_queue_test
