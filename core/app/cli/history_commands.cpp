// events, check: what was seen, and whether it is all there.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "app/cli/deep_check.h"
#include "app/paths.h"
#include "base/text.h"
#include "disk/recover/check.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

void printEvent(const Poco::JSON::Object::Ptr& event) {
    const auto length = event->get("duration_us");
    const std::string duration =
        length.isEmpty() ? "running" : base::formatDuration(microseconds(length.convert<std::int64_t>()));
    std::printf("%s  %-20s %-18s %-12s %-8s score %.2f%s%s%s\n", textOf(event, "id").c_str(),
                textOf(event, "started_at").substr(0, 19).c_str(), textOf(event, "camera").c_str(),
                duration.c_str(), textOf(event, "label").c_str(), event->getValue<double>("score"),
                textOf(event, "zone").empty() ? "" : (" zone " + textOf(event, "zone")).c_str(),
                textOf(event, "kept") == "true" ? " kept" : "",
                textOf(event, "footage_gone_reason").empty()
                    ? ""
                    : (" (footage gone: " + textOf(event, "footage_gone_reason") + ")").c_str());
}

std::atomic<bool> is_interrupted{false};

/// Ctrl-C ends the check where it is; what was repaired until then is whole.
void endOnInterrupt() {
    const auto onSignal = [](int) { is_interrupted = true; };
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, onSignal);
}

/// One line on the terminal that is written over; nothing where nobody looks.
class ProgressLine {
  public:
    ~ProgressLine() { wipe(); }
    void show(const std::string& step, std::uint64_t done, std::uint64_t total) {
        if (!is_terminal_ || (step == step_ && Monotonic::now() < next_at_)) return;
        step_ = step;
        next_at_ = Monotonic::now() + milliseconds(200);
        const std::string of = total > 0 ? " of " + std::to_string(total) : "";
        std::fprintf(stderr, "\r\033[Kchecking %s: %s%s", step.c_str(), std::to_string(done).c_str(),
                     of.c_str());
        std::fflush(stderr);
        is_shown_ = true;
    }
    void wipe() {
        if (is_shown_) std::fputs("\r\033[K", stderr);
        is_shown_ = false;
    }

  private:
    const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool is_shown_ = false;
    std::string step_;
    Monotonic::time_point next_at_{};
};

const char* verdictOf(const disk::Finding& finding) {
    return finding.is_note ? "note" : finding.is_repaired ? "repaired" : "WRONG";
}

void write(JsonWriter& json, const disk::Finding& finding) {
    json.beginObject().field("path", finding.path).field("problem", finding.problem);
    json.field("is_repaired", finding.is_repaired).field("is_note", finding.is_note).endObject();
}

/// What was found, and how much of it --repair would not change.
struct CheckResult {
    std::vector<disk::Finding> findings;
    std::size_t beyond_repair = 0;
};

CheckResult checkAll(const config::Config& config, const Arguments& arguments) {
    std::vector<std::string> cameras;
    for (const auto& camera : config.cameras) cameras.push_back(camera.name);
    std::error_code ignored;
    if (!std::filesystem::exists(config.databaseFile(), ignored))  // to make an empty one and call it clean
        throw Error(ErrorKind::Misconfigured, "there is no database " + config.databaseFile().string() +
                                                  ": porchlightd makes it at its first start");
    store::Store store(config.databaseFile());
    endOnInterrupt();
    ProgressLine line;
    disk::CheckControl control;
    control.cancel = base::Cancel(is_interrupted);
    control.accepts_loss = arguments.has("--accept-loss");
    control.on_progress = [&](const std::string& step, std::uint64_t done, std::uint64_t total) {
        line.show(step, done, total);
    };
    CheckResult out{disk::check(store, config.recordingsDir(), cameras, arguments.has("--repair"),
                                config.thumbnailsDir(), control),
                    0};
    if (arguments.has("--deep")) {
        auto unplayable = checkDeep(store, config.recordingsDir(), Paths::find().daemon, control);
        for (const auto& finding : unplayable) out.beyond_repair += finding.is_note ? 0 : 1;
        out.findings.insert(out.findings.end(), unplayable.begin(), unplayable.end());
    }
    return out;
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
        const auto page = daemon.get("/events?limit=" + std::to_string(std::min(left, 500)) + filter +
                                     (cursor.empty() ? "" : "&cursor=" + encodeQuery(cursor)));
        const auto events = page->getArray("events");
        for (std::size_t i = 0; i < events->size(); ++i, --left, ++shown) {
            const auto event = events->getObject(static_cast<unsigned>(i));
            if (arguments.has("--json"))
                printJson(event);
            else
                printEvent(event);
        }
        cursor = textOf(page, "next_cursor");
    } while (left > 0 && !cursor.empty());
    if (shown == 0 && !arguments.has("--json")) std::puts("no events");
    return 0;
}

int commandCheck(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--repair", "--accept-loss", "--deep", "--json"}, {});
    arguments.expectWords(0, 0, "");
    CheckResult result;
    try {
        result = checkAll(context.config(), arguments);
    } catch (const base::Cancelled&) {
        std::fputs("porchlight check: interrupted before all was looked at\n", stderr);
        return 130;
    }
    std::size_t left = 0;
    bool is_clean = true;
    JsonWriter json;
    json.beginObject().key("findings").beginArray();
    for (const auto& finding : result.findings) {
        left += finding.is_repaired || finding.is_note ? 0 : 1;
        is_clean = is_clean && finding.is_note;
        if (!arguments.has("--json"))
            std::printf("%-8s %s: %s\n", verdictOf(finding), base::printable(finding.path).c_str(),
                        base::printable(finding.problem).c_str());
        write(json, finding);
    }
    if (arguments.has("--json")) {
        std::puts(json.endArray().endObject().text().c_str());
    } else if (is_clean) {
        std::puts(arguments.has("--deep")
                      ? "clean: every row has its file, every file its row and plays, the database is sound"
                      : "clean: every row has its file, every file its row, the database is sound");
    } else if (left > result.beyond_repair && !arguments.has("--repair")) {
        std::puts("porchlight check --repair puts this right");
    }
    return left == 0 ? 0 : 1;
}

}  // namespace porchlight::app
