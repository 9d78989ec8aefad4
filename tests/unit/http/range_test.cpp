/// Ranges of bytes, as the RFC says.
#include "http/range.h"
#include "support/catch.h"

namespace range_test {

using namespace porchlight;
using namespace porchlight::http;

TEST_CASE("ranges read as the RFC says") {
    struct Case {
        const char* header;
        http::RangeKind kind;
        std::uint64_t first, last;
    };
    for (const Case& one : {Case{"", http::RangeKind::Whole, 0, 999},
                            {"bytes=0-", http::RangeKind::Part, 0, 999},
                            {"bytes=0-0", http::RangeKind::Part, 0, 0},
                            {"bytes=100-199", http::RangeKind::Part, 100, 199},
                            {"bytes=900-5000", http::RangeKind::Part, 900, 999},
                            {"bytes=-100", http::RangeKind::Part, 900, 999},
                            {"bytes=-5000", http::RangeKind::Part, 0, 999},
                            {"bytes=-0", http::RangeKind::Unsatisfiable, 0, 0},
                            {"bytes=1000-", http::RangeKind::Unsatisfiable, 0, 0},
                            {"bytes=5-4", http::RangeKind::Whole, 0, 999},
                            {"bytes=0-1,5-6", http::RangeKind::Whole, 0, 999},
                            {"items=0-1", http::RangeKind::Whole, 0, 999},
                            {"bytes=a-b", http::RangeKind::Whole, 0, 999},
                            {"bytes=-", http::RangeKind::Whole, 0, 999},
                            {"bytes=99999999999999999999-", http::RangeKind::Whole, 0, 999}}) {
        INFO(one.header);
        const http::ByteRange range = http::parseRange(one.header, 1000);
        CHECK(range.kind == one.kind);
        CHECK(range.first == one.first);
        CHECK(range.last == one.last);
    }
    CHECK(http::parseRange("bytes=5000000000-", 6'000'000'000ULL).first == 5'000'000'000ULL);
    CHECK(http::parseRange("bytes=0-", 0).kind == http::RangeKind::Unsatisfiable);
}

}  // namespace range_test
