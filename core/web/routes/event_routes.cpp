/// The event history.
#include <map>

#include "http/http_error.h"
#include "http/json_body.h"
#include "http/static_files.h"
#include "web/answer_watch.h"
#include "web/event_query.h"
#include "web/router.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxThumbnailBytes = 2U << 20U;
constexpr std::int64_t kMaxBuckets = 1000;

store::EventPage pageOf(Backend& backend, const store::EventFilter& filter) {
    try {
        return backend.stores.lease()->event_pages.page(filter);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        throw http::HttpError(400, "bad_cursor", "is not one from an earlier page", "cursor");
    }
}

void listEvents(http::Exchange& exchange, Backend& backend) {
    store::EventFilter filter = readEventFilter(exchange, backend.services.clock.wallNow());
    filter.limit = static_cast<std::size_t>(readNumber(exchange, "limit", 50, 1, 500));
    filter.cursor = exchange.query("cursor").value_or("");
    const store::EventPage page = pageOf(backend, filter);
    JsonWriter json;
    json.beginObject().key("events").beginArray();
    for (const auto& event : page.events) writeEvent(json, event);
    json.endArray().key("next_cursor");
    if (page.next_cursor.empty())
        json.null();
    else
        json.value(page.next_cursor);
    exchange.sendJson(200, json.endObject().text());
}

/// The next event under the filter; a text search may need some pages, and gives up after a few.
std::optional<std::string> neighbourOf(store::Store& store, store::EventFilter filter,
                                       const store::EventRow& event) {
    filter.limit = 1;
    filter.cursor = store.event_pages.cursorOf(event);
    for (int pages = 0; pages < 3; ++pages) {
        const auto page = store.event_pages.page(filter);
        if (!page.events.empty()) return page.events.front().id;
        if (page.next_cursor.empty()) break;
        filter.cursor = page.next_cursor;
    }
    return std::nullopt;
}

void oneEvent(http::Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    store::EventFilter filter = readEventFilter(exchange, backend.services.clock.wallNow());
    JsonWriter json;
    json.beginObject();
    writeEventMembers(json, event);
    {
        auto store = backend.stores.lease();
        json.field("previous_id", neighbourOf(*store, filter, event));
        filter.is_oldest_first = true;
        json.field("next_id", neighbourOf(*store, filter, event));
    }
    exchange.sendJson(200, json.endObject().text());
}

void changeEvent(http::Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    const http::JsonBody body(exchange.body(), {"kept", "reviewed", "note"});
    const auto kept = body.optionalBoolean("kept");
    // Viewers may mark as seen; what is kept decides about the disk.
    if (kept && !exchange.caller->is_admin)
        throw http::HttpError(403, "admin_needed", "only an administrator may keep events", "kept");
    const auto note = body.optionalText("note", 2000);
    if (note && !exchange.caller->is_admin)
        throw http::HttpError(403, "admin_needed", "only an administrator may write notes", "note");
    backend.stores.lease()->events.setMarks(event.id, kept, body.optionalBoolean("reviewed"), note);
    if (note) backend.accounts.audit(exchange, "event_note", event.id);
    if (kept) backend.accounts.audit(exchange, *kept ? "event_keep" : "event_release", event.id);
    backend.services.changes.publish("event", event.camera, event.id, "updated");
    JsonWriter json;
    writeEvent(json, eventOr404(backend, event.id));
    exchange.sendJson(200, json.text());
}

void thumbnail(http::Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    const auto file = backend.services.config.thumbnailsDir() / event.camera / (event.id + ".jpg");
    std::error_code error;
    if (!event.has_thumbnail || !std::filesystem::is_regular_file(file, error))
        throw http::HttpError(404, "not_found", "this event has no thumbnail");
    const bool is_final = event.state == store::EventState::Closed;
    if (is_final) exchange.setHeader("Cache-Control", "private, max-age=31536000, immutable");
    exchange.sendBytes(200, "image/jpeg", http::bytesOf(http::readSmallFile(file, kMaxThumbnailBytes)));
}

struct Sum {
    std::int64_t count = 0;
    std::int64_t unreviewed = 0;
    std::int64_t kept = 0;
    void add(const store::EventCount& part) {
        count += part.count;
        if (!part.is_reviewed) unreviewed += part.count;
        if (part.is_kept) kept += part.count;
    }
    void write(JsonWriter& json) const {
        json.field("count", count).field("unreviewed", unreviewed).field("kept", kept);
    }
};

void writeSums(JsonWriter& json, const char* name, const std::map<std::string, Sum>& sums) {
    json.key(name).beginArray();
    for (const auto& [what, sum] : sums) {
        json.beginObject().field("name", what);
        sum.write(json);
        json.endObject();
    }
    json.endArray();
}

void summary(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const store::EventFilter filter = readEventFilter(exchange, now);
    const WallTime to = filter.to.value_or(now);
    const WallTime from = filter.from.value_or(to - std::chrono::hours(24));
    const microseconds bucket = seconds{readNumber(exchange, "bucket_s", 86400, 60, 366 * 86400)};
    if (to <= from) throw http::HttpError(400, "bad_time", "must be after from", "to");
    if ((to - from) / bucket >= kMaxBuckets)
        throw http::HttpError(400, "bad_bucket_s", "is too short for this range", "bucket_s");
    Sum all;
    std::map<std::string, Sum> by_camera;
    std::map<std::string, Sum> by_zone;
    std::map<std::string, Sum> by_label;
    std::map<std::int64_t, Sum> by_time;
    AnswerWatch watch(backend, exchange);
    for (const auto& part : backend.stores.lease()->event_pages.count(
             filter.cameras, from, to, bucket, watch.cancel(AnswerWatch::kReadBudget))) {
        all.add(part);
        by_camera[part.camera].add(part);
        if (!part.zone.empty()) by_zone[part.zone].add(part);
        by_label[part.label].add(part);
        by_time[part.bucket].add(part);
    }
    JsonWriter json;
    json.beginObject().field("from_at", from).field("to_at", to).field("bucket_us", bucket.count());
    all.write(json);
    writeSums(json, "by_camera", by_camera);
    writeSums(json, "by_zone", by_zone);
    writeSums(json, "by_label", by_label);
    json.key("by_time").beginArray();
    for (const auto& [number, sum] : by_time) {
        json.beginObject().field("started_at", from + number * bucket);
        sum.write(json);
        json.endObject();
    }
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void addEventRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/events", Access::Viewer, listEvents});
    routes.push_back({"GET", "/api/v1/events/summary", Access::Viewer, summary});
    routes.push_back({"GET", "/api/v1/events/{id}", Access::Viewer, oneEvent});
    routes.push_back({"PATCH", "/api/v1/events/{id}", Access::Viewer, changeEvent});
    routes.push_back({"GET", "/api/v1/events/{id}/thumbnail.jpg", Access::Viewer, thumbnail});
}

}  // namespace porchlight::web
