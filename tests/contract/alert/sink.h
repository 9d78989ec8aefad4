/// The plugin as the appliance runs it, and what it is given and says.
#pragma once

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "alert/alert_hub.h"
#include "broker.h"

namespace porchlight::alert::testing {

using namespace porchlight::test;

inline std::shared_ptr<const plugin::Module> module() {
    static const auto loaded = plugin::Catalogue(PORCHLIGHT_PLUGIN_DIR).load(PluginKind::Alert, "mqtt");
    return loaded;
}

inline Settings settings(int port, const std::string& user = "", const std::string& password = "") {
    return Settings({{"host", "127.0.0.1"},
                     {"port", std::to_string(port)},
                     {"username", user},
                     {"password", password},
                     {"topic", "porchlight"},
                     {"discovery", "true"},
                     {"discovery_prefix", "homeassistant"},
                     {"tls", "false"},
                     {"ca_file", ""},
                     {"protocol", "auto"},
                     {"client_id", ""}});
}

inline AlertAppliance appliance(std::vector<AlertCamera> cameras = {{"porch", "Porch"}},
                                const std::string& state_dir = "") {
    return {"node1", "0.1.0", "https://192.0.2.1:8443", std::move(cameras), state_dir};
}

inline Alert event(AlertKind kind, const std::string& id, std::size_t picture_bytes = 0) {
    Alert alert;
    alert.kind = kind;
    alert.camera = "porch";
    alert.event_id = id;
    alert.thumbnail.assign(picture_bytes, 0xd8);
    return alert;
}

inline Alert state(const std::string& camera, const std::string& name) {
    Alert alert;
    alert.camera = camera;
    alert.state = name;
    return alert;
}

template <class Done>
bool waitFor(Done done, seconds span = seconds{10}) {
    for (const auto deadline = Deadline::in(span); !done(); ::usleep(10'000))
        if (deadline.isPast()) return false;
    return true;
}

inline std::string statusOf(const AlertHub& hub) {
    return hub.status().at(0).status;
}
inline bool says(const AlertHub& hub, const std::string& part) {
    return statusOf(hub).find(part) != std::string::npos;
}

/// What the doctor hears: the doubts, or "refused: " and the cause.
inline std::string trialOf(const Settings& with) {
    const auto sink = module()->create<AlertSink>();
    sink->configure(with, appliance());
    std::string out;
    try {
        for (const auto& doubt : sink->tryOut(Deadline::in(seconds{8}))) out += doubt + "\n";
    } catch (const Error& error) {
        out = std::string("refused: ") + error.what();
    }
    return out;
}

/// Retained topics that still hold something, as a newcomer sees them.
inline std::vector<std::string> retainedAt(const Broker& broker, const std::string& part) {
    Subscriber newcomer(broker.port());
    newcomer.waitFor([] { return false; }, milliseconds{300});
    std::vector<std::string> out;
    for (const Heard& one : newcomer.heard())
        if (one.is_retained && one.topic.find(part) != std::string::npos) out.push_back(one.topic);
    return out;
}

}  // namespace porchlight::alert::testing
