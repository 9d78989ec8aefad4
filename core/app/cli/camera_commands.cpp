// status, monitor, recover, snapshot: what concerns the cameras of a running daemon.
#include <cstdio>
#include <iostream>
#include <thread>

#include "app/cli/daemon_client.h"
#include "base/clock.h"
#include "base/text.h"
#include "camera/recovery_report.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

using JsonObject = Poco::JSON::Object::Ptr;

JsonObject fetchCameras(DaemonClient& daemon, const std::string& only) {
    if (only.empty()) return daemon.get("/cameras");
    Poco::JSON::Array::Ptr list(new Poco::JSON::Array());
    list->add(daemon.get("/cameras/" + encodeQuery(only)));
    JsonObject out(new Poco::JSON::Object());
    out->set("cameras", list);
    return out;
}

bool isWell(const JsonObject& camera) {
    const auto state = textOf(camera, "state");
    return state == "running" || state == "disabled";
}

void printRow(const JsonObject& camera) {
    const auto worker = camera->getObject("worker");
    const bool has_worker = !worker.isNull() && textOf(worker, "pid") != "0";
    char cpu[24] = "-";
    if (has_worker) std::snprintf(cpu, sizeof cpu, "%.1f %%", worker->getValue<double>("cpu_percent"));
    std::printf("%-18s %-9s %5s %5s  %-14s %-9s %-9s %-7s %s\n", textOf(camera, "name").c_str(),
                textOf(camera, "state").c_str(), textOf(camera, "score").c_str(),
                textOf(camera, "consecutive_failures").c_str(), textOf(camera, "rung").c_str(),
                ageOf(camera, "distinct_age_us").c_str(),
                has_worker ? base::formatSize(worker->getValue<std::uint64_t>("rss_bytes")).c_str() : "-",
                cpu, textOf(camera, "reason").c_str());
}

std::string sizeText(const JsonObject& object, const char* name) {
    return base::formatSize(object->getValue<std::uint64_t>(name));
}

void printWorker(const JsonObject& worker) {
    std::printf("    worker pid %s, start %s, %s, %.1f %% of a core, %s threads\n",
                textOf(worker, "pid").c_str(), textOf(worker, "starts").c_str(),
                sizeText(worker, "rss_bytes").c_str(), worker->getValue<double>("cpu_percent"),
                textOf(worker, "threads").c_str());
    const std::uint64_t memory_max = worker->getValue<std::uint64_t>("memory_max_bytes");
    std::printf("    may use %s of memory; %s of %s descriptors, %s of %s in queues%s\n",
                memory_max > 0 ? base::formatSize(memory_max).c_str() : "any amount",
                textOf(worker, "descriptors").c_str(), textOf(worker, "descriptors_max").c_str(),
                sizeText(worker, "queue_bytes").c_str(), sizeText(worker, "queue_max_bytes").c_str(),
                textOf(worker, "is_detecting_on_main") == "true"
                    ? "; the sub stream fails: detecting on the main stream"
                    : "");
}

void printDetails(const JsonObject& camera) {
    const auto worker = camera->getObject("worker");
    std::printf("    since %s; source %s (%s %sx%s, %.1f fps)\n", textOf(camera, "state_since_at").c_str(),
                textOf(camera, "source").c_str(), textOf(camera, "codec").c_str(),
                textOf(camera, "width_px").c_str(), textOf(camera, "height_px").c_str(),
                camera->getValue<double>("rate_hz"));
    std::printf("    record %s%s, detection %s, event %s, viewers %s\n",
                textOf(camera, "record_mode").c_str(),
                textOf(camera, "is_recording") == "true" ? " (writing)" : "",
                textOf(camera, "is_detect_on") == "true" ? "on" : "off",
                textOf(camera, "active_event").empty() ? "none" : textOf(camera, "active_event").c_str(),
                textOf(camera, "viewers").c_str());
    const auto switches = camera->getArray("switches");
    for (std::size_t i = 0; !switches.isNull() && i < switches->size(); ++i) {
        const auto entry = switches->getObject(static_cast<unsigned>(i));
        std::printf("    %s switched to %s by %s at %s; the configuration says %s\n",
                    textOf(entry, "key").c_str(), textOf(entry, "value").c_str(), textOf(entry, "by").c_str(),
                    textOf(entry, "at").c_str(), textOf(entry, "configured").c_str());
    }
    if (!worker.isNull()) printWorker(worker);
    if (!textOf(camera, "action").empty()) std::printf("    doing: %s\n", textOf(camera, "action").c_str());
}

