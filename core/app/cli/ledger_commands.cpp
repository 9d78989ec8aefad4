// coverage, logs, test: what was recorded and what went wrong.
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "base/clock.h"
#include "base/text.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

using JsonObject = Poco::JSON::Object::Ptr;

std::vector<std::string> cameraNames(DaemonClient& daemon, const Arguments& arguments) {
    if (const auto camera = arguments.value("--camera")) return {*camera};
    std::vector<std::string> names;
    const auto cameras = daemon.get("/cameras")->getArray("cameras");
    for (std::size_t i = 0; i < cameras->size(); ++i)
        names.push_back(textOf(cameras->getObject(static_cast<unsigned>(i)), "name"));
    return names;
}

std::string spanText(double span_s) {
    char text[48];
    if (span_s < 60)
        std::snprintf(text, sizeof text, "%.1f s", span_s);
    else
        std::snprintf(text, sizeof text, "%s",
                      base::formatDuration(microseconds(static_cast<std::int64_t>(span_s * 1e6))).c_str());
    return text;
}

void printShare(const std::string& what, double span_s, double wall_s, const char* mark) {
    std::printf("  %-16s %14.1f s  %6.2f %%%s\n", what.c_str(), span_s,
                wall_s > 0 ? 100 * span_s / wall_s : 0, mark);
}

void printInterval(const JsonObject& row) {
    const std::string end = textOf(row, "ended_at");
    const auto now = base::SystemClock().wallNow();
    const auto from = base::parseTime(textOf(row, "started_at"), now);
    const auto to = end.empty() ? std::optional(now) : base::parseTime(end, now);
    const double span_s = from && to ? std::chrono::duration<double>(*to - *from).count() : 0;
    const std::string detail = textOf(row, "detail");
    std::printf("  %s  %-16s %s%s%s\n", textOf(row, "started_at").substr(0, 23).c_str(),
                textOf(row, "kind") == "recorded" ? "recorded" : textOf(row, "cause").c_str(),
                spanText(span_s).c_str(), end.empty() ? " so far" : "",
                detail.empty() ? "" : (" (" + detail + ")").c_str());
}

void printCoverage(const JsonObject& ledger, bool has_intervals) {
    const auto wall_s = ledger->getValue<double>("wall_s");
    std::printf("%s  %s to %s\n", textOf(ledger, "camera").c_str(),
                textOf(ledger, "from_at").substr(0, 19).c_str(),
                textOf(ledger, "to_at").substr(0, 19).c_str());
    printShare("recorded", ledger->getValue<double>("recorded_s"), wall_s, "");
    const auto causes = ledger->getObject("gap_by_cause_s");
    for (const auto& cause : causes->getNames())
        printShare(cause, causes->getValue<double>(cause), wall_s, "");
    printShare("sum", ledger->getValue<double>("recorded_s") + ledger->getValue<double>("gap_s"), wall_s,
               ("  of them faults " + spanText(ledger->getValue<double>("fault_s"))).c_str());
    if (!has_intervals) return;
    const auto rows = ledger->getArray("intervals");
    for (std::size_t i = 0; i < rows->size(); ++i) printInterval(rows->getObject(static_cast<unsigned>(i)));
}

void printLine(const JsonObject& line) {
    std::printf("%s %-7s %s: %s\n", textOf(line, "at").substr(0, 23).c_str(), textOf(line, "level").c_str(),
                textOf(line, "component").c_str(), textOf(line, "text").c_str());
}

std::string secondsText(const JsonObject& object, const char* key) {
    const auto value = object->get(key);
    if (value.isEmpty()) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.3f s", value.convert<double>() / 1e6);
    return text;
}

}  // namespace

int commandCoverage(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--camera", "--from", "--to"});
    arguments.expectWords(0, 0, "");
    const std::string query = timeQuery(arguments, "--from", "from") + timeQuery(arguments, "--to", "to");
    DaemonClient daemon(context);
    Poco::JSON::Array::Ptr list(new Poco::JSON::Array());
    for (const std::string& name : cameraNames(daemon, arguments)) {
        const auto ledger = daemon.get("/cameras/" + encodeQuery(name) + "/coverage?" + query);
        list->add(ledger);
        if (!arguments.has("--json")) printCoverage(ledger, arguments.value("--camera").has_value());
    }
    if (arguments.has("--json")) {
        JsonObject out(new Poco::JSON::Object());
        out->set("cameras", list);
        printJson(out);
    }
    return 0;
}

int commandLogs(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json", "--errors"}, {"--since", "--camera", "--limit"});
    arguments.expectWords(0, 0, "");
    std::string query = "limit=" + std::to_string(arguments.number("--limit", 500, 1, 5000)) +
                        timeQuery(arguments, "--since", "since");
    if (const auto camera = arguments.value("--camera")) query += "&camera=" + encodeQuery(*camera);
    if (arguments.has("--errors")) query += "&errors=true";
    DaemonClient daemon(context);
    const auto lines = daemon.get("/logs?" + query)->getArray("lines");
    for (std::size_t i = 0; i < lines->size(); ++i) {
        const auto line = lines->getObject(static_cast<unsigned>(i));
        if (arguments.has("--json"))
            printJson(line);
        else
            printLine(line);
    }
    if (lines->empty() && !arguments.has("--json")) std::puts("no lines");
    return 0;
}

int commandTest(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"-n", "--timeout"});
    arguments.expectWords(1, 1, "the camera's name");
    const int count = arguments.number("-n", 5, 1, 100);
    const microseconds timeout = arguments.duration("--timeout", seconds(5), milliseconds(100), seconds(30));
    JsonWriter body;
    body.beginObject().field("n", count);
    body.field("timeout_s", static_cast<double>(timeout.count()) / 1e6).endObject();
    DaemonClient daemon(context);
    daemon.setTimeout(std::chrono::duration_cast<milliseconds>(timeout) * count + seconds(15));
    const auto result = daemon.post("/cameras/" + encodeQuery(arguments.words()[0]) + "/test", body.text());
    const bool are_all_good = textOf(result, "successes") == textOf(result, "n");
    if (arguments.has("--json")) {
        printJson(result);
        return are_all_good ? 0 : 1;
    }
    std::printf("%s: %s of %s tests gave a picture\n", textOf(result, "camera").c_str(),
                textOf(result, "successes").c_str(), textOf(result, "n").c_str());
    std::printf("  latency min %s, median %s, max %s\n", secondsText(result, "latency_min_us").c_str(),
                secondsText(result, "latency_median_us").c_str(),
                secondsText(result, "latency_max_us").c_str());
    const auto faults = result->getArray("faults");
    for (std::size_t i = 0; i < faults->size(); ++i) {
        const auto fault = faults->getObject(static_cast<unsigned>(i));
        std::printf("  %s x %s: %s\n", textOf(fault, "count").c_str(), textOf(fault, "kind").c_str(),
                    textOf(fault, "detail").c_str());
    }
    return are_all_good ? 0 : 1;
}

}  // namespace porchlight::app
