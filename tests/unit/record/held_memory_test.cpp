/// Footage that waits in memory: the bound, and who pays for it.
#include "record/footage/held_memory.h"
#include "support/catch.h"

namespace held_memory_test {

using namespace porchlight;
using namespace porchlight::record;

FragmentPtr fragment(std::size_t bytes, bool starts_with_key, std::uint64_t sequence) {
    auto made = std::make_shared<Fragment>();
    made->bytes.resize(bytes);
    made->starts_with_key = starts_with_key;
    made->sequence = sequence;
    return made;
}

TEST_CASE("the backlog of one camera never costs another camera's footage") {
    HeldMemory memory(1000);
    HeldMemory::Queue busy(memory);
    HeldMemory::Queue quiet(memory);
    for (std::uint64_t i = 0; i < 50; ++i) {
        busy.pushBack(fragment(100, true, i));
        memory.limit();
        quiet.pushBack(fragment(4, true, i));
        memory.limit();
    }
    CHECK(memory.bytes() == busy.bytes() + quiet.bytes());
    CHECK(memory.bytes() <= 1000);
    CHECK(quiet.size() == 50);  // each of them
    CHECK(quiet.dropped() == 0);
    CHECK(busy.size() == 8);
    CHECK(busy.dropped() == 42);
    CHECK(memory.droppedBytes() == 4200);
    CHECK(busy.takeFront()->sequence == 42);  // the oldest went
}

TEST_CASE("cameras that hold as much as each other share what there is") {
    HeldMemory memory(1000);
    HeldMemory::Queue one(memory);
    HeldMemory::Queue other(memory);
    for (std::uint64_t i = 0; i < 100; ++i) {
        one.pushBack(fragment(10, true, i));
        other.pushBack(fragment(10, true, i));
        memory.limit();
    }
    CHECK(one.bytes() == 500);
    CHECK(other.bytes() == 500);
}

TEST_CASE("what is left in memory begins at a keyframe, and what a failure puts back stands in order") {
    HeldMemory memory(100);
    {
        HeldMemory::Queue queue(memory);
        for (std::uint64_t i = 0; i < 6; ++i) queue.pushBack(fragment(20, i % 3 == 0, i));
        memory.limit();
        CHECK(queue.dropped() == 3);  // the whole group of the first
        queue.pushFront(fragment(1, true, 1));
        queue.insert(1, fragment(1, false, 2));
        CHECK(queue.takeFront()->sequence == 1);
        CHECK(queue.takeFront()->sequence == 2);
        CHECK(queue.takeFront()->sequence == 3);
        CHECK(memory.bytes() == 40);
    }
    CHECK(memory.bytes() == 0);  // a camera that is removed holds nothing
}

}  // namespace held_memory_test
