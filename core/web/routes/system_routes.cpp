/// The appliance itself: liveness, system, plugins, metrics.
#include <sys/statvfs.h>

#include <fstream>
#include <map>
#include <sstream>

#include "web/backend.h"
#include "web/router.h"
#include "web/routes/system_view.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

/// Values of a /proc file of "Key:  123 kB" lines, in bytes.
std::map<std::string, std::uint64_t> readKibibytes(const char* path) {
    std::map<std::string, std::uint64_t> out;
    std::ifstream in(path);
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream text(line);
        std::string key;
        std::uint64_t number = 0;
        if (text >> key >> number && key.size() > 1) out[key.substr(0, key.size() - 1)] = number * 1024;
    }
    return out;
}

void healthz(http::Exchange& exchange, Backend& backend) {
    const bool is_ok = backend.services.system().is_ok;
    exchange.sendJson(is_ok ? 200 : 503, is_ok ? R"({"status":"ok"})" : R"({"status":"unwell"})");
}

void writeMemory(JsonWriter& json) {
    auto machine = readKibibytes("/proc/meminfo");
    auto self = readKibibytes("/proc/self/status");
    json.beginObject()
        .field("total_bytes", machine["MemTotal"])
        .field("available_bytes", machine["MemAvailable"]);
    json.field("core_rss_bytes", self["VmRSS"]).field("core_peak_bytes", self["VmHWM"]).endObject();
}

/// Sentences for administrators name paths, hosts and strangers' addresses; others are told how many there
/// are.
void writeProblems(JsonWriter& json, const std::vector<std::string>& problems, bool has_details) {
    json.beginArray();
    if (has_details)
        for (const std::string& problem : problems) json.value(problem);
    else if (!problems.empty())
        json.value(problems.size() == 1
                       ? "a problem that an administrator can read here"
                       : std::to_string(problems.size()) + " problems that an administrator can read here");
    json.endArray();
}

void system(http::Exchange& exchange, Backend& backend) {
    const SystemInfo info = backend.services.system();
    const bool has_details = maySeeDetails(exchange);
    JsonWriter json;
    json.beginObject().field("version", backend.services.version).field("started_at", backend.started_at);
    json.field("now_at", backend.services.clock.wallNow()).field("is_ok", info.is_ok);
    json.key("storage");
    writeStorage(json, backend, has_details);
    json.key("memory");
    writeMemory(json);
    json.key("libraries").beginArray();
    for (const auto& [name, version] : info.libraries)
        json.beginObject().field("name", name).field("version", version).endObject();
    json.endArray().key("alerts").beginArray();
    for (const AlertStatus& alert : info.alerts) {
        json.beginObject().field("name", alert.name).field("is_connected", alert.is_connected);
        json.field("delivered", alert.delivered).field("dropped", alert.dropped);
        json.field("dropped_pictures", alert.dropped_pictures).field("superseded", alert.superseded);
        json.field("waiting", alert.waiting).field("waiting_bytes", alert.waiting_bytes);
        json.field("detail", has_details || alert.detail.empty()
                                 ? alert.detail
                                 : "an administrator can read here what is wrong")
            .endObject();
    }
    std::vector<std::string> problems = info.problems;
    for (std::string& problem : backend.problems()) problems.push_back(std::move(problem));
    json.endArray().key("problems");
    writeProblems(json, problems, has_details);
    json.key("web").beginObject().field("connections", backend.connections.size());
    json.field("streams", backend.connections.streams()).endObject();
    exchange.sendJson(200, json.endObject().text());
}

void plugins(http::Exchange& exchange, Backend& backend) {
    JsonWriter json;
    auto listings = backend.services.plugins();
    if (!maySeeDetails(exchange))
        for (plugin::Listing& listing : listings)
            if (!listing.refusal.empty()) listing.refusal = "refused";
    writePlugins(json, listings);
    exchange.sendJson(200, json.text());
}

