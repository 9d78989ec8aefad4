/// Alerts that wait for their targets, and those that were given up: seen, tried again, dropped.
#include "http/http_error.h"
#include "http/json_body.h"
#include "porchlight/json.h"
#include "web/backend.h"
#include "web/event_query.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxIds = 500;
constexpr std::size_t kMaxTargetLength = 40;

void writeAlert(JsonWriter& json, const store::AlertRow& row) {
    json.beginObject().field("id", row.alert_id).field("target", row.target).field("camera", row.camera);
    json.field("event_id", row.event_id).field("kind", row.is_end ? "event_end" : "event_start");
    json.field("at", row.at).field("state", row.dead_reason.empty() ? "waiting" : "dead");
    json.field("reason", row.dead_reason).endObject();
}

void listAlerts(http::Exchange& exchange, Backend& backend) {
    const std::string target = exchange.query("target").value_or("");
    const bool is_dead_only = exchange.query("dead").value_or("") == "true";
    const auto limit = static_cast<std::size_t>(readNumber(exchange, "limit", 100, 1, 1000));
    auto store = backend.stores.lease();
    JsonWriter json;
    json.beginObject().key("targets").beginArray();
    for (const store::AlertTargetRow& row : store->alerts.targets()) {
        json.beginObject().field("name", row.name).field("waiting", row.waiting).field("dead", row.dead);
        json.field("dropped", row.dropped).endObject();
    }
    json.endArray().key("alerts").beginArray();
    for (const store::AlertRow& row : store->alerts.list(target, is_dead_only, limit)) writeAlert(json, row);
    exchange.sendJson(200, json.endArray().endObject().text());
}

/// Whole sets only when they are named: an empty request must not drop everything.
store::AlertChoice readChoice(const http::JsonBody& body) {
    store::AlertChoice choice;
    choice.target = body.optionalText("target", kMaxTargetLength).value_or("");
    choice.alert_ids = body.texts("ids", kMaxIds);
    choice.is_dead_only = body.optionalBoolean("dead").value_or(false);
    if (choice.target.empty() && choice.alert_ids.empty() && !choice.is_dead_only)
        throw http::HttpError(400, "missing_field", "one of ids, target and dead must be set", "ids");
    return choice;
}

void finish(http::Exchange& exchange, Backend& backend, const char* action, std::int64_t changed) {
    if (changed > 0) {
        backend.accounts.audit(exchange, action, std::to_string(changed) + " alert(s)");
        if (backend.services.alerts_changed) backend.services.alerts_changed();
    }
    JsonWriter json;
    exchange.sendJson(200, json.beginObject().field("changed", changed).endObject().text());
}

void retryAlerts(http::Exchange& exchange, Backend& backend) {
    const auto choice = readChoice(http::JsonBody(exchange.body(), {"ids", "target", "dead"}));
    const auto now = backend.services.clock.wallNow();
    finish(exchange, backend, "alert_retry", backend.stores.lease()->alerts.retry(choice, now));
}

void dropAlerts(http::Exchange& exchange, Backend& backend) {
    const auto choice = readChoice(http::JsonBody(exchange.body(), {"ids", "target", "dead"}));
    finish(exchange, backend, "alert_drop", backend.stores.lease()->alerts.drop(choice));
}

void testAlert(http::Exchange& exchange, Backend& backend) {
    const std::string& target = exchange.path_values.at(0);
    exchange.entry().mustMoveWithin(milliseconds{20'000});
    const auto trial = backend.services.try_alert ? backend.services.try_alert(target) : std::nullopt;
    if (!trial)
        throw http::HttpError(404, "not_found", "no alert target has this name, or it is switched off");
    backend.accounts.audit(exchange, "alert_test", target);
    JsonWriter json;
    json.beginObject().field("target", target).field("is_ok", trial->is_ok).field("answer", trial->answer);
    json.key("doubts").beginArray();
    for (const std::string& doubt : trial->doubts) json.value(doubt);
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void addAlertRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/alerts", Access::Admin, listAlerts});
    routes.push_back({"POST", "/api/v1/alerts/retry", Access::Admin, retryAlerts});
    routes.push_back({"POST", "/api/v1/alerts/drop", Access::Admin, dropAlerts});
    routes.push_back({"POST", "/api/v1/alerts/{name}/test", Access::Admin, testAlert});
}

}  // namespace porchlight::web
