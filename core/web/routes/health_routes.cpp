/// What is remembered of cameras: health history, the coverage ledger, the log; and capture tests.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/cancel.h"
#include "base/log/log_file.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "ledger/gap_cause.h"
#include "web/answer_watch.h"
#include "web/router.h"
#include "web/routes/system_view.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxEntries = 2000;
constexpr std::size_t kMaxIntervals = 5000;
constexpr seconds kSumsBudget{10};

camera::Status statusOr404(Backend& backend, const std::string& name) {
    auto status = backend.services.cameras.status(name);
    if (!status) throw http::HttpError(404, "not_found", "no such camera");
    return *status;
}

/// The last 24 h unless the query says otherwise.
http::TimeRange rangeOf(const http::Exchange& exchange, WallTime now) {
    const WallTime to = exchange.queryTime("to", now).value_or(now);
    const WallTime from = exchange.queryTime("from", now).value_or(to - std::chrono::hours(24));
    if (from > to) throw http::HttpError(400, "bad_time", "must not be later than to", "from");
    return {from, to};
}

void writeSeconds(JsonWriter& json, std::string_view name, microseconds span) {
    json.field(name, static_cast<double>(span.count()) / 1e6);
}

void health(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    statusOr404(backend, name);
    const http::TimeRange range = rangeOf(exchange, backend.services.clock.wallNow());
    std::vector<store::HealthRow> samples;
    std::vector<store::IncidentRow> incidents;
    std::vector<store::RecoveryRow> recoveries;
    {
        auto store = backend.stores.lease();
        samples = store->health.between(name, range.from, range.to, kMaxEntries);
        incidents = store->incidents.between(name, range.from, range.to, kMaxEntries);
        recoveries = store->health.recoveries(name, range.from, range.to, kMaxEntries);
    }
    JsonWriter json;
    json.beginObject().field("camera", name).key("samples").beginArray();
    for (const auto& row : samples) writeHealth(json, shownTo(exchange, row));
    json.endArray().key("incidents").beginArray();
    for (const auto& row : incidents) writeIncident(json, shownTo(exchange, row));
    json.endArray().key("recoveries").beginArray();
    for (const auto& row : recoveries) writeRecovery(json, shownTo(exchange, row));
    exchange.sendJson(200, json.endArray().endObject().text());
}

/// A ledger of years is added up while somebody waits.
base::Cancel sumsBudget(Backend& backend) {
    return base::Cancel([&backend] { return backend.connections.isStopping(); }, Deadline::in(kSumsBudget));
}

/// What was asked for, cut to where the ledger begins and to what is settled.
http::TimeRange settledRange(store::Store& store, const camera::Status& status, http::TimeRange range,
                             WallTime now) {
    const auto start = store.coverage.start(status.name);
    if (!start) return {range.to, range.to};
    WallTime settled = now;
    if (const auto running = store.coverage.running(status.name)) {
        // Footage is recorded when it is durable.
        if (running->is_recorded && status.durable_age >= microseconds{0})
            settled = std::max(running->started_at, now - status.durable_age);
        else if (running->is_recorded)
            settled = running->started_at;
    }
    http::TimeRange out{std::max(range.from, *start), std::min(range.to, settled)};
    out.from = std::min(out.from, out.to);
    return out;
}

void writeSums(JsonWriter& json, const std::map<std::string, microseconds>& sums) {
    microseconds wall{0};
    microseconds gap{0};
    microseconds fault{0};
    for (const auto& [cause, span] : sums) {
        wall += span;
        if (cause.empty()) continue;
        gap += span;
        const auto known = ledger::gapCauseOf(cause);
        if (!known || ledger::isFault(*known)) fault += span;
    }
    writeSeconds(json, "wall_s", wall);
    writeSeconds(json, "recorded_s", wall - gap);
    writeSeconds(json, "gap_s", gap);
    writeSeconds(json, "fault_s", fault);
    json.key("gap_by_cause_s").beginObject();
    for (const auto& [cause, span] : sums)
        if (!cause.empty()) writeSeconds(json, cause, span);
    json.endObject();
}

void coverage(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const camera::Status status = statusOr404(backend, name);
    const WallTime now = backend.services.clock.wallNow();
    http::TimeRange range = rangeOf(exchange, now);
    std::map<std::string, microseconds> sums;
    std::vector<store::CoverageRow> rows;
    {
        auto store = backend.stores.lease();
        range = settledRange(*store, status, range, now);
        if (range.from < range.to) {
            sums = store->coverage.sums(name, range.from, range.to, sumsBudget(backend));
            rows = store->coverage.between(name, range.from, range.to, kMaxIntervals);
        }
    }
    JsonWriter json;
    json.beginObject().field("camera", name).field("from_at", range.from).field("to_at", range.to);
    writeSums(json, sums);
    json.key("intervals").beginArray();
    for (const auto& row : rows) writeCoverage(json, shownTo(exchange, row));
    exchange.sendJson(200, json.endArray().endObject().text());
}

std::size_t readLimit(const http::Exchange& exchange, std::size_t otherwise, std::size_t most) {
    const std::string text = exchange.query("limit").value_or(std::to_string(otherwise));
    const bool is_number =
        !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t limit = is_number ? std::stoul(text) : 0;
    if (limit < 1 || limit > most)
        throw http::HttpError(400, "bad_limit", "must be 1 to " + std::to_string(most), "limit");
    return limit;
}