/// One Prometheus family with a sample per camera.
template <class Value>
void family(std::ostream& out, const std::vector<camera::Status>& cameras, const char* name, const char* type,
            const char* help, Value value) {
    out << "# HELP porchlight_" << name << ' ' << help << "\n# TYPE porchlight_" << name << ' ' << type
        << '\n';
    for (const auto& camera : cameras)
        out << "porchlight_" << name << "{camera=\"" << camera.name << "\"} " << value(camera) << '\n';
}

/// Faults by kind: a sample for each kind that occurred.
void writeFaultMetrics(std::ostream& out, const std::vector<camera::Status>& all) {
    out << "# HELP porchlight_camera_faults_total Faults by kind.\n# TYPE porchlight_camera_faults_total "
           "counter\n";
    for (const auto& camera : all)
        for (const auto& [kind, count] : camera.faults)
            out << "porchlight_camera_faults_total{camera=\"" << camera.name << "\",kind=\"" << kind << "\"} "
                << count << '\n';
}

double secondsOf(microseconds age) {
    return age < microseconds{0} ? -1 : std::chrono::duration<double>(age).count();
}

void writeCameraMetrics(std::ostream& out, const std::vector<camera::Status>& all) {
    using S = camera::Status;
    family(out, all, "camera_up", "gauge", "1 while the camera runs.",
           [](const S& s) { return s.state == camera::State::Running ? 1 : 0; });
    family(out, all, "camera_score_percent", "gauge", "100 - 10 x consecutive failures.",
           [](const S& s) { return s.score; });
    family(out, all, "camera_packet_age_seconds", "gauge", "Age of the last packet, -1 never.",
           [](const S& s) { return secondsOf(s.packet_age); });
    family(out, all, "camera_distinct_age_seconds", "gauge", "Age of the last distinct picture, -1 never.",
           [](const S& s) { return secondsOf(s.distinct_age); });
    family(out, all, "camera_durable_age_seconds", "gauge", "Age of the last byte on disk, -1 never.",
           [](const S& s) { return secondsOf(s.durable_age); });
    family(out, all, "camera_black_age_seconds", "gauge", "How long every picture has been black, -1 not.",
           [](const S& s) { return secondsOf(s.black_age); });
    family(out, all, "camera_viewers", "gauge", "Live viewers.", [](const S& s) { return s.viewers; });
    family(out, all, "worker_rss_bytes", "gauge", "Resident memory of the worker.",
           [](const S& s) { return s.rss_bytes; });
    family(out, all, "worker_memory_max_bytes", "gauge", "Limit of the worker's private memory, 0 none.",
           [](const S& s) { return s.memory_max_bytes; });
    family(out, all, "worker_descriptors", "gauge", "Open descriptors of the worker.",
           [](const S& s) { return s.descriptors; });
    family(out, all, "worker_threads", "gauge", "Threads of the worker.",
           [](const S& s) { return s.threads; });
    family(out, all, "worker_queue_bytes", "gauge", "Bytes waiting in all queues of the worker.",
           [](const S& s) { return s.queue_bytes; });
    family(out, all, "worker_queue_max_bytes", "gauge", "Sum of the caps of the worker's queues.",
           [](const S& s) { return s.queue_max_bytes; });
    family(out, all, "worker_starts_total", "counter", "Starts of the worker.",
           [](const S& s) { return s.worker_starts; });
    family(out, all, "packets_total", "counter", "Packets received.", [](const S& s) { return s.packets; });
    family(out, all, "pictures_analysed_total", "counter", "Pictures given to the detector.",
           [](const S& s) { return s.pictures_analysed; });
    family(out, all, "dropped_fragments_total", "counter", "Fragments dropped.",
           [](const S& s) { return s.dropped_fragments; });
    family(out, all, "dropped_packets_total", "counter", "Packets dropped.",
           [](const S& s) { return s.dropped_packets; });
    family(out, all, "dropped_messages_total", "counter",
           "Log lines, detections, stills and live pictures the core was too slow for.",
           [](const S& s) { return s.dropped_messages; });
    family(out, all, "bad_packets_total", "counter", "Packets that did not parse.",
           [](const S& s) { return s.bad_packets; });
    family(out, all, "lost_frames_total", "counter", "Frames that the driver never delivered.",
           [](const S& s) { return s.lost_frames; });
}

