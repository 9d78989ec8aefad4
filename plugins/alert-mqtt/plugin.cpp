/// The stamp of the MQTT alert plugin.
#include <cstdio>

#include "mqtt_sink.h"
#include "porchlight/plugin.h"

namespace {

using porchlight::SettingSpec;
using porchlight::SettingType;

constexpr SettingSpec kSettings[] = {
    {"host", SettingType::Host, 0, "", 0, 0, "127.0.0.1", "", "Name or address of the MQTT broker."},
    {"port", SettingType::Integer, 0, "", 1, 65535, "1883", "",
     "Port of the broker; 8883 is usual with TLS."},
    {"username", SettingType::Text, 0, "", 0, 0, "", "", "User name at the broker; empty for none."},
    {"password", SettingType::Secret, 0, "", 0, 0, "", "needs username", "Password at the broker."},
    {"topic", SettingType::Topic, 0, "", 0, 0, "porchlight", "",
     "Everything is published below this topic; give each appliance its own."},
    {"discovery", SettingType::Boolean, 0, "", 0, 0, "true", "", "Announce the cameras to Home Assistant."},
    {"discovery_prefix", SettingType::Topic, 0, "", 0, 0, "homeassistant", "",
     "Home Assistant's discovery prefix."},
    {"tls", SettingType::Boolean, 0, "", 0, 0, "false", "",
     "Encrypt the connection and check the broker's certificate."},
    {"ca_file", SettingType::File, 0, "", 0, 0, "", "needs tls=true",
     "Certificate authority of the broker; empty for the system's."},
    {"protocol", SettingType::Choice, 0, "", 0, 0, "auto", "auto|5|3.1.1",
     "Version of MQTT; auto tries 5 and then 3.1.1."},
    {"client_id", SettingType::Text, 0, "", 0, 0, "", "",
     "MQTT client id; empty for one made from the appliance's id."},
};

}  // namespace

#define PORCHLIGHT_TEXT_OF(x) #x
#define PORCHLIGHT_TEXT(x) PORCHLIGHT_TEXT_OF(x)
PORCHLIGHT_ALERT_PLUGIN("mqtt", "1.0",
                        "Events and camera states to an MQTT broker, with Home Assistant discovery",
                        "libmosquitto " PORCHLIGHT_TEXT(LIBMOSQUITTO_MAJOR) "." PORCHLIGHT_TEXT(
                            LIBMOSQUITTO_MINOR) "." PORCHLIGHT_TEXT(LIBMOSQUITTO_REVISION),
                        kSettings, porchlight::mqtt::MqttSink)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    int major = 0;
    int minor = 0;
    int revision = 0;
    mosquitto_lib_version(&major, &minor, &revision);
    std::snprintf(out, size, "libmosquitto %d.%d.%d", major, minor, revision);
}
