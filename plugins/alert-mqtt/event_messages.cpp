#include "event_messages.h"

#include "porchlight/json.h"

namespace porchlight::mqtt {

namespace {

constexpr std::size_t kMaxPictureBytes = 1'000'000;  ///< Mosquitto 2.1 drops clients that send more than 2 MB
constexpr int kTimeDigits = 3;
constexpr int kScoreDecimals = 3;

const char* typeOf(AlertKind kind) {
    if (kind == AlertKind::EventUpdate) return "motion_update";
    return kind == AlertKind::EventStart ? "motion_start" : "motion_end";
}

}  // namespace

bool isEvent(const Alert& alert) noexcept {
    return alert.kind == AlertKind::EventStart || alert.kind == AlertKind::EventUpdate ||
           alert.kind == AlertKind::EventEnd;
}

void EventMessages::putPicture(const Alert& alert) {
    JsonWriter attributes;
    attributes.beginObject().field("event_id", alert.event_id).field("time", alert.at, kTimeDigits);
    attributes.field("label", labelOf(alert)).field("score", alert.score, kScoreDecimals);
    attributes.field("zone", alert.zone);
    attributes.field("clip_url", link(alert.clip_url)).endObject();
    courier_.put(topics_.camera(alert.camera, "snapshot/attributes"), attributes.take(), true);
    courier_.put(topics_.camera(alert.camera, "snapshot"), {alert.thumbnail.begin(), alert.thumbnail.end()},
                 true);
}

void EventMessages::put(const Alert& alert, bool is_picture_suspect, bool is_running,
                        const Connection& connection) {
    const std::size_t bytes = alert.thumbnail.size();
    if (bytes > 0 && bytes <= kMaxPictureBytes &&
        courier_.mayCarryPicture(bytes, is_picture_suspect, connection))
        putPicture(alert);
    // Of one that is over, or whose start is still to be told, there is nothing more to say.
    if (alert.kind == AlertKind::EventUpdate && !is_running) return;
    putEvent(alert);
    if (alert.is_stale) return;
    const bool is_over = alert.kind == AlertKind::EventEnd;
    courier_.put(topics_.camera(alert.camera, "label"), is_over ? kNoLabel : labelOf(alert), true);
    if (alert.kind == AlertKind::EventUpdate) return;
    courier_.put(topics_.camera(alert.camera, "motion"), is_over ? "OFF" : "ON", true);
}

void EventMessages::putEvent(const Alert& alert) {
    JsonWriter event;
    event.beginObject().field("event_type", typeOf(alert.kind));
    event.field("event_id", alert.event_id).field("start", alert.started_at, kTimeDigits).key("end");
    if (alert.kind == AlertKind::EventEnd)
        event.value(alert.ended_at, kTimeDigits);
    else
        event.null();
    event.field("label", labelOf(alert))
        .field("score", alert.score, kScoreDecimals)
        .field("zone", alert.zone);
    event.field("snapshot_url", link(alert.thumbnail_url))
        .field("clip_url", link(alert.clip_url))
        .field("alert_id", alert.id)
        .endObject();
    courier_.put(topics_.camera(alert.camera, "event"), event.take(), false);
}

}  // namespace porchlight::mqtt
