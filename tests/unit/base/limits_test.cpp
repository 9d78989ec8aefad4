#include "base/limits.h"

#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "support/catch.h"

namespace limits_test {

using namespace porchlight;

using Caps = std::vector<std::uint64_t>;

Caps both(const limit::Cap& cap) {
    return {cap.lite_bytes, cap.standard_bytes};
}

/// "2 / 6 MiB, one at least": 2 MiB and 6 MiB.
Caps capsIn(const std::string& text) {
    static const std::regex cap(R"(([0-9]+)(?: MiB| / [0-9]+ MiB))");
    static const std::regex last(R"( / ([0-9]+) MiB)");
    Caps out;
    for (std::sregex_iterator at(text.begin(), text.end(), cap), end; at != end; ++at) {
        out.push_back(std::stoull(at->str(1)) * limit::kMiB);
        const std::string whole = at->str();
        std::smatch found;
        if (std::regex_search(whole, found, last)) out.push_back(std::stoull(found.str(1)) * limit::kMiB);
    }
    return out;
}

/// Name and caps of each row of the table under "## Queues".
std::map<std::string, Caps> documented() {
    std::ifstream file(PORCHLIGHT_SOURCE_DIR "/docs/memory.md");
    std::map<std::string, Caps> rows;
    bool is_there = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) is_there = line == "## Queues";
        const auto name_end = line.find(" | ");
        if (!is_there || !line.starts_with("| ") || name_end == std::string::npos) continue;
        const auto cap_end = line.find(" | ", name_end + 3);
        rows[line.substr(2, name_end - 2)] = capsIn(line.substr(name_end + 3, cap_end - name_end - 3));
    }
    return rows;
}

TEST_CASE("the table of queues in docs/memory.md says what the code does") {
    const auto rows = documented();
    const std::vector<std::pair<std::string, Caps>> expected{
        {"worker: analysis, a stream", {limit::kAnalysisBytes}},
        {"worker: encoder", both(limit::kWorkerQueue)},
        {"worker: outbox, fragments", both(limit::kWorkerQueue)},
        {"worker: channel", {limit::kChannelBytes, limit::kMessageBytes}},
        {"core: message being received, a worker", {limit::kMessageBytes}},
        {"core: recorder", both(limit::kRecorderQueue)},
        {"core: footage of all cameras that waits for a disk", both(limit::kHeldFootage)},
        {"core: pre-roll ring, a camera", both(limit::kPreRoll)},
        {"core: alert outbox, a sink", {limit::kAlertOutboxBytes}},
        {"core: password being hashed", both(limit::kPasswordHash)},
    };
    for (const auto& [name, caps] : expected) {
        INFO(name);
        REQUIRE(rows.contains(name));
        CHECK(rows.at(name) == caps);
    }
}

}  // namespace limits_test
