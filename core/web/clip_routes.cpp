/// Clips of events and exports of time ranges.
#include <algorithm>

#include "base/text.h"
#include "record/clip.h"
#include "web/event_query.h"
#include "web/http_error.h"
#include "web/range.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kPieceBytes = 128 * 1024;
// A paused player stops reading; it asks for the rest with Range when it goes on.
constexpr milliseconds kPieceBudget{30'000};
constexpr milliseconds kSlice{500};
constexpr auto kMaxExport = std::chrono::hours(6);

/// "porch-2026-11-21T02-03-04Z.mp4"
std::string fileName(const std::string& camera, WallTime at) {
    std::string name = camera + "-" + base::formatTime(at, 0) + ".mp4";
    std::replace(name.begin(), name.end(), ':', '-');
    return name;
}

void nameDownload(Exchange& exchange, const std::string& camera, WallTime at) {
    if (exchange.query("download").value_or("0") != "1") return;
    exchange.setHeader("Content-Disposition", "attachment; filename=\"" + fileName(camera, at) + "\"");
}

void sendBody(Exchange& exchange, Backend& backend, record::Clip& clip, std::uint64_t first, std::uint64_t count) {
    std::vector<std::uint8_t> piece(kPieceBytes);
    while (count > 0) {
        if (backend.connections.isStopping()) throw ClientGone("the server stops");
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece.size()));
        const std::size_t got = clip.read(first, {piece.data(), wanted});
        if (got == 0) throw Error(ErrorKind::Unavailable, "a clip became shorter than it said");
        exchange.sendPart({piece.data(), got}, kPieceBudget);
        first += got;
        count -= got;
    }
}

void sendClip(Exchange& exchange, Backend& backend, record::Clip& clip) {
    const std::uint64_t size = clip.sizeBytes();
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader("ETag", clip.etag());
    exchange.setHeader("Cache-Control", "private, no-cache");
    if (exchange.header("If-None-Match") == clip.etag()) return exchange.sendEmpty(304);
    const std::string condition = exchange.header("If-Range");
    const bool may_range = condition.empty() || condition == clip.etag();
    const ByteRange range = parseRange(may_range ? exchange.header("Range") : "", size);
    if (range.kind == RangeKind::Unsatisfiable) {
        exchange.setHeader("Content-Range", "bytes */" + std::to_string(size));
        throw HttpError(416, "bad_range", "the range begins behind the end");
    }
    const bool is_part = range.kind == RangeKind::Part;
    const std::uint64_t count = size == 0 ? 0 : range.last - range.first + 1;
    if (is_part)
        exchange.setHeader("Content-Range", "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) +
                                                "/" + std::to_string(size));
    exchange.beginFixed(is_part ? 206 : 200, "video/mp4", count);
    if (!exchange.isHead()) sendBody(exchange, backend, clip, range.first, count);
}

/// A running event: what there is, then what comes, until the clip is final.
void followClip(Exchange& exchange, Backend& backend, const store::EventRow& event) {
    const config::Config& config = backend.services.config;
    const auto follower = record::ClipFollower::open(config.databaseFile(), config.recordingsDir(), event.id);
    exchange.setHeader("Accept-Ranges", "none");
    exchange.beginOpenEnded("video/mp4");
    if (exchange.isHead()) return;
    while (!follower->isAtEnd()) {
        if (backend.connections.isStopping() || !backend.accounts.isAlive(*exchange.caller)) {
            exchange.closeAfterwards();
            throw ClientGone("the server or the session ends");
        }
        const auto bytes = follower->next(Deadline::in(kSlice));
        exchange.sendPart(bytes, kPieceBudget);
    }
    exchange.finishOpenEnded();
}

void eventClip(Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    if (!event.footage_gone_reason.empty())
        throw HttpError(410, "footage_gone", "the footage was deleted: " + event.footage_gone_reason);
    const StreamPlace place(backend.connections);
    if (!place) throw HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    nameDownload(exchange, event.camera, event.clip_started_at);
    if (!event.clip_ended_at) return followClip(exchange, backend, event);
    exchange.entry().mustMoveWithin(milliseconds{15'000});
    const auto clip = record::Clip::open(*backend.stores.lease(), backend.services.config.recordingsDir(),
                                         event.camera, event.clip_started_at, *event.clip_ended_at);
    sendClip(exchange, backend, *clip);
}

void exportRange(Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const std::string camera = exchange.query("camera").value_or("");
    const auto from = exchange.queryTime("from", now);
    const auto to = exchange.queryTime("to", now);
    if (camera.empty()) throw HttpError(400, "missing_field", "is missing", "camera");
    if (!from || !to) throw HttpError(400, "missing_field", "is missing", from ? "to" : "from");
    if (*to <= *from || *to - *from > kMaxExport) throw HttpError(400, "bad_time", "must be up to 6 h after from", "to");
    const StreamPlace place(backend.connections);
    if (!place) throw HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    exchange.entry().mustMoveWithin(milliseconds{30'000});
    // A connection of its own: hours of footage take seconds to read, and the pool's few are everybody's.
    store::Store store(backend.services.config.databaseFile());
    const auto clip = record::Clip::open(store, backend.services.config.recordingsDir(), camera, *from, *to);
    nameDownload(exchange, camera, clip->startedAt());
    sendClip(exchange, backend, *clip);
}

}  // namespace

void addClipRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/events/{id}/clip.mp4", Access::Viewer, eventClip});
    routes.push_back({"GET", "/api/v1/recordings/export.mp4", Access::Viewer, exportRange});
}

}  // namespace porchlight::web
