#include "discovery.h"

#include "porchlight/json.h"

namespace porchlight::mqtt {

namespace {

using Topic = std::string;

void writeAvailability(JsonWriter& json, std::initializer_list<Topic> topics) {
    json.key("availability").beginArray();
    for (const Topic& topic : topics) json.beginObject().field("topic", topic).endObject();
    json.endArray();
}

void writeOrigin(JsonWriter& json, const AlertAppliance& appliance) {
    json.key("origin").beginObject().field("name", "Porchlight");
    json.field("sw_version", appliance.version).endObject();
}

/// Begins the part `key`: {"platform", "unique_id", "name".
JsonWriter& beginPart(JsonWriter& json, const char* key, const char* platform, const std::string& id,
                      const char* name) {
    json.key(key).beginObject().field("platform", platform);
    return json.field("unique_id", id + "_" + key).field("name", name);
}

JsonWriter& writeDiagnostic(JsonWriter& json) {
    return json.field("entity_category", "diagnostic");
}

bool isWebAddress(const std::string& url) {
    return url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
}

/// "device", identified by `id`. Open: the caller adds what else is known, and ends it.
JsonWriter& beginDevice(JsonWriter& json, const std::string& id, const std::string& name, const char* model) {
    json.key("device").beginObject().key("identifiers").beginArray().value(id).endArray();
    return json.field("name", name).field("manufacturer", "Porchlight").field("model", model);
}

void endDevice(JsonWriter& json, const AlertAppliance& appliance) {
    if (isWebAddress(appliance.url)) json.field("configuration_url", appliance.url);
    json.endObject();
}

/// Motion, its event and its picture.
void writeMotion(JsonWriter& json, const Topics& topics, const std::string& id, const std::string& camera) {
    beginPart(json, "motion", "binary_sensor", id, "Motion");
    json.field("state_topic", topics.camera(camera, "motion")).field("device_class", "motion").endObject();
    beginPart(json, "event", "event", id, "Motion event");
    json.field("state_topic", topics.camera(camera, "event")).field("device_class", "motion");
    json.key("event_types").beginArray().value("motion_start").value("motion_update").value("motion_end");
    json.endArray().endObject();
    beginPart(json, "label", "sensor", id, "Detected");
    json.field("state_topic", topics.camera(camera, "label")).field("icon", "mdi:eye").endObject();
    beginPart(json, "last_motion", "image", id, "Last motion");
    json.field("image_topic", topics.camera(camera, "snapshot")).field("content_type", "image/jpeg");
    json.field("json_attributes_topic", topics.camera(camera, "snapshot/attributes")).endObject();
}

/// How the camera is; always available, or "offline" could not be shown.
void writeCondition(JsonWriter& json, const Topics& topics, const std::string& id,
                    const std::string& camera) {
    const Topic state = topics.camera(camera, "state");
    beginPart(json, "connected", "binary_sensor", id, "Connected");
    json.field("state_topic", topics.camera(camera, "status")).field("device_class", "connectivity");
    writeDiagnostic(json).field("payload_on", "online").field("payload_off", "offline");
    writeAvailability(json, {topics.status()});
    json.endObject();

    beginPart(json, "status", "sensor", id, "Status");
    writeDiagnostic(json.field("state_topic", state).field("device_class", "enum"))
        .key("options")
        .beginArray();
    for (const char* option : {"starting", "running", "degraded", "offline", "disabled"}) json.value(option);
    json.endArray().field("value_template", "{{ value_json.status }}").field("json_attributes_topic", state);
    json.field("json_attributes_template",
               "{{ {'reason': value_json.reason, 'kind': value_json.kind} | tojson }}");
    writeAvailability(json, {topics.status()});
    json.endObject();

    beginPart(json, "health", "sensor", id, "Health");
    json.field("state_topic", state).field("unit_of_measurement", "%").field("state_class", "measurement");
    writeDiagnostic(json).field("value_template", "{{ value_json.health }}");
    writeAvailability(json, {topics.status()});
    json.endObject();
}

}  // namespace

std::string applianceDevice(const Topics& topics, const AlertAppliance& appliance) {
    JsonWriter json;
    beginDevice(json.beginObject(), appliance.node, "Porchlight", "Home surveillance appliance");
    json.field("sw_version", appliance.version);
    endDevice(json, appliance);
    writeOrigin(json, appliance);
    json.key("components").beginObject();
    beginPart(json, "online", "binary_sensor", appliance.node, "Online")
        .field("device_class", "connectivity");
    writeDiagnostic(json).field("state_topic", topics.status());
    json.field("payload_on", "online").field("payload_off", "offline");
    writeAvailability(json, {});  // or it could never show "off"
    json.endObject();
    beginPart(json, "problem", "binary_sensor", appliance.node, "Problem").field("device_class", "problem");
    writeDiagnostic(json).field("state_topic", topics.problem());
    json.field("json_attributes_topic", topics.problemAttributes());
    writeAvailability(json, {topics.status()});
    return json.endObject().endObject().endObject().text();
}

std::string cameraDevice(const Topics& topics, const AlertAppliance& appliance, const AlertCamera& camera) {
    const std::string id = appliance.node + "_" + camera.name;
    JsonWriter json;
    beginDevice(json.beginObject(), id, camera.title.empty() ? camera.name : camera.title, "Camera");
    json.field("via_device", appliance.node);
    endDevice(json, appliance);
    writeOrigin(json, appliance);
    writeAvailability(json, {topics.status(), topics.camera(camera.name, "status")});
    json.field("availability_mode", "all").key("components").beginObject();
    writeMotion(json, topics, id, camera.name);
    writeCondition(json, topics, id, camera.name);
    return json.endObject().endObject().text();
}

}  // namespace porchlight::mqtt