void logs(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    base::LogQuery query;
    query.since = exchange.queryTime("since", now).value_or(now - std::chrono::hours(24));
    query.camera = exchange.query("camera").value_or("");
    query.has_only_errors = exchange.queryBoolean("errors").value_or(false);
    query.limit = readLimit(exchange, 500, 5000);
    JsonWriter json;
    json.beginObject().key("lines").beginArray();
    for (const std::string& line : base::readLog(backend.services.config.data_dir / "log", query))
        json.raw(line);
    exchange.sendJson(200, json.endArray().endObject().text());
}

/// How tests of one camera went.
struct TestTally {
    std::vector<std::int64_t> latencies_us;
    std::map<std::string, std::pair<int, std::string>> faults;  ///< kind -> count, detail of the last
};

std::string faultKindOf(const std::string& error, const camera::Status& status) {
    if (error.find("within the deadline") != std::string::npos) return "timeout";
    return status.worker_pid == 0 || error.find("worker ended") != std::string::npos ? "no_worker"
                                                                                     : "capture_failure";
}

TestTally runTests(Backend& backend, AnswerWatch& watch, const std::string& name, int count,
                   milliseconds timeout) {
    TestTally tally;
    for (int i = 0; i < count && !watch.isOver(); ++i) {
        const auto began_at = Monotonic::now();
        const auto stills = backend.services.cameras.stills({name}, Deadline::in(timeout));
        const auto took = std::chrono::duration_cast<microseconds>(Monotonic::now() - began_at);
        const std::string error = stills.empty() ? "no such camera" : stills.front().error;
        if (error.empty()) {
            tally.latencies_us.push_back(took.count());
            continue;
        }
        auto& [number, detail] = tally.faults[faultKindOf(error, statusOr404(backend, name))];
        ++number;
        detail = error;
    }
    std::sort(tally.latencies_us.begin(), tally.latencies_us.end());
    return tally;
}

void test(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    statusOr404(backend, name);
    const http::JsonBody body(exchange.body(), {"n", "timeout_s"});
    const double wanted = body.optionalNumber("n", 1, 100).value_or(5);
    if (wanted != std::floor(wanted)) throw http::HttpError(400, "bad_field", "must be a whole number", "n");
    const milliseconds timeout(
        static_cast<int>(1000 * body.optionalNumber("timeout_s", 0.1, 30).value_or(5)));
    const int count = static_cast<int>(wanted);
    exchange.entry().mustMoveWithin(timeout * count + milliseconds{15'000});
    AnswerWatch watch(backend, exchange);
    const TestTally tally = runTests(backend, watch, name, count, timeout);
    const auto& latencies = tally.latencies_us;
    int failures = 0;
    for (const auto& [kind, fault] : tally.faults) failures += fault.first;
    JsonWriter json;
    json.beginObject()
        .field("camera", name)
        .field("n", static_cast<int>(latencies.size()) + failures)
        .field("successes", latencies.size());
    const auto latency = [&](std::string_view key, std::size_t at) {
        json.key(key).value(latencies.empty() ? std::nullopt
                                              : std::optional(latencies[std::min(at, latencies.size() - 1)]));
    };
    latency("latency_min_us", 0);
    latency("latency_median_us", latencies.size() / 2);
    latency("latency_max_us", latencies.size());
    json.key("faults").beginArray();
    for (const auto& [kind, fault] : tally.faults)
        json.beginObject()
            .field("kind", kind)
            .field("count", fault.first)
            .field("detail", fault.second)
            .endObject();
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void writeLedgerMetrics(std::ostream& out, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    auto store = backend.stores.lease();
    const auto cameras = backend.services.cameras.statuses();
    out << "# HELP porchlight_coverage_seconds Wall time since the core started by what the ledger says of "
           "it: recorded or the cause of"
           " the gap.\n# TYPE porchlight_coverage_seconds gauge\n";
    const base::Cancel cancel = sumsBudget(backend);
    for (const auto& camera : cameras)
        for (const auto& [cause, span] : store->coverage.sums(camera.name, backend.started_at, now, cancel))
            out << "porchlight_coverage_seconds{camera=\"" << camera.name << "\",cause=\""
                << (cause.empty() ? "recorded" : cause) << "\"} " << static_cast<double>(span.count()) / 1e6
                << '\n';
    out << "# HELP porchlight_incidents_total Incidents that began since the core started.\n# TYPE "
           "porchlight_incidents_total counter\n";
    for (const auto& camera : cameras)
        out << "porchlight_incidents_total{camera=\"" << camera.name << "\"} "
            << store->incidents.count(camera.name, backend.started_at) << '\n';
}

void addHealthRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/cameras/{name}/health", Access::Viewer, health});
    routes.push_back({"GET", "/api/v1/cameras/{name}/coverage", Access::Viewer, coverage});
    routes.push_back({"POST", "/api/v1/cameras/{name}/test", Access::Admin, test});
    routes.push_back({"GET", "/api/v1/logs", Access::Admin, logs});
}

}  // namespace porchlight::web
