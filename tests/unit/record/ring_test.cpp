// The pre-roll in memory.
#include "record/footage/fragment_ring.h"
#include "support/catch.h"

namespace ring_test {

using namespace porchlight;
using namespace porchlight::record;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};

FragmentPtr fragment(const std::shared_ptr<const StreamInit>& init, std::uint64_t sequence, bool is_key,
                     std::size_t bytes = 1000) {
    auto out = std::make_shared<Fragment>();
    out->init = init;
    out->sequence = sequence;
    out->started_at = kStart + std::chrono::milliseconds(500) * static_cast<int>(sequence);
    out->duration = 500ms;
    out->starts_with_key = is_key;
    out->bytes.resize(bytes);
    return out;
}

}  // namespace

TEST_CASE("the ring starts at a keyframe, reaches back its span, and keeps its caps") {
    const auto init = std::make_shared<const StreamInit>();
    FragmentRing ring(2s, 1'000'000);
    ring.push(fragment(init, 1, false));
    CHECK(ring.fragments().empty());
    for (std::uint64_t i = 2; i <= 40; ++i) ring.push(fragment(init, i, i % 4 == 0));
    CHECK(ring.fragments().front()->starts_with_key);
    const auto reach = ring.fragments().back()->started_at + 500ms - ring.fragments().front()->started_at;
    CHECK(reach >= 2s);
    CHECK(reach < 4500ms);

    FragmentRing small(60s, 10'000);
    for (std::uint64_t i = 0; i <= 40; ++i) {
        small.push(fragment(init, i, i % 4 == 0));
        REQUIRE(small.bytes() <= 10'000);
    }
    CHECK(small.fragments().front()->starts_with_key);
    small.push(fragment(init, 41, false, 20'000));
    CHECK(small.fragments().empty());
}

TEST_CASE("after a hole the ring waits for a keyframe") {
    const auto init = std::make_shared<const StreamInit>();
    FragmentRing ring(10s, 1'000'000);
    ring.push(fragment(init, 0, true));
    ring.push(fragment(init, 2, false));
    CHECK(ring.fragments().size() == 1);
    ring.push(fragment(init, 3, true));
    CHECK(ring.fragments().size() == 2);
}

}  // namespace ring_test