/// What the core's own queues gave up.
void writeDropMetrics(std::ostream& out, const SystemInfo& info) {
    using A = AlertStatus;
    const auto sinks = [&](const char* name, const char* type, const char* help, std::uint64_t A::*member) {
        out << "# HELP porchlight_" << name << ' ' << help << "\n# TYPE porchlight_" << name << ' ' << type
            << '\n';
        for (const AlertStatus& alert : info.alerts)
            out << "porchlight_" << name << "{sink=\"" << alert.name << "\"} " << alert.*member << '\n';
    };
    sinks("alerts_dropped_total", "counter",
          "Alerts given up: the outbox was full, the sink refused or never ran.", &A::dropped);
    sinks("alerts_dropped_pictures_total", "counter", "Pictures of alerts given up: the outbox was full.",
          &A::dropped_pictures);
    sinks("alerts_superseded_total", "counter", "States that a newer one made untrue before they were told.",
          &A::superseded);
    sinks("alerts_waiting_bytes", "gauge", "Bytes in the outbox.", &A::waiting_bytes);
    out << "# HELP porchlight_recorder_dropped_fragments_total Fragments the recorder gave up: queue full, "
           "or after a hole.\n"
        << "# TYPE porchlight_recorder_dropped_fragments_total counter\n";
    for (const auto& [camera, dropped] : info.recorder_drops)
        out << "porchlight_recorder_dropped_fragments_total{camera=\"" << camera << "\"} " << dropped << '\n';
}

/// Of today (UTC): bytes and syncs by purpose.
void writeWrittenMetrics(std::ostream& out, const record::StorageStatus& storage, WallTime now) {
    const std::int64_t today = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
    out << "# HELP porchlight_written_today_bytes Written to disk since midnight UTC.\n# TYPE "
           "porchlight_written_today_bytes gauge\n";
    for (const auto& row : storage.written)
        if (row.day == today)
            out << "porchlight_written_today_bytes{purpose=\"" << row.purpose << "\"} " << row.bytes << '\n';
    out << "# HELP porchlight_syncs_today Syncs to disk since midnight UTC.\n# TYPE porchlight_syncs_today "
           "gauge\n";
    for (const auto& row : storage.written)
        if (row.day == today)
            out << "porchlight_syncs_today{purpose=\"" << row.purpose << "\"} " << row.syncs << '\n';
}

void metrics(http::Exchange& exchange, Backend& backend) {
    const record::StorageStatus storage = backend.services.system().storage;
    std::ostringstream out;
    writeCameraMetrics(out, backend.services.cameras.statuses());
    writeLedgerMetrics(out, backend);
    writeDropMetrics(out, backend.services.system());
    writeFaultMetrics(out, backend.services.cameras.statuses());
    out << "# HELP porchlight_recorded_bytes Bytes of all recordings.\n# TYPE porchlight_recorded_bytes "
           "gauge\n"
        << "porchlight_recorded_bytes " << backend.stores.lease()->recordings.bytes() << '\n'
        << "# HELP porchlight_storage_ok 1 while recordings go to their volume.\n# TYPE "
           "porchlight_storage_ok gauge\n"
        << "porchlight_storage_ok " << (storage.state == "ok" ? 1 : 0) << '\n'
        << "# HELP porchlight_spool_bytes Recordings that wait for their volume.\n# TYPE "
           "porchlight_spool_bytes gauge\n"
        << "porchlight_spool_bytes " << storage.spool_bytes << '\n'
        << "# HELP porchlight_held_bytes Footage in memory that waits for a disk.\n# TYPE "
           "porchlight_held_bytes gauge\n"
        << "porchlight_held_bytes " << storage.held_bytes << '\n'
        << "# HELP porchlight_clock_trusted 1 once the wall clock is believed.\n# TYPE "
           "porchlight_clock_trusted gauge\n"
        << "porchlight_clock_trusted " << (storage.is_clock_trusted ? 1 : 0) << '\n';
    writeWrittenMetrics(out, storage, backend.services.clock.wallNow());
    out << "# HELP porchlight_web_connections Open connections.\n# TYPE porchlight_web_connections gauge\n"
        << "porchlight_web_connections " << backend.connections.size() << '\n'
        << "# HELP porchlight_core_rss_bytes Resident memory of the core.\n# TYPE porchlight_core_rss_bytes "
           "gauge\n"
        << "porchlight_core_rss_bytes " << readKibibytes("/proc/self/status")["VmRSS"] << '\n';
    exchange.sendBytes(200, "text/plain; version=0.0.4; charset=utf-8", http::bytesOf(out.str()));
}

