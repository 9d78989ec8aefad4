#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "onvif/camera.h"
#include "onvif/events/detections.h"
#include "onvif/events/subscription.h"
#include "onvif/exchange.h"
#include "onvif/service/movement.h"
#include "onvif/service/switches.h"
#include "onvif/xml.h"
#include "porchlight/host_lookup.h"
#include "support/catch.h"

namespace bounds_test {

using namespace porchlight;
using namespace porchlight::onvif;

/// One row of the table: its name, and the bounds that it states, from left to right: milliseconds, bytes or
/// how many.
struct Row {
    std::string name;
    std::vector<std::uint64_t> bounds;
};

std::uint64_t inMs(milliseconds time) {
    return static_cast<std::uint64_t>(time.count());
}

std::vector<Row> kept() {
    const Waits waits;
    return {
        {"connecting, sending, the answer",
         {inMs(waits.connect), inMs(waits.send), inMs(waits.answer), inMs(kAllQuestions)}},
        {"an answer", {kAnswerBounds.head_bytes, kAnswerBounds.body_bytes, kMaxXmlDepth, kMaxXmlNodes}},
        {"profiles", {kMaxProfiles}},
        {"a name service that is silent", {inMs(detail::kLookupPatience)}},
        {"a lease, a question for events, the next one after nothing",
         {inMs(kLease), inMs(kLongestPull), inMs(kLeastPull)}},
        {"notifications of an answer, states that last", {kMaxNotifications, kMaxStates}},
        {"a state that a camera never calls over", {inMs(kSilence)}},
        {"a time of the camera's that is believed", {inMs(kBelievable)}},
        {"presets, outputs", {kMaxPresets, kMaxOutputs}},
        {"a movement", {inMs(kLongestMove)}},
    };
}

std::uint64_t sizeOf(const std::string& unit) {
    if (unit == "s") return 1000;
    if (unit == "KiB") return 1024;
    return unit == "MiB" ? 1024 * 1024 : 1;
}

std::vector<std::uint64_t> boundsIn(const std::string& text) {
    static const std::regex figure(R"(([0-9][0-9,]*)( (s|KiB|MiB)\b)?)");
    std::vector<std::uint64_t> out;
    for (std::sregex_iterator at(text.begin(), text.end(), figure), end; at != end; ++at) {
        std::string digits = at->str(1);
        std::erase(digits, ',');
        out.push_back(std::stoull(digits) * sizeOf(at->str(3)));
    }
    return out;
}

/// "| name | bound |" of the table with the head "| Bound | |".
std::vector<Row> documented() {
    std::ifstream file(PORCHLIGHT_SOURCE_DIR "/docs/onvif.md");
    std::vector<Row> rows;
    bool is_there = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "| Bound | |") is_there = true;
        if (!line.starts_with("| ")) is_there = false;
        if (!is_there || line == "| Bound | |" || line.starts_with("| ---")) continue;
        const auto end = line.find(" | ");
        rows.push_back({line.substr(2, end - 2), boundsIn(line.substr(end))});
    }
    return rows;
}

TEST_CASE("the bounds in docs/onvif.md are those of the code") {
    const auto rows = documented();
    const auto wanted = kept();
    REQUIRE(rows.size() == wanted.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].name);
        CHECK(rows[i].name == wanted[i].name);
        CHECK(rows[i].bounds == wanted[i].bounds);
    }
    CHECK(kMaxXmlBytes == kAnswerBounds.body_bytes);  // the page states one figure for both
}

}  // namespace bounds_test
