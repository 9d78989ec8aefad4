/// The stamp of the webhook alert plugin.
#include <curl/curl.h>

#include <cstdio>

#include "porchlight/plugin.h"
#include "webhook_sink.h"

namespace {

using porchlight::SettingSpec;
using porchlight::SettingType;

constexpr SettingSpec kSettings[] = {
    {"url", SettingType::Secret, 0, "", 0, 0, "", "",
     "Address that is told, https:// or http://; telegram and pushover have their own."},
    {"preset", SettingType::Choice, 0, "", 0, 0, "generic",
     "generic|ntfy|gotify|telegram|pushover|slack|discord|home_assistant", "Whose words are spoken."},
    {"token", SettingType::Secret, 0, "", 0, 0, "", "",
     "Token of ntfy, Gotify, Telegram's bot or Pushover's application."},
    {"recipient", SettingType::Secret, 0, "", 0, 0, "", "", "Chat of Telegram, user of Pushover."},
    {"method", SettingType::Choice, 0, "", 0, 0, "POST", "POST|PUT", "Method of the request (generic)."},
    {"headers", SettingType::Secret, 0, "", 0, 0, "", "", "More headers: 'Name: value | Name: value'."},
    {"body", SettingType::Text, 0, "", 0, 0, "", "",
     "Template of the body with {camera} {title} {text} {type} {zone} {score} {at} {start} {end} {alert_id} "
     "{event_id} {clip_url} {picture_url}; empty: all of them as JSON."},
    {"content_type", SettingType::Text, 0, "", 0, 0, "", "",
     "Of the body; empty: application/json. With json in it, fields are escaped."},
    {"picture", SettingType::Choice, 0, "", 0, 0, "none", "none|part",
     "part: the event's picture goes with it, where the preset takes one."},
    {"ends", SettingType::Boolean, 0, "", 0, 0, "false", "", "Tell also that an event is over."},
    {"states", SettingType::Boolean, 0, "", 0, 0, "false", "", "Tell also states of cameras."},
    {"ca_file", SettingType::File, 0, "", 0, 0, "", "",
     "Certificate authority of the other side; empty for the system's."},
};

}  // namespace

PORCHLIGHT_ALERT_PLUGIN("webhook", "1.0",
                        "Events to an HTTP address: ntfy, Gotify, Telegram, Pushover, chats, Home Assistant",
                        "libcurl " LIBCURL_VERSION, kSettings, porchlight::webhook::WebhookSink)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    std::snprintf(out, size, "libcurl %s", curl_version_info(CURLVERSION_NOW)->version);
}