/// How far recordings are compared with their rows; absent when that is done.
void writeHousekeeping(JsonWriter& json, const std::optional<disk::ComparisonProgress>& work) {
    if (!work) return;
    json.key("housekeeping").beginObject().field("step", work->step);
    json.field("files_done", work->files_done)
        .field("files_total", work->files_total)
        .field("adopted", work->adopted)
        .endObject();
}

}  // namespace

void writeStorage(JsonWriter& json, Backend& backend, bool has_details) {
    const config::Config& config = backend.services.config;
    struct statvfs disk {};
    const bool is_known = ::statvfs(config.data_dir.c_str(), &disk) == 0;
    const auto bytes = [&](auto blocks) { return static_cast<std::uint64_t>(blocks) * disk.f_frsize; };
    json.beginObject()
        .key("total_bytes")
        .value(is_known ? std::optional(bytes(disk.f_blocks)) : std::nullopt);
    json.key("free_bytes").value(is_known ? std::optional(bytes(disk.f_bavail)) : std::nullopt);
    json.field("recorded_bytes", backend.stores.lease()->recordings.bytes());
    json.field("max_bytes", config.storage.max_bytes).field("min_free_bytes", config.storage.min_free_bytes);
    const record::StorageStatus status = backend.services.system().storage;
    json.field("state", status.state)
        .field("detail", has_details ? status.detail : "")
        .field("since_at", status.since);
    json.field("volume_total_bytes", status.total_bytes).field("volume_free_bytes", status.free_bytes);
    json.field("spool_bytes", status.spool_bytes).field("spool_files", status.spool_files);
    json.field("spool_dropped_files", status.spool_dropped_files).field("held_bytes", status.held_bytes);
    json.field("late_rows", status.late_rows)
        .field("retention_problem", has_details || status.retention_problem.empty()
                                        ? status.retention_problem
                                        : "not all that is due can be deleted");
    json.field("is_clock_trusted", status.is_clock_trusted);
    json.key("problems");
    writeProblems(json, status.problems, has_details);
    writeHousekeeping(json, status.housekeeping);
    json.key("flash_life_years").value(status.flash_life_years);
    json.key("written").beginArray();
    for (const store::WrittenRow& row : status.written) {
        json.beginObject().field("day", row.day).field("purpose", row.purpose);
        json.field("bytes", row.bytes).field("syncs", row.syncs).endObject();
    }
    json.endArray().endObject();
}

void addSystemRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/healthz", Access::Open, healthz});
    routes.push_back({"GET", "/api/v1/healthz", Access::Open, healthz});
    routes.push_back({"GET", "/api/v1/system", Access::Viewer, system});
    routes.push_back({"GET", "/api/v1/plugins", Access::Viewer, plugins});
    routes.push_back({"GET", "/api/v1/metrics", Access::Viewer, metrics});
}

}  // namespace porchlight::web
