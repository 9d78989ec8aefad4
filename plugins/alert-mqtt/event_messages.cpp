#include "event_messages.h"

#include "porchlight/json.h"

namespace porchlight::mqtt {

namespace {

constexpr std::size_t kMaxPictureBytes = 1'000'000;  ///< Mosquitto 2.1 drops clients that send more than 2 MB
constexpr int kTimeDigits = 3;
constexpr int kScoreDecimals = 3;

}  // namespace

void EventMessages::putPicture(const Alert& alert) {
    JsonWriter attributes;
    attributes.beginObject().field("event_id", alert.event_id).field("time", alert.at, kTimeDigits);
    attributes.field("score", alert.score, kScoreDecimals).field("zone", alert.zone);
    attributes.field("clip_url", link(alert.clip_url)).endObject();
    courier_.put(topics_.camera(alert.camera, "snapshot/attributes"), attributes.take(), true);
    courier_.put(topics_.camera(alert.camera, "snapshot"), {alert.thumbnail.begin(), alert.thumbnail.end()},
                 true);
}

void EventMessages::put(const Alert& alert, bool is_picture_suspect, const Connection& connection) {
    const bool is_start = alert.kind == AlertKind::EventStart;
    const std::size_t bytes = alert.thumbnail.size();
    if (bytes > 0 && bytes <= kMaxPictureBytes &&
        courier_.mayCarryPicture(bytes, is_picture_suspect, connection))
        putPicture(alert);
    JsonWriter event;
    event.beginObject().field("event_type", is_start ? "motion_start" : "motion_end");
    event.field("event_id", alert.event_id).field("start", alert.started_at, kTimeDigits).key("end");
    if (is_start)
        event.null();
    else
        event.value(alert.ended_at, kTimeDigits);
    event.field("score", alert.score, kScoreDecimals).field("zone", alert.zone);
    event.field("snapshot_url", link(alert.thumbnail_url))
        .field("clip_url", link(alert.clip_url))
        .field("alert_id", alert.id)
        .endObject();
    courier_.put(topics_.camera(alert.camera, "event"), event.take(), false);
    if (!alert.is_stale) courier_.put(topics_.camera(alert.camera, "motion"), is_start ? "ON" : "OFF", true);
}

}  // namespace porchlight::mqtt
