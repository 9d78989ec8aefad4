/// A time range as one MP4, and the evidence pack.
#include <algorithm>

#include "base/budgets.h"
#include "base/secret/sha256.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/export_place.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "http/static_files.h"
#include "porchlight/json.h"
#include "web/event_query.h"
#include "web/router.h"
#include "web/routes/clip_sender.h"

namespace porchlight::web {
namespace {

constexpr auto kMaxExport = std::chrono::hours(25);  // a day, also when the clock goes back
constexpr seconds kNotYetOnDisk{5};  // footage younger than this may still be on its way to the disk
constexpr std::chrono::minutes kShort{
    5};  // no more than an event's clip: played from the timeline, not exported
constexpr milliseconds kPlanEnd =
    budget::kExportBoxes + seconds{10};  // leaves time to say that it took too long
constexpr std::size_t kMaxPageBytes = 1U << 20U;

constexpr const char* kNoPlace = "another export of yours or of somebody else is running";

bool isAdmin(const http::Exchange& exchange) {
    return exchange.caller->is_admin;
}

http::TimeRange checkRange(std::optional<WallTime> from, std::optional<WallTime> to) {
    if (!from || !to) throw http::HttpError(400, "missing_field", "is missing", from ? "to" : "from");
    if (*to <= *from || *to - *from > kMaxExport)
        throw http::HttpError(400, "bad_time", "must be up to 25 h after from", "to");
    return {*from, *to};
}

/// "porch: nothing was recorded; unplugged 12 min 3 s".
std::string whyNothing(store::Store& store, const std::string& camera, const http::TimeRange& range) {
    std::map<std::string, microseconds> sums;
    store.coverage.visit(
        camera, range.from, range.to, [&](WallTime from, std::optional<WallTime> to, std::string_view cause) {
            const auto span = std::min(to.value_or(range.to), range.to) - std::max(from, range.from);
            if (!cause.empty()) sums[std::string(cause)] += span;
        });
    std::string text = camera + ": nothing was recorded in this range";
    for (const auto& [cause, sum] : sums) text += "; " + cause + " " + base::formatDuration(sum);
    return text;
}

void sendParts(http::Exchange& exchange, const std::vector<clip::ClipPart>& parts) {
    JsonWriter json;
    json.beginObject().key("error").beginObject().field("code", "range_splits");
    json.field("message",
               "the range needs " + std::to_string(parts.size()) + " files: ask for each of the parts")
        .field("field", "");
    json.endObject().key("parts").beginArray();
    for (const clip::ClipPart& part : parts) {
        const bool is_first = part.begun_by == clip::ClipStop::End;
        json.beginObject().field("from_at", part.from).field("to_at", part.to);
        json.field("reason", is_first ? "first" : nameOf(part.begun_by)).endObject();
    }
    exchange.sendJson(409, json.endArray().endObject().text());
}

void exportRange(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const std::string camera = exchange.query("camera").value_or("");
    if (camera.empty()) throw http::HttpError(400, "missing_field", "is missing", "camera");
    const http::TimeRange range = checkRange(exchange.queryTime("from", now), exchange.queryTime("to", now));
    AnswerWatch watch(backend, exchange);
    const http::StreamPlace place(backend.connections);
    std::optional<evidence::ExportPlace> turn;
    const bool is_short = range.to - range.from <= kShort;
    if (!is_short) turn.emplace(backend.exports, exchange.caller->name, isAdmin(exchange), watch.cancel());
    if (!place || !(is_short || *turn)) throw http::HttpError(503, "too_many_streams", kNoPlace, "", 5);
    exchange.entry().mustMoveWithin(kPlanEnd);
    const base::Cancel cancel = watch.cancel(budget::kExportBoxes);
    // A connection of its own: hours of footage take seconds to read, and the pool's few are everybody's.
    store::Store store(backend.services.config.databaseFile());
    const auto& folder = backend.services.config.recordingsDir();
    std::unique_ptr<clip::Clip> clip;
    try {
        clip = clip::Clip::open(store, folder, camera, range.from, range.to, cancel);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Unavailable) throw;
        throw http::HttpError(404, "no_footage", whyNothing(store, camera, range));
    }
    if (clip->stop() != clip::ClipStop::End) {
        const auto parts = clip::planClipParts(store, folder, camera, range.from, range.to, cancel);
        if (parts.size() > 1) return sendParts(exchange, parts);
    }
    if (exchange.query("download").value_or("1") != "0")
        exchange.setHeader("Content-Disposition",
                           "attachment; filename=\"" + clipFileName(camera, clip->startedAt()) + "\"");
    const std::string asked = exchange.header("Range");
    const bool is_continued = !asked.empty() && !asked.starts_with("bytes=0-");  // a player that seeks
    if (!exchange.isHead() && !is_continued)
        backend.accounts.audit(exchange, "recording_export",
                               camera + " " + base::formatTime(range.from, 0) + " to " +
                                   base::formatTime(range.to, 0) + ", " +
                                   base::formatSize(clip->sizeBytes()));
    Pace pace(backend.exports);
    sendClip(exchange, watch, *clip, is_short ? nullptr : &pace);
}

void sendEntry(http::Exchange& exchange, AnswerWatch& watch, evidence::ZipWriter& zip, clip::Clip& clip,
               evidence::EvidenceClip& entry) {
    const base::Cancel cancel = watch.cancel();
    std::vector<std::uint8_t> piece(kPieceBytes);
    base::Sha256 hash;
    zip.begin(entry.file, entry.part.size_bytes);
    for (std::uint64_t at = 0; at < entry.part.size_bytes;) {
        cancel.check();
        const std::size_t got = clip.read(at, piece);
        if (got == 0)
            throw Error(ErrorKind::Unavailable, entry.file + " became shorter while it was exported");
        hash.add(std::span(piece).first(got));
        zip.write(std::span(piece).first(got));
        at += got;
    }
    zip.end();
    entry.sha256 = hash.finish();
    exchange.entry().mustMoveWithin(kPlanEnd);
}

std::uint64_t sizeOf(const evidence::Evidence& evidence, const std::vector<evidence::EvidenceFile>& files) {
    std::vector<evidence::ZipWriter::Item> items;
    for (const evidence::EvidenceClip& clip : evidence.clips)
        items.push_back({clip.file, clip.part.size_bytes});
    for (const evidence::EvidenceFile& file : files) items.push_back({file.name, file.content.size()});
    return evidence::ZipWriter::sizeOf(items);
}

void sendEvidence(http::Exchange& exchange, Backend& backend, const evidence::EvidenceRequest& request) {
    AnswerWatch watch(backend, exchange);
    const http::StreamPlace place(backend.connections);
    const evidence::ExportPlace turn(backend.exports, exchange.caller->name, isAdmin(exchange),
                                     watch.cancel());
    if (!place || !turn) throw http::HttpError(503, "too_many_streams", kNoPlace, "", 5);
    exchange.entry().mustMoveWithin(kPlanEnd);
    store::Store store(backend.services.config.databaseFile());
    const std::string page =
        http::readSmallFile(backend.services.webroot / "evidence" / "offline.html", kMaxPageBytes);
    evidence::Evidence evidence = evidence::planEvidence(store, backend.services.config.recordingsDir(),
                                                         request, watch.cancel(budget::kExportBoxes));
    if (evidence.clips.empty()) {
        const std::string who = request.cameras.empty() ? "no camera" : request.cameras.front();
        throw http::HttpError(404, "no_footage",
                              request.cameras.size() == 1
                                  ? whyNothing(store, who, {request.from, request.to})
                                  : "nothing was recorded by any of these cameras in this range");
    }
    std::string name = "evidence-" + base::formatTime(request.from, 0) + ".zip";
    std::replace(name.begin(), name.end(), ':', '-');
    exchange.setHeader("Content-Disposition", "attachment; filename=\"" + name + "\"");
    exchange.setHeader("Accept-Ranges", "none");
    const std::uint64_t size = sizeOf(evidence, evidence::evidenceFiles(evidence, page));
    if (!exchange.isHead())
        backend.accounts.audit(
            exchange, "evidence_export",
            std::to_string(evidence.clips.size()) + " clips of " + std::to_string(request.cameras.size()) +
                " cameras, " + base::formatTime(request.from, 0) + " to " + base::formatTime(request.to, 0) +
                ", " + base::formatSize(size) + (request.note.empty() ? "" : ": " + request.note));
    exchange.beginFixed(200, "application/zip", size);
    if (exchange.isHead()) return;
    exchange.entry().mustMoveWithin(kPlanEnd);  // the first clip is planned, too
    Pace pace(backend.exports);
    const auto send = [&](std::span<const std::uint8_t> bytes) {
        exchange.sendPart(bytes, kPieceBudget);
        pace.took(bytes.size());
    };
    evidence::ZipWriter zip(send, request.exported_at);
    for (evidence::EvidenceClip& entry : evidence.clips) {
        const auto clip =
            clip::Clip::open(store, backend.services.config.recordingsDir(), entry.camera, entry.part.from,
                             entry.part.to, watch.cancel(budget::kExportBoxes));
        if (clip->sizeBytes() != entry.part.size_bytes)
            throw Error(ErrorKind::Unavailable, entry.file + " changed while it was exported; ask again");
        sendEntry(exchange, watch, zip, *clip, entry);
    }
    for (const evidence::EvidenceFile& file : evidence::evidenceFiles(evidence, page)) {
        zip.begin(file.name, file.content.size());
        zip.write(http::bytesOf(file.content));
        zip.end();
    }
    zip.finish();
}

evidence::EvidenceRequest makeRequest(http::Exchange& exchange, Backend& backend,
                                      const http::TimeRange& range, std::vector<std::string> cameras,
                                      std::string note) {
    const WallTime now = backend.services.clock.wallNow();
    evidence::EvidenceRequest request{std::move(cameras),
                                      range.from,
                                      std::min(range.to, now - kNotYetOnDisk),
                                      std::move(note),
                                      exchange.caller->name,
                                      exchange.peer().address,
                                      now,
                                      backend.services.version};
    if (request.to <= request.from) throw http::HttpError(400, "bad_time", "must lie in the past", "from");
    return request;
}

void evidenceByQuery(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const http::TimeRange range = checkRange(exchange.queryTime("from", now), exchange.queryTime("to", now));
    const std::string note = exchange.query("note").value_or("");
    if (note.size() > 2000) throw http::HttpError(400, "bad_field", "is too long", "note");
    sendEvidence(exchange, backend,
                 makeRequest(exchange, backend, range,
                             readCameras(exchange.query("cameras").value_or(""), backend), note));
}

void evidenceByBody(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const http::JsonBody body(exchange.body(), {"cameras", "from", "to", "note"});
    const auto timeOf = [&](const char* field) {
        const auto time = base::parseTime(body.text(field, 40), now);
        if (!time) throw http::HttpError(400, "bad_time", "must be ISO 8601 UTC or relative like -2h", field);
        return time;
    };
    const http::TimeRange range = checkRange(timeOf("from"), timeOf("to"));
    std::string cameras;
    for (const std::string& camera : body.texts("cameras", 32)) cameras += camera + ",";
    sendEvidence(exchange, backend,
                 makeRequest(exchange, backend, range, readCameras(cameras, backend),
                             body.optionalText("note", 2000).value_or("")));
}

}  // namespace

void addExportRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/recordings/export.mp4", Access::Viewer, exportRange});
    routes.push_back({"GET", "/api/v1/recordings/evidence.zip", Access::Viewer, evidenceByQuery});
    routes.push_back({"POST", "/api/v1/evidence", Access::Viewer, evidenceByBody});
}

}  // namespace porchlight::web