/// What the daemon still does after its start.
void printHousekeeping(DaemonClient& daemon) {
    const auto work = daemon.get("/system")->getObject("storage")->getObject("housekeeping");
    if (work.isNull()) return;
    std::printf("\nrecordings are compared with their rows (%s): %s of %s files, %s had no row\n",
                textOf(work, "step").c_str(), textOf(work, "files_done").c_str(),
                textOf(work, "files_total").c_str(), textOf(work, "adopted").c_str());
}

}  // namespace

int commandStatus(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--detailed", "--json"}, {});
    arguments.expectWords(0, 1, "");
    DaemonClient daemon(context);
    const auto answer = fetchCameras(daemon, arguments.words().empty() ? "" : arguments.words()[0]);
    const auto cameras = answer->getArray("cameras");
    bool are_all_well = true;
    if (!arguments.has("--json"))
        std::printf("%-18s %-9s %5s %5s  %-14s %-9s %-9s %-7s %s\n", "CAMERA", "STATE", "SCORE", "FAILS",
                    "RUNG", "PICTURE", "MEMORY", "CPU", "REASON");
    for (std::size_t i = 0; i < cameras->size(); ++i) {
        const auto camera = cameras->getObject(static_cast<unsigned>(i));
        are_all_well = are_all_well && isWell(camera);
        if (arguments.has("--json")) continue;
        printRow(camera);
        if (arguments.has("--detailed")) printDetails(camera);
    }
    if (arguments.has("--json"))
        printJson(answer);
    else
        printHousekeeping(daemon);
    return are_all_well ? 0 : 1;
}

int commandMonitor(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--duration", "--interval"});
    arguments.expectWords(0, 0, "");
    const auto span = [&](const char* option, microseconds otherwise) {
        return arguments.duration(option, otherwise, milliseconds(100), std::chrono::days(3650));
    };
    const auto interval = span("--interval", seconds(5));
    const auto ends_at = Monotonic::now() + span("--duration", std::chrono::hours(24 * 365));
    DaemonClient daemon(context);
    for (;;) {
        const auto cameras = daemon.get("/cameras")->getArray("cameras");
        const std::string now = base::formatTime(base::SystemClock().wallNow(), 0);
        for (std::size_t i = 0; i < cameras->size(); ++i) {
            JsonObject camera = cameras->getObject(static_cast<unsigned>(i));
            if (arguments.has("--json")) {
                camera->set("at", now);
                printJson(camera);
            } else {
                std::printf("%s  ", now.c_str());
                printRow(camera);
            }
        }
        std::fflush(stdout);
        if (Monotonic::now() + interval > ends_at) return 0;
        std::this_thread::sleep_for(interval);
    }
}

int commandRecover(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--rung"});
    arguments.expectWords(1, 1, "the camera's name");
    const int rung = arguments.number("--rung", 2, 1, camera::kRungs);
    const std::string name = arguments.words()[0];
    DaemonClient daemon(context, seconds(120));
    if (!arguments.has("--json")) {
        std::printf("%s: rung %d, %s\n", name.c_str(), rung, camera::nameOf(static_cast<camera::Rung>(rung)));
        std::fflush(stdout);
    }
    JsonWriter body;
    body.beginObject().field("rung", rung).endObject();
    const auto report = daemon.post("/cameras/" + encodeQuery(name) + "/recover", body.text());
    const auto outcome = textOf(report, "outcome");
    if (arguments.has("--json")) {
        printJson(report);
    } else {
        const auto steps = report->getArray("steps");
        for (std::size_t i = 0; i < steps->size(); ++i)
            std::printf("  %s\n",
                        base::printable(steps->getElement<std::string>(static_cast<unsigned>(i))).c_str());
        std::printf("%s: %s after %s\n", name.c_str(), outcome.c_str(), ageOf(report, "duration_us").c_str());
    }
    return outcome == "recovered" ? 0 : 1;
}

}  // namespace porchlight::app
