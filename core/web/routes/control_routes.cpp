/// The owner's hands on a camera: moving it, its places, outputs, lamp, clock and restart.
#include "base/budgets.h"
#include "camera/command.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "porchlight/json.h"
#include "web/backend.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxToken = 64;  // what the gate lets through of the camera's own
constexpr std::size_t kMaxName = 64;
constexpr double kLeastMoveMs = 100;
constexpr double kUsualMoveMs = 1000;

const std::vector<std::string> kFields{"action", "pan", "tilt", "zoom", "lasts_ms", "token", "name", "is_on"};

/// What may stand beside `action`.
std::vector<std::string> fieldsOf(CameraAction action) {
    switch (action) {
        case CameraAction::Move:
            return {"action", "pan", "tilt", "zoom", "lasts_ms"};
        case CameraAction::SavePreset:
            return {"action", "name", "token"};
        case CameraAction::SetOutput:
            return {"action", "token", "is_on"};
        case CameraAction::GoToPreset:
        case CameraAction::RemovePreset:
        case CameraAction::SetInfrared:
            return {"action", "token"};
        default:
            return {"action"};
    }
}

CameraAction readAction(const std::string& text) {
    const std::string name = http::JsonBody(text, kFields).text("action", 32);
    const auto action = camera::actionNamed(name);
    if (action) return *action;
    std::string all;
    for (const auto& one : camera::namesOf(~0U)) all += (all.empty() ? "" : ", ") + one;
    throw http::HttpError(400, "bad_field", "must be one of: " + all, "action");
}

float speedOf(const http::JsonBody& body, const char* field) {
    return static_cast<float>(body.optionalNumber(field, -1, 1).value_or(0));
}

CameraCommand readCommand(const std::string& text) {
    CameraCommand out;
    out.action = readAction(text);
    const http::JsonBody body(text, fieldsOf(out.action));
    if (out.action == CameraAction::Move) {
        out.pan = speedOf(body, "pan");
        out.tilt = speedOf(body, "tilt");
        out.zoom = speedOf(body, "zoom");
        const double most_ms = static_cast<double>(milliseconds(camera::kLongestMove).count());
        out.lasts = milliseconds(static_cast<std::int64_t>(
            body.optionalNumber("lasts_ms", kLeastMoveMs, most_ms).value_or(kUsualMoveMs)));
    }
    for (const char* field : {"token", "name"})
        for (const char c : body.optionalText(field, kMaxName).value_or(""))
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                throw http::HttpError(400, "bad_field", "must be without control characters", field);
    out.token = body.optionalText("token", kMaxToken).value_or("");
    out.name = body.optionalText("name", kMaxName).value_or("");
    if (out.action == CameraAction::SetOutput) out.is_on = body.boolean("is_on");
    if (const auto field = camera::wrongField(out); !field.empty())
        throw http::HttpError(400, "bad_field",
                              out.action == CameraAction::Move          ? "a speed other than 0 is needed"
                              : out.action == CameraAction::SetInfrared ? "must be on, off or auto"
                                                                        : "is missing",
                              field);
    return out;
}

/// "move", "go_to_preset 3", "set_output relay1 on".
std::string describe(const CameraCommand& command) {
    std::string out = nameOf(command.action);
    if (!command.token.empty()) out += " " + command.token;
    if (!command.name.empty()) out += " \"" + command.name + "\"";
    if (command.action == CameraAction::SetOutput) out += command.is_on ? " on" : " off";
    return out;
}

[[noreturn]] void refuse(const camera::CommandResult& result) {
    using camera::CommandOutcome;
    switch (result.outcome) {
        case CommandOutcome::NotOffered:
            throw http::HttpError(409, "not_offered", result.error);
        case CommandOutcome::Refused:
            throw http::HttpError(502, "camera_refused", result.error);
        case CommandOutcome::NoAnswer:
            throw http::HttpError(504, "no_answer", result.error);
        case CommandOutcome::Busy:
            throw http::HttpError(429, "camera_busy", result.error, "", 1);
        default:
            throw http::HttpError(503, "unavailable", result.error);
    }
}

/// Answered when the camera has taken it, or why it has not.
void control(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    const CameraCommand command = readCommand(exchange.body());
    if (!backend.services.cameras.status(name)) throw http::HttpError(404, "not_found", "no such camera");
    if (const int wait_s = backend.hands.waitOf(name, command.action); wait_s > 0)
        throw http::HttpError(429, "too_many",
                              command.action == CameraAction::Restart
                                  ? "it was told to restart less than a minute ago"
                                  : "this camera was told too much at once",
                              "", wait_s);
    // Before it is done: who moved a camera is known also where the answer never came.
    if (backend.hands.isNews(exchange.caller->name, name, command.action))
        backend.accounts.audit(exchange, "camera_control", name + " " + describe(command));
    exchange.entry().mustMoveWithin(budget::kCameraCommand + seconds{10});
    const auto result = camera::perform(backend.services.cameras, name, command);
    if (!result) throw http::HttpError(503, "unavailable", "the cameras are stopping");
    if (result->outcome != camera::CommandOutcome::Done) refuse(*result);
    exchange.sendJson(200, JsonWriter().beginObject().field("done", true).endObject().text());
}

}  // namespace

void addControlRoutes(std::vector<Route>& routes) {
    // Moving a camera away from the door is as good as switching it off: administrators alone.
    routes.push_back({"POST", "/api/v1/cameras/{name}/control", Access::Admin, control});
}

}  // namespace porchlight::web
