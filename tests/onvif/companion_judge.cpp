/// Has our companion open, watch and command one camera, and prints what came of it as JSON:
/// onvif-companion-judge ADDRESS USER SECONDS (password: standard input).
#include <iostream>

#include "companion.h"
#include "porchlight/json.h"

namespace {

using namespace porchlight;

void addItems(JsonWriter& json, const char* name, const std::vector<CameraItem>& items) {
    json.key(name).beginArray();
    for (const CameraItem& item : items) json.value(item.token);
    json.endArray();
}

std::string failureOf(onvif::OnvifCompanion& companion, const CameraCommand& command) {
    try {
        companion.perform(command, Deadline::in(seconds{5}));
        return "ok";
    } catch (const Error& error) {
        return error.what();
    }
}

/// All that it says it can, but that the camera goes on being there.
void performAll(JsonWriter& json, onvif::OnvifCompanion& companion, const CameraAbilities& abilities) {
    json.key("performed").beginObject();
    for (auto number = 1U; number <= static_cast<unsigned>(kLastCameraAction); ++number) {
        CameraCommand command;
        command.action = static_cast<CameraAction>(number);
        if (!abilities.can(command.action)) continue;
        command.pan = 0.5F;
        command.lasts = seconds{1};
        command.name = "judge";
        if (!abilities.presets.empty()) command.token = abilities.presets.front().token;
        if (command.action == CameraAction::SavePreset) command.token.clear();
        if (command.action == CameraAction::SetOutput) command.token = abilities.outputs.front().token;
        if (command.action == CameraAction::SetInfrared) command.token = "auto";
        json.field(nameOf(command.action), failureOf(companion, command));
    }
    json.endObject();
}

void watch(JsonWriter& json, onvif::OnvifCompanion& companion, seconds span) {
    json.key("detections").beginArray();
    const Deadline deadline = Deadline::in(span);
    while (!deadline.isPast())
        for (const CameraDetection& one : companion.watch(deadline)) {
            json.beginObject().field("label", one.label).field("place", one.place).field("on", one.is_on);
            json.field("at", one.at).endObject();
        }
    json.endArray();
}

void judge(const std::string& address, const std::string& user, seconds span, JsonWriter& json) {
    std::string password;
    std::getline(std::cin, password);
    onvif::OnvifCompanion companion;
    const CameraAbilities abilities = companion.open(
        Settings({{"address", address}, {"user", user}, {"password", password}}), Deadline::in(seconds{20}));
    json.field("description", abilities.description).field("is_detecting", abilities.is_detecting);
    json.field("infrared", abilities.infrared).field("advice", abilities.advice);
    addItems(json, "presets", abilities.presets);
    addItems(json, "outputs", abilities.outputs);
    if (abilities.is_detecting) watch(json, companion, span);
    performAll(json, companion, abilities);
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::cerr << "onvif-companion-judge ADDRESS USER SECONDS\n";
        return 64;
    }
    JsonWriter json;
    json.beginObject();
    try {
        judge(words[1], words[2], seconds{std::atoi(words[3])}, json);
    } catch (const Error& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    std::cout << json.endObject().text() << "\n";
    return 0;
}
