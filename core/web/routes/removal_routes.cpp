/// Deleting events with time to think again, and changing many events at once.
#include "http/http_error.h"
#include "http/json_body.h"
#include "web/event_query.h"
#include "web/router.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxBulk = 500;
constexpr std::size_t kAuditedIds = 20;

void publishAll(Backend& backend, const std::vector<std::string>& ids, const char* what) {
    auto store = backend.stores.lease();
    for (const std::string& id : ids)
        if (const auto event = store->events.byId(id))
            backend.services.changes.publish("event", event->camera, id, what);
}

/// "3 events: a b c"; the first ones by name.
std::string describe(const std::vector<std::string>& ids) {
    std::string text = std::to_string(ids.size()) + (ids.size() == 1 ? " event:" : " events:");
    for (std::size_t i = 0; i < ids.size() && i < kAuditedIds; ++i) text += " " + ids[i];
    return text + (ids.size() > kAuditedIds ? " ..." : "");
}

void deleteEvent(http::Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    store::EventChange change;
    change.remove_at = backend.services.clock.wallNow();
    const auto done = backend.stores.lease()->events.change({event.id}, change);
    if (!done.running.empty()) throw http::HttpError(409, "event_running", "the event is still running");
    if (done.changed.empty()) throw http::HttpError(404, "not_found", "no such event");
    backend.accounts.audit(exchange, "event_delete", event.id + " of " + event.camera);
    backend.services.changes.publish("event", event.camera, event.id, "deleted");
    JsonWriter json;
    json.beginObject()
        .field("id", event.id)
        .field("restorable_until_at", *change.remove_at + store::kRestoreTime);
    json.field("footage", "stays until retention removes it by age or space").endObject();
    exchange.sendJson(200, json.text());
}

void restoreEvent(http::Exchange& exchange, Backend& backend) {
    const std::string id = exchange.path_values.at(0);
    store::EventChange change;
    change.restore_since = backend.services.clock.wallNow() - store::kRestoreTime;
    const auto event = backend.stores.lease()->events.byId(id);
    if (!event) throw http::HttpError(410, "gone", "no such event, or it is gone for good");
    if (event->removed_at) {  // one that was not deleted is answered as it is
        if (backend.stores.lease()->events.change({id}, change).changed.empty())
            throw http::HttpError(410, "gone", "it is too late to restore this event");
        backend.accounts.audit(exchange, "event_restore", id + " of " + event->camera);
        backend.services.changes.publish("event", event->camera, id, "restored");
    }
    JsonWriter json;
    writeEvent(json, eventOr404(backend, id));
    exchange.sendJson(200, json.text());
}

void writeIds(JsonWriter& json, const char* name, const std::vector<std::string>& ids) {
    json.key(name).beginArray();
    for (const std::string& id : ids) json.value(id);
    json.endArray();
}

void auditBulk(http::Exchange& exchange, Backend& backend, const store::EventChange& change,
               const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    if (change.remove_at) backend.accounts.audit(exchange, "event_delete", describe(ids));
    if (change.restore_since) backend.accounts.audit(exchange, "event_restore", describe(ids));
    if (change.is_kept)
        backend.accounts.audit(exchange, *change.is_kept ? "event_keep" : "event_release", describe(ids));
}

void changeMany(http::Exchange& exchange, Backend& backend) {
    const http::JsonBody body(exchange.body(), {"ids", "kept", "reviewed", "delete", "restore"});
    const auto ids = body.texts("ids", kMaxBulk);
    if (ids.empty()) throw http::HttpError(400, "missing_field", "is missing", "ids");
    const WallTime now = backend.services.clock.wallNow();
    store::EventChange change;
    change.is_kept = body.optionalBoolean("kept");
    change.is_reviewed = body.optionalBoolean("reviewed");
    if (body.optionalBoolean("delete").value_or(false)) change.remove_at = now;
    if (body.optionalBoolean("restore").value_or(false)) change.restore_since = now - store::kRestoreTime;
    if (!change.is_kept && !change.is_reviewed && !change.remove_at && !change.restore_since)
        throw http::HttpError(400, "missing_field", "one of kept, reviewed, delete and restore must be set",
                              "kept");
    if (change.restore_since && (change.remove_at || change.is_kept || change.is_reviewed))
        throw http::HttpError(400, "bad_field", "stands alone", "restore");
    const bool needs_admin = change.is_kept || change.remove_at || change.restore_since;
    if (needs_admin && !exchange.caller->is_admin)
        throw http::HttpError(403, "admin_needed",
                              "only an administrator may keep, delete and restore events");
    const auto done = backend.stores.lease()->events.change(ids, change);
    auditBulk(exchange, backend, change, done.changed);
    publishAll(backend, done.changed,
               change.remove_at       ? "deleted"
               : change.restore_since ? "restored"
                                      : "updated");
    JsonWriter json;
    json.beginObject();
    writeIds(json, "changed", done.changed);
    writeIds(json, "missing", done.missing);
    writeIds(json, "running", done.running);
    json.field("restorable_until_at",
               change.remove_at ? std::optional(*change.remove_at + store::kRestoreTime) : std::nullopt);
    exchange.sendJson(200, json.endObject().text());
}

}  // namespace

void addRemovalRoutes(std::vector<Route>& routes) {
    routes.push_back({"DELETE", "/api/v1/events/{id}", Access::Admin, deleteEvent});
    routes.push_back({"POST", "/api/v1/events/bulk", Access::Viewer, changeMany});
    routes.push_back({"POST", "/api/v1/events/{id}/restore", Access::Admin, restoreEvent});
}

}  // namespace porchlight::web
