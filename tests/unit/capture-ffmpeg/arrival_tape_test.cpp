/// When the bytes of an answer came.
#include "capture-ffmpeg/stream/arrival_tape.h"

#include <chrono>

#include "support/catch.h"

namespace arrival_tape_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

TEST_CASE("a byte came when the read ended that brought it") {
    ArrivalMarks marks;
    const auto zero = Monotonic::time_point(10s);
    CHECK_FALSE(marks.at(0));
    marks.note(100, zero);
    marks.note(50, zero + 1s);
    CHECK_FALSE(marks.at(-1));
    CHECK(marks.at(0) == zero);
    CHECK(marks.at(99) == zero);
    CHECK(marks.at(100) == zero + 1s);
    CHECK(marks.at(149) == zero + 1s);
    CHECK_FALSE(marks.at(150));
    marks.note(1, zero + 2s);
    CHECK(marks.at(150) == zero + 2s);
}

TEST_CASE("marks that nobody asks for do not pile up, the latest stay") {
    ArrivalMarks marks;
    const auto zero = Monotonic::time_point(10s);
    for (int i = 0; i < 100'000; ++i) marks.note(1, zero + std::chrono::milliseconds(i));
    CHECK(marks.at(99'999) == zero + 99'999ms);
    ArrivalMarks others;
    for (int i = 0; i < 100'000; ++i) others.note(1, zero + std::chrono::milliseconds(i));
    CHECK(others.at(0) > zero + 90'000ms);  // as early as is still known
}

}  // namespace arrival_tape_test
