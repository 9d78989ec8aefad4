/// Cameras: state, stills, actions.
#include <algorithm>
#include <cmath>
#include <thread>

#include "base/secret/base64.h"
#include "camera/discretion.h"
#include "camera/still_round.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "placeholder/placeholder.h"
#include "web/answer_watch.h"
#include "web/router.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxStills = 64;

camera::Status statusOr404(Backend& backend, const std::string& name) {
    auto status = backend.services.cameras.status(name);
    if (!status) throw http::HttpError(404, "not_found", "no such camera");
    return *status;
}

void listCameras(http::Exchange& exchange, Backend& backend) {
    JsonWriter json;
    json.beginObject().key("cameras").beginArray();
    for (const auto& status : backend.services.cameras.statuses())
        writeCamera(json, shownTo(exchange, status));
    exchange.sendJson(200, json.endArray().endObject().text());
}

void oneCamera(http::Exchange& exchange, Backend& backend) {
    JsonWriter json;
    writeCamera(json, shownTo(exchange, statusOr404(backend, exchange.path_values.at(0))));
    exchange.sendJson(200, json.text());
}

/// Why there is no still: of a fault a viewer is told its kind only.
std::string stillError(const http::Exchange& exchange, const std::string& error,
                       const camera::Status& status) {
    return error.empty() || maySeeDetails(exchange)
               ? error
               : camera::viewerWords(status.kind, "the camera gave no picture");
}

void sendPlaceholder(http::Exchange& exchange, const placeholder::MissingPicture& missing,
                     const camera::Status& status, WallTime now) {
    exchange.setHeader(placeholder::kPlaceholderHeader, "true");
    exchange.sendBytes(200, "image/jpeg",
                       placeholder::drawPlaceholder(missing, status.width_px, status.height_px, now));
}

