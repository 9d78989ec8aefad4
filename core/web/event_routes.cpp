/// The event history and the recordings' timeline.
#include "base/text.h"
#include "web/backend.h"
#include "web/http_error.h"
#include "web/router.h"
#include "web/static_files.h"
#include "web/views.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxThumbnailBytes = 2U << 20U;

store::EventRow eventOr404(Backend& backend, const std::string& id) {
    const bool is_id = id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    auto event = is_id ? backend.stores.lease()->event(id) : std::nullopt;
    if (!event) throw HttpError(404, "not_found", "no such event");
    return *event;
}

std::size_t readLimit(const Exchange& exchange) {
    const std::string text = exchange.query("limit").value_or("50");
    const bool is_number = text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t limit = is_number ? std::stoul(text) : 0;
    if (limit < 1 || limit > 500) throw HttpError(400, "bad_limit", "must be 1 to 500", "limit");
    return limit;
}

store::EventPage pageOf(Backend& backend, const store::EventFilter& filter) {
    try {
        return backend.stores.lease()->events(filter);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        throw HttpError(400, "bad_cursor", "is not one from an earlier page", "cursor");
    }
}

void listEvents(Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    store::EventFilter filter;
    if (const auto camera = exchange.query("camera")) filter.cameras = base::split(*camera, ',');
    filter.zone = exchange.query("zone").value_or("");
    filter.from = exchange.queryTime("from", now);
    filter.to = exchange.queryTime("to", now);
    filter.is_kept = exchange.queryBoolean("kept");
    filter.is_reviewed = exchange.queryBoolean("reviewed");
    filter.limit = readLimit(exchange);
    filter.cursor = exchange.query("cursor").value_or("");
    const store::EventPage page = pageOf(backend, filter);
    JsonWriter json;
    json.beginObject().key("events").beginArray();
    for (const auto& event : page.events) writeEvent(json, event);
    json.endArray().key("next_cursor");
    if (page.next_cursor.empty()) json.null();
    else json.value(page.next_cursor);
    exchange.sendJson(200, json.endObject().text());
}

void sendEvent(Exchange& exchange, const store::EventRow& event) {
    JsonWriter json;
    writeEvent(json, event);
    exchange.sendJson(200, json.text());
}

void oneEvent(Exchange& exchange, Backend& backend) { sendEvent(exchange, eventOr404(backend, exchange.path_values.at(0))); }

void changeEvent(Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    const JsonBody body(exchange.body(), {"kept", "reviewed", "note"});
    const auto kept = body.optionalBoolean("kept");
    // Viewers may mark as seen; what is kept decides about the disk.
    if (kept && exchange.caller->role != store::Role::Admin)
        throw HttpError(403, "admin_needed", "only an administrator may keep events", "kept");
    backend.stores.lease()->setEventMarks(event.id, kept, body.optionalBoolean("reviewed"),
                                          body.optionalText("note", 2000));
    if (kept) backend.accounts.audit(exchange, *kept ? "event_keep" : "event_release", event.id);
    backend.services.changes.publish("event", event.camera, event.id, "updated");
    sendEvent(exchange, eventOr404(backend, event.id));
}

void deleteEvent(Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    if (event.state != store::EventState::Closed)
        throw HttpError(409, "event_running", "the event is still running");
    backend.stores.lease()->deleteEvent(event.id);
    std::error_code ignored;  // a thumbnail that stays behind is found by `porchlight check`
    std::filesystem::remove(backend.services.config.thumbnailsDir() / event.camera / (event.id + ".jpg"), ignored);
    backend.accounts.audit(exchange, "event_delete", event.id + " of " + event.camera);
    backend.services.changes.publish("event", event.camera, event.id, "deleted");
    exchange.sendEmpty(204);
}

void thumbnail(Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    const auto file = backend.services.config.thumbnailsDir() / event.camera / (event.id + ".jpg");
    std::error_code error;
    if (!event.has_thumbnail || !std::filesystem::is_regular_file(file, error))
        throw HttpError(404, "not_found", "this event has no thumbnail");
    const bool is_final = event.state == store::EventState::Closed;
    if (is_final) exchange.setHeader("Cache-Control", "private, max-age=31536000, immutable");
    exchange.sendBytes(200, "image/jpeg", bytesOf(readSmallFile(file, kMaxThumbnailBytes)));
}

void recordings(Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const WallTime from = exchange.queryTime("from", now).value_or(now - std::chrono::hours(24));
    const WallTime to = exchange.queryTime("to", now).value_or(now);
    std::vector<std::string> cameras;
    if (const auto camera = exchange.query("camera")) cameras.push_back(*camera);
    else
        for (const auto& status : backend.services.cameras.statuses()) cameras.push_back(status.name);
    JsonWriter json;
    json.beginObject().key("recordings").beginArray();
    for (const std::string& camera : cameras)
        for (const auto& row : backend.stores.lease()->recordings(camera, from, to)) writeRecording(json, row);
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void addEventRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/events", Access::Viewer, listEvents});
    routes.push_back({"GET", "/api/v1/events/{id}", Access::Viewer, oneEvent});
    routes.push_back({"PATCH", "/api/v1/events/{id}", Access::Viewer, changeEvent});
    routes.push_back({"DELETE", "/api/v1/events/{id}", Access::Admin, deleteEvent});
    routes.push_back({"GET", "/api/v1/events/{id}/thumbnail.jpg", Access::Viewer, thumbnail});
    routes.push_back({"GET", "/api/v1/recordings", Access::Viewer, recordings});
}

}  // namespace porchlight::web
