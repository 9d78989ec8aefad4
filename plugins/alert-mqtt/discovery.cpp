#include "discovery.h"

#include "json.h"

namespace porchlight::mqtt {

namespace {

std::string availability(std::initializer_list<std::string> topics) {
    std::string out = "[";
    for (const std::string& topic : topics)
        out += (out.size() > 1 ? "," : "") + Object().text("topic", topic).str();
    return out + "]";
}

std::string origin(const AlertAppliance& appliance) {
    return Object().text("name", "Porchlight").text("sw_version", appliance.version).str();
}

bool isWebAddress(const std::string& url) {
    return url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
}

}  // namespace

std::string applianceDevice(const Topics& topics, const AlertAppliance& appliance) {
    Object device;
    device.put("identifiers", "[" + mqtt::quoted(appliance.node) + "]")
        .text("name", "Porchlight")
        .text("manufacturer", "Porchlight")
        .text("model", "Home surveillance appliance")
        .text("sw_version", appliance.version);
    if (isWebAddress(appliance.url)) device.text("configuration_url", appliance.url);
    Object online;
    online.text("platform", "binary_sensor")
        .text("unique_id", appliance.node + "_online")
        .text("name", "Online")
        .text("device_class", "connectivity")
        .text("entity_category", "diagnostic")
        .text("state_topic", topics.status())
        .text("payload_on", "online")
        .text("payload_off", "offline")
        .put("availability", "[]");  // or it could never show "off"
    Object problem;
    problem.text("platform", "binary_sensor")
        .text("unique_id", appliance.node + "_problem")
        .text("name", "Problem")
        .text("device_class", "problem")
        .text("entity_category", "diagnostic")
        .text("state_topic", topics.problem())
        .text("json_attributes_topic", topics.problemAttributes())
        .put("availability", availability({topics.status()}));
    return Object()
        .put("device", device.str())
        .put("origin", origin(appliance))
        .put("components", Object().put("online", online.str()).put("problem", problem.str()).str())
        .str();
}

std::string cameraDevice(const Topics& topics, const AlertAppliance& appliance, const AlertCamera& camera) {
    const std::string id = appliance.node + "_" + camera.name;
    const std::string always = availability({topics.status()});
    const auto entity = [&](const char* platform, const char* key, const char* name, const char* topic_key,
                            const char* leaf) {
        Object out;
        out.text("platform", platform).text("unique_id", id + "_" + key).text("name", name);
        out.text(topic_key, topics.camera(camera.name, leaf));
        return out;
    };
    Object device;
    device.put("identifiers", "[" + mqtt::quoted(id) + "]")
        .text("name", camera.title.empty() ? camera.name : camera.title)
        .text("manufacturer", "Porchlight")
        .text("model", "Camera")
        .text("via_device", appliance.node);
    if (isWebAddress(appliance.url)) device.text("configuration_url", appliance.url);
    Object parts;
    parts.put("motion", entity("binary_sensor", "motion", "Motion", "state_topic", "motion")
                            .text("device_class", "motion")
                            .str());
    parts.put("event", entity("event", "event", "Motion event", "state_topic", "event")
                           .text("device_class", "motion")
                           .put("event_types", R"(["motion_start","motion_end"])")
                           .str());
    parts.put("last_motion",
              entity("image", "last_motion", "Last motion", "image_topic", "snapshot")
                  .text("content_type", "image/jpeg")
                  .text("json_attributes_topic", topics.camera(camera.name, "snapshot/attributes"))
                  .str());
    parts.put("connected", entity("binary_sensor", "connected", "Connected", "state_topic", "status")
                               .text("device_class", "connectivity")
                               .text("entity_category", "diagnostic")
                               .text("payload_on", "online")
                               .text("payload_off", "offline")
                               .put("availability", always)
                               .str());
    parts.put("status", entity("sensor", "status", "Status", "state_topic", "state")
                            .text("device_class", "enum")
                            .text("entity_category", "diagnostic")
                            .put("options", R"(["starting","running","degraded","offline","disabled"])")
                            .text("value_template", "{{ value_json.status }}")
                            .text("json_attributes_topic", topics.camera(camera.name, "state"))
                            .text("json_attributes_template",
                                  "{{ {'reason': value_json.reason, 'kind': value_json.kind} | tojson }}")
                            .put("availability", always)
                            .str());
    parts.put("health", entity("sensor", "health", "Health", "state_topic", "state")
                            .text("unit_of_measurement", "%")
                            .text("state_class", "measurement")
                            .text("entity_category", "diagnostic")
                            .text("value_template", "{{ value_json.health }}")
                            .put("availability", always)
                            .str());
    return Object()
        .put("device", device.str())
        .put("origin", origin(appliance))
        .put("availability", availability({topics.status(), topics.camera(camera.name, "status")}))
        .text("availability_mode", "all")
        .put("components", parts.str())
        .str();
}

}  // namespace porchlight::mqtt
