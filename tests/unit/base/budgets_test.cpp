#include "base/budgets.h"

#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "support/catch.h"

namespace budgets_test {

using namespace porchlight;

/// One row of the table: its name, and the times that it states, from left to right.
struct Row {
    std::string name;
    std::vector<std::optional<microseconds>> times;
};

constexpr std::nullopt_t kFollows = std::nullopt;  // what the others come to

const std::vector<Row> kRows{
    {"source open", {budget::kOpenNetwork, budget::kOpenHang}},
    {"read slice", {budget::kReadSlice}},
    {"heartbeat", {budget::kHeartbeat, budget::kHeartbeatLeast, budget::kHeartbeatMost}},
    {"worker stop", {budget::kWorkerStop, budget::kWorkerKill}},
    {"respawn", {budget::kRespawnFirst, budget::kRespawnLast, kFollows}},
    {"fork server's answer", {budget::kForkAnswer, budget::kForkFirstAnswer}},
    {"a still from a worker", {budget::kStill, budget::kStillInWorker}},
    {"a command to a camera (move, keyframe)", {budget::kCameraCommand, budget::kCameraCommandInWorker}},
    {"a source that listens for a change", {budget::kSourceChange, budget::kSourceChangeStuck}},
    {"HTTP request", {budget::kHttpRequest}},
    {"long answer: session and client looked at", {budget::kAnswerLook, budget::kIdleAnswerLook, kFollows}},
    {"reading the boxes of an export", {budget::kExportBoxes}},
    {"SQLite busy", {budget::kDatabaseBusy}},
    {"held: the recorder's thread, a database connection", {budget::kHeld}},
    {"alert delivery", {budget::kAlertDelivery}},
    {"whole shutdown", {budget::kShutdown, budget::kRecorderStop, budget::kAlertsStop}},
};

std::vector<std::optional<microseconds>> timesIn(const std::string& text) {
    static const std::regex time(R"(([0-9]+(\.[0-9]+)?) s\b)");
    std::vector<std::optional<microseconds>> out;
    for (std::sregex_iterator at(text.begin(), text.end(), time), end; at != end; ++at)
        out.emplace_back(
            std::chrono::round<microseconds>(std::chrono::duration<double>(std::stod(at->str(1)))));
    return out;
}

/// "| name | limit | reason |" of the table under "## Budgets".
std::vector<Row> documented() {
    std::ifstream file(PORCHLIGHT_SOURCE_DIR "/docs/architecture.md");
    std::vector<Row> rows;
    bool is_there = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) is_there = line == "## Budgets";
        if (!is_there || !line.starts_with("| ") || line.starts_with("| Wait") || line.starts_with("| ---"))
            continue;
        const auto end = line.find(" | ");
        rows.push_back({line.substr(2, end - 2), timesIn(line.substr(end))});
    }
    return rows;
}

TEST_CASE("the table of budgets in docs/architecture.md says what the code does") {
    const auto rows = documented();
    REQUIRE(rows.size() == kRows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].name);
        CHECK(rows[i].name == kRows[i].name);
        REQUIRE(rows[i].times.size() == kRows[i].times.size());
        for (std::size_t k = 0; k < rows[i].times.size(); ++k)
            if (kRows[i].times[k]) CHECK(rows[i].times[k]->count() == kRows[i].times[k]->count());
    }
}

}  // namespace budgets_test