/// A current picture, or the placeholder that says why there is none (503 with ?placeholder=false).
void snapshot(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const bool has_placeholder = exchange.queryBoolean("placeholder").value_or(true);
    const WallTime now = backend.services.clock.wallNow();
    const auto status = shownTo(exchange, statusOr404(backend, name));
    const auto missing =
        placeholder::missingPicture(status, placeholder::frameTimeoutOf(backend.services.config, name), now);
    if (missing && has_placeholder) return sendPlaceholder(exchange, *missing, status, now);
    exchange.entry().mustMoveWithin(milliseconds{15'000});
    const auto stills = backend.services.cameras.stills({name}, Deadline::in(seconds{5}));
    const std::string error =
        stills.empty() ? "the camera gave no picture" : stillError(exchange, stills.front().error, status);
    if (error.empty()) return exchange.sendBytes(200, "image/jpeg", stills.front().jpeg);
    if (!has_placeholder) throw http::HttpError(503, "unavailable", error);
    sendPlaceholder(exchange, placeholder::silentPicture(status, error, std::nullopt), status, now);
}

/// Blocks until the attempt is decided: its steps and outcome are the answer.
void recover(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const double number =
        http::JsonBody(exchange.body(), {"rung"}).optionalNumber("rung", 1, camera::kRungs).value_or(2);
    if (number != std::floor(number))
        throw http::HttpError(400, "bad_field", "must be a whole number from 1 to 5", "rung");
    const auto rung = static_cast<camera::Rung>(static_cast<int>(number));
    statusOr404(backend, name);
    backend.accounts.audit(exchange, "camera_recover",
                           name + " rung " + std::to_string(static_cast<int>(number)));
    const seconds patience{rung == camera::Rung::OwnerAction ? 100 : 45};
    exchange.entry().mustMoveWithin(patience + seconds{15});
    const auto report = backend.services.cameras.recover(name, rung, Deadline::in(patience));
    if (!report) throw http::HttpError(503, "unavailable", "the cameras are stopping");
    JsonWriter json;
    writeRecovery(json, *report);
    exchange.sendJson(200, json.text());
}

void setDetect(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const bool is_on = http::JsonBody(exchange.body(), {"enabled"}).boolean("enabled");
    if (!backend.services.cameras.setDetect(name, is_on, exchange.caller->name))
        throw http::HttpError(404, "not_found", "no such camera");
    backend.accounts.audit(exchange, is_on ? "detect_on" : "detect_off", name);
    JsonWriter json;
    writeCamera(json, statusOr404(backend, name));
    exchange.sendJson(200, json.text());
}

void setEnabled(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const bool is_on = http::JsonBody(exchange.body(), {"enabled"}).boolean("enabled");
    if (!backend.services.cameras.setEnabled(name, is_on, exchange.caller->name))
        throw http::HttpError(404, "not_found", "no such camera");
    backend.accounts.audit(exchange, is_on ? "camera_enable" : "camera_disable", name);
    // The answer tells the new state: the supervisor's next round has it.
    for (const Deadline deadline = Deadline::in(seconds{1}); !deadline.isPast();) {
        if ((statusOr404(backend, name).state == camera::State::Disabled) != is_on) break;
        std::this_thread::sleep_for(milliseconds{20});
    }
    JsonWriter json;
    writeCamera(json, statusOr404(backend, name));
    exchange.sendJson(200, json.text());
}

void setRecord(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const std::string mode = http::JsonBody(exchange.body(), {"mode"}).text("mode", 16);
    const auto wanted = config::recordModeOf(mode);
    if (!wanted) throw http::HttpError(400, "bad_field", "must be off, motion or continuous", "mode");
    if (!backend.services.cameras.setRecordMode(name, *wanted, exchange.caller->name))
        throw http::HttpError(404, "not_found", "no such camera");
    backend.accounts.audit(exchange, "record_mode", name + " " + mode);
    JsonWriter json;
    writeCamera(json, statusOr404(backend, name));
    exchange.sendJson(200, json.text());
}

struct SnapshotsRequest {
    std::vector<std::string> cameras;
    camera::StillPlan plan;
};

std::vector<std::string> readNames(const http::JsonBody& body, Backend& backend) {
    std::vector<std::string> names;
    for (std::string& name : body.texts("cameras", kMaxStills))
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    if (names.empty())
        for (const auto& status : backend.services.cameras.statuses()) names.push_back(status.name);
    if (names.size() > kMaxStills)
        throw http::HttpError(400, "too_many", "at most 64 cameras at once", "cameras");
    for (const std::string& name : names)
        if (!backend.services.cameras.status(name))
            throw http::HttpError(404, "not_found", "no camera " + name, "cameras");
    return names;
}

milliseconds openTimeoutOf(const config::Config& config, const std::string& name) {
    for (const auto& camera : config.cameras)
        if (camera.name == name) return std::chrono::ceil<milliseconds>(camera.health.open_timeout);
    return seconds{10};
}

SnapshotsRequest readSnapshotsRequest(http::Exchange& exchange, Backend& backend, AnswerWatch& watch) {
    const http::JsonBody body(exchange.body(), {"cameras", "timeout_s", "attempts"});
    SnapshotsRequest out;
    out.cameras = readNames(body, backend);
    out.plan.timeout =
        milliseconds(static_cast<int>(1000 * body.optionalNumber("timeout_s", 0.1, 60).value_or(10)));
    out.plan.attempts = static_cast<int>(body.optionalNumber("attempts", 1, 10).value_or(3));
    // A restarted stream is a hole in what is recorded.
    out.plan.may_restart = exchange.caller->is_admin;
    out.plan.open_timeout = [&backend](const std::string& name) {
        return openTimeoutOf(backend.services.config, name);
    };
    out.plan.is_cancelled = [&watch] { return watch.isOver(); };
    return out;
}

/// Why a picture is missing from an answer with several.
std::string missingError(const http::Exchange& exchange, Backend& backend, const camera::StillResult& still) {
    if (still.error.empty() || still.error == camera::kTooLargeTogether) return still.error;
    return stillError(exchange, still.error, statusOr404(backend, still.camera));
}

void writeStill(JsonWriter& json, const http::Exchange& exchange, Backend& backend,
                const camera::StillResult& still) {
    const bool is_ok = still.error.empty();
    json.beginObject().field("camera", still.camera).field("attempts", still.attempts).field("is_ok", is_ok);
    json.field("error", missingError(exchange, backend, still)).key("taken_at");
    if (is_ok)
        json.value(still.at).field("jpeg_base64", base::toBase64(still.jpeg));
    else
        json.null();
    json.endObject();
}

void snapshots(http::Exchange& exchange, Backend& backend) {
    AnswerWatch watch(backend, exchange);
    const SnapshotsRequest request = readSnapshotsRequest(exchange, backend, watch);
    const http::StreamPlace place(backend.connections);
    if (!place) throw http::HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    exchange.entry().mustMoveWithin(request.plan.timeout * request.plan.attempts + milliseconds{15'000});
    const auto stills = camera::takeStills(backend.services.cameras, request.cameras, request.plan);
    watch.cancel().check();
    exchange.beginOpenEnded("application/json");
    JsonWriter json;
    json.beginObject().field("spread_us", camera::spreadOf(stills).count()).key("snapshots").beginArray();
    for (const auto& still : stills) {
        writeStill(json, exchange, backend, still);
        exchange.sendPart(http::bytesOf(json.take()), kPartBudget);
    }
    exchange.sendPart(http::bytesOf(json.endArray().endObject().text()), kPartBudget);
    exchange.finishOpenEnded();
}

}  // namespace

void addCameraRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/cameras", Access::Viewer, listCameras});
    routes.push_back({"GET", "/api/v1/cameras/{name}", Access::Viewer, oneCamera});
    routes.push_back({"GET", "/api/v1/cameras/{name}/snapshot.jpg", Access::Viewer, snapshot});
    routes.push_back({"POST", "/api/v1/cameras/{name}/recover", Access::Admin, recover});
    routes.push_back({"PUT", "/api/v1/cameras/{name}/detect", Access::Admin, setDetect});
    routes.push_back({"PUT", "/api/v1/cameras/{name}/enabled", Access::Admin, setEnabled});
    routes.push_back({"PUT", "/api/v1/cameras/{name}/record", Access::Admin, setRecord});
    routes.push_back({"POST", "/api/v1/snapshots", Access::Viewer, snapshots});
}

}  // namespace porchlight::web
