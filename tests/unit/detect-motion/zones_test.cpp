// Polygons of the owner: what they contain and how their text is read.
#include "detect-motion/zones.h"

#include "porchlight/error.h"
#include "support/catch.h"

namespace zones_test {

using namespace porchlight;
using namespace porchlight::motion;

TEST_CASE("a polygon contains what lies inside it, also when it is concave or crosses itself", "[zones]") {
    const Zone square{"square", {{0.25F, 0.25F}, {0.75F, 0.25F}, {0.75F, 0.75F}, {0.25F, 0.75F}}};
    const Zone corner{"L", {{0, 0}, {1, 0}, {1, 0.5F}, {0.5F, 0.5F}, {0.5F, 1}, {0, 1}}};
    const Zone bow{"bow", {{0, 0}, {1, 1}, {1, 0}, {0, 1}}};
    struct Row {
        const Zone& zone;
        Point point;
        bool is_inside;
    };
    const Row rows[] = {
        {square, {0.5F, 0.5F}, true},   {square, {0.26F, 0.74F}, true},  {square, {0.24F, 0.5F}, false},
        {square, {0.5F, 0.76F}, false}, {square, {0.9F, 0.1F}, false},   {corner, {0.25F, 0.9F}, true},
        {corner, {0.9F, 0.25F}, true},  {corner, {0.75F, 0.75F}, false}, {bow, {0.1F, 0.5F}, true},
        {bow, {0.9F, 0.5F}, true},      {bow, {0.5F, 0.1F}, false},      {bow, {0.5F, 0.9F}, false},
    };
    for (const Row& row : rows) {
        INFO(row.zone.name << " " << row.point.x << "," << row.point.y);
        CHECK(row.zone.contains(row.point) == row.is_inside);
    }
}

TEST_CASE("a polygon contains the same whichever way round it is drawn", "[zones]") {
    const Zone one{"", {{0.1F, 0.2F}, {0.9F, 0.3F}, {0.6F, 0.9F}}};
    const Zone other{"", {{0.6F, 0.9F}, {0.9F, 0.3F}, {0.1F, 0.2F}}};
    int inside = 0;
    for (int y = 0; y < 50; ++y)
        for (int x = 0; x < 50; ++x) {
            const Point point{(static_cast<float>(x) + 0.37F) / 50, (static_cast<float>(y) + 0.61F) / 50};
            REQUIRE(one.contains(point) == other.contains(point));
            inside += one.contains(point) ? 1 : 0;
        }
    CHECK(inside / 2500.0 == Approx(0.255).margin(0.01));  // its area
}

TEST_CASE("zones are read from their text", "[zones]") {
    CHECK(parseZones("zones", "").empty());
    CHECK(parseZones("zones", ";;").empty());
    const auto zones = parseZones("zones", "door step:0,0  1,0 1,0.5;tree:0.5,0.5 1,1 0.25,1;");
    REQUIRE(zones.size() == 2);
    CHECK(zones[0].name == "door step");
    CHECK(zones[0].polygon.size() == 3);
    CHECK(zones[1].name == "tree");
    CHECK(zones[1].polygon[2].x == 0.25F);
    CHECK(zones[1].polygon[2].y == 1.0F);
}

TEST_CASE("a wrong zone is refused by the setting's name and the wrong part", "[zones]") {
    struct Row {
        const char* text;
        const char* part;
    };
    const Row rows[] = {{"0,0 1,0 1,1", "a zone reads"},
                        {":0,0 1,0 1,1", "a zone reads"},
                        {"a:", "three corners"},
                        {"a:0,0 1,1", "three corners"},
                        {"a:0,0 1,0 1.01,1", "'1.01'"},
                        {"a:0,0 1,0 -0.1,1", "'-0.1'"},
                        {"a:0,0 1,0 x,1", "'x'"},
                        {"a:0,0 1,0 1", "not a number"},
                        {"a:0,0 1,0 1,1,1", "'1,1'"},
                        {"a:0,0 1,0 nan,1", "0 to 1"},
                        {"good:0,0 1,0 1,1;bad:1", "not a number"}};
    for (const Row& row : rows) {
        INFO(row.text);
        try {
            parseZones("masks", row.text);
            FAIL_CHECK("was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Misconfigured);
            const std::string text = error.what();
            CHECK(text.find("setting masks") != std::string::npos);
            INFO(text);
            CHECK(text.find(row.part) != std::string::npos);
        }
    }
}

TEST_CASE("there are at most 32 zones", "[zones]") {
    std::string text;
    for (std::size_t i = 0; i < kMaxZones; ++i) text += "z" + std::to_string(i) + ":0,0 1,0 1,1;";
    CHECK(parseZones("zones", text).size() == kMaxZones);
    CHECK_THROWS_AS(parseZones("zones", text + "one:0,0 1,0 1,1"), Error);
}

}  // namespace zones_test
