#include "event_messages.h"

#include "json.h"

namespace porchlight::mqtt {

namespace {

constexpr std::size_t kMaxPictureBytes = 1'000'000;  ///< Mosquitto 2.1 drops clients that send more than 2 MB

}  // namespace

void EventMessages::putPicture(const Alert& alert) {
    Object attributes;
    attributes.text("event_id", alert.event_id)
        .put("time", isoTime(alert.at))
        .put("score", number(alert.score));
    attributes.text("zone", alert.zone).text("clip_url", link(alert.clip_url));
    courier_.put(topics_.camera(alert.camera, "snapshot/attributes"), attributes.str(), true);
    courier_.put(topics_.camera(alert.camera, "snapshot"), {alert.thumbnail.begin(), alert.thumbnail.end()},
                 true);
}

void EventMessages::put(const Alert& alert, bool is_picture_suspect, const Connection& connection) {
    const bool is_start = alert.kind == AlertKind::EventStart;
    const std::size_t bytes = alert.thumbnail.size();
    if (bytes > 0 && bytes <= kMaxPictureBytes &&
        courier_.mayCarryPicture(bytes, is_picture_suspect, connection))
        putPicture(alert);
    Object event;
    event.text("event_type", is_start ? "motion_start" : "motion_end").text("event_id", alert.event_id);
    event.put("start", isoTime(alert.started_at)).put("end", is_start ? "null" : isoTime(alert.ended_at));
    event.put("score", number(alert.score)).text("zone", alert.zone);
    event.text("snapshot_url", link(alert.thumbnail_url)).text("clip_url", link(alert.clip_url));
    courier_.put(topics_.camera(alert.camera, "event"), event.str(), false);
    courier_.put(topics_.camera(alert.camera, "motion"), is_start ? "ON" : "OFF", true);
}

}  // namespace porchlight::mqtt
