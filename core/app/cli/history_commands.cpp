// events, check: what was seen, and whether it is all there.
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "base/text.h"
#include "record/check.h"

namespace porchlight::app {
namespace {

void printEvent(const Poco::JSON::Object::Ptr& event) {
    const auto length = event->get("duration_us");
    const std::string duration = length.isEmpty() ? "running" : base::formatDuration(microseconds(length.convert<std::int64_t>()));
    std::printf("%s  %-20s %-18s %-12s score %.2f%s%s%s\n", textOf(event, "id").c_str(), textOf(event, "started_at").substr(0, 19).c_str(),
                textOf(event, "camera").c_str(), duration.c_str(), event->getValue<double>("score"),
                textOf(event, "zone").empty() ? "" : (" zone " + textOf(event, "zone")).c_str(), textOf(event, "kept") == "true" ? " kept" : "",
                textOf(event, "footage_gone_reason").empty() ? "" : (" (footage gone: " + textOf(event, "footage_gone_reason") + ")").c_str());
}

}  // namespace

int commandEvents(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--camera", "--from", "--to", "--limit"});
    arguments.expectWords(0, 0, "");
    int left = arguments.number("--limit", 100, 1, 1'000'000);
    std::string filter;
    if (const auto camera = arguments.value("--camera")) filter += "&camera=" + encodeQuery(*camera);
    filter += timeQuery(arguments, "--from", "from") + timeQuery(arguments, "--to", "to");
    DaemonClient daemon(context);
    std::string cursor;
    int shown = 0;
    do {
        const auto page = daemon.get("/events?limit=" + std::to_string(std::min(left, 500)) + filter + (cursor.empty() ? "" : "&cursor=" + encodeQuery(cursor)));
        const auto events = page->getArray("events");
        for (std::size_t i = 0; i < events->size(); ++i, --left, ++shown) {
            const auto event = events->getObject(static_cast<unsigned>(i));
            if (arguments.has("--json")) printJson(event);
            else printEvent(event);
        }
        cursor = textOf(page, "next_cursor");
    } while (left > 0 && !cursor.empty());
    if (shown == 0 && !arguments.has("--json")) std::puts("no events");
    return 0;
}

int commandCheck(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--repair", "--json"}, {});
    arguments.expectWords(0, 0, "");
    const auto config = context.config();
    std::vector<std::string> cameras;
    for (const auto& camera : config.cameras) cameras.push_back(camera.name);
    store::Store store(config.databaseFile());
    const auto findings = record::check(store, config.recordingsDir(), cameras, arguments.has("--repair"), config.thumbnailsDir());
    int left = 0;
    Poco::JSON::Array::Ptr list(new Poco::JSON::Array());
    for (const auto& finding : findings) {
        left += finding.is_repaired ? 0 : 1;
        if (!arguments.has("--json")) std::printf("%-8s %s: %s\n", finding.is_repaired ? "repaired" : "WRONG", finding.path.c_str(), finding.problem.c_str());
        Poco::JSON::Object::Ptr entry(new Poco::JSON::Object());
        entry->set("path", finding.path);
        entry->set("problem", finding.problem);
        entry->set("is_repaired", finding.is_repaired);
        list->add(entry);
    }
    if (arguments.has("--json")) {
        Poco::JSON::Object::Ptr out(new Poco::JSON::Object());
        out->set("findings", list);
        printJson(out);
    } else if (findings.empty()) {
        std::puts("clean: every row has its file, every file its row, the database is sound");
    } else if (left > 0 && !arguments.has("--repair")) {
        std::puts("porchlight check --repair puts this right");
    }
    return left == 0 ? 0 : 1;
}

}  // namespace porchlight::app
