// alerts: what waits for its target, what was given up, and whether a target can be reached.
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

void printAlert(const Poco::JSON::Object::Ptr& alert) {
    const std::string reason = textOf(alert, "reason");
    std::printf("%-24s %s  %-10s %-18s %-11s %s%s\n", textOf(alert, "id").c_str(),
                textOf(alert, "at").substr(0, 19).c_str(), textOf(alert, "target").c_str(),
                textOf(alert, "camera").c_str(), textOf(alert, "kind").c_str(),
                textOf(alert, "state").c_str(), reason.empty() ? "" : (": " + reason).c_str());
}

int list(DaemonClient& daemon, const Arguments& arguments) {
    std::string query = "/alerts?limit=" + std::to_string(arguments.number("--limit", 100, 1, 1000));
    if (const auto target = arguments.value("--target")) query += "&target=" + encodeQuery(*target);
    if (arguments.has("--dead")) query += "&dead=true";
    const auto answer = daemon.get(query);
    if (arguments.has("--json")) return printJson(answer), 0;
    const auto targets = answer->getArray("targets");
    for (unsigned i = 0; i < targets->size(); ++i) {
        const auto target = targets->getObject(i);
        std::printf("%s: %s waiting, %s given up, %s dropped for want of room\n",
                    textOf(target, "name").c_str(), textOf(target, "waiting").c_str(),
                    textOf(target, "dead").c_str(), textOf(target, "dropped").c_str());
    }
    if (targets->size() == 0) std::puts("nobody is told: no alert plugin is configured");
    const auto alerts = answer->getArray("alerts");
    for (unsigned i = 0; i < alerts->size(); ++i) printAlert(alerts->getObject(i));
    return 0;
}

int change(DaemonClient& daemon, const Arguments& arguments) {
    const Words& words = arguments.words();
    JsonWriter body;
    body.beginObject();
    if (const auto target = arguments.value("--target")) body.field("target", *target);
    if (arguments.has("--dead")) body.field("dead", true);
    if (words.size() > 1) {
        body.key("ids").beginArray();
        for (std::size_t i = 1; i < words.size(); ++i) body.value(words[i]);
        body.endArray();
    } else if (!arguments.has("--dead") && !arguments.value("--target")) {
        throw UsageError("alerts " + words[0] + " needs ids, --dead or --target");
    }
    const auto answer = daemon.post("/alerts/" + words[0], body.endObject().text());
    if (arguments.has("--json")) return printJson(answer), 0;
    std::printf("%s alert(s) %s\n", textOf(answer, "changed").c_str(),
                words[0] == "retry" ? "wait again" : "dropped");
    return 0;
}

int test(DaemonClient& daemon, const Arguments& arguments) {
    arguments.expectWords(2, 2, "the target's name");
    const auto answer = daemon.post("/alerts/" + encodeQuery(arguments.words()[1]) + "/test", "{}");
    const bool is_ok = textOf(answer, "is_ok") == "true";
    if (arguments.has("--json")) return printJson(answer), is_ok ? 0 : 1;
    std::printf("%s: %s\n", is_ok ? "good" : "bad", textOf(answer, "answer").c_str());
    const auto doubts = answer->getArray("doubts");
    for (unsigned i = 0; i < doubts->size(); ++i)
        std::printf("doubtful: %s\n", doubts->getElement<std::string>(i).c_str());
    return is_ok ? 0 : 1;
}

}  // namespace

int commandAlerts(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json", "--dead"}, {"--target", "--limit"});
    const std::string action = arguments.words().empty() ? "list" : arguments.words()[0];
    if (action != "list" && action != "retry" && action != "drop" && action != "test")
        throw UsageError("alerts knows list, retry, drop and test, not '" + action + "'");
    DaemonClient daemon(context);
    if (action == "test") return test(daemon, arguments);
    if (action != "list") return change(daemon, arguments);
    arguments.expectWords(0, 1, "list");
    return list(daemon, arguments);
}

}  // namespace porchlight::app
