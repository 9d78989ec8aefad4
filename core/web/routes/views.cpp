#include "web/routes/views.h"

#include "base/text.h"
#include "camera/command.h"
#include "camera/discretion.h"
#include "camera/recovery_report.h"
#include "ledger/gap_cause.h"
#include "plugin/setting_range.h"

namespace porchlight::web {
namespace {

/// -1 us stands for never.
void writeAge(JsonWriter& json, std::string_view name, microseconds age) {
    json.key(name);
    if (age < microseconds{0})
        json.null();
    else
        json.value(age.count());
}

void writeCounters(JsonWriter& json, const camera::Status& status) {
    json.key("worker").beginObject();
    json.field("pid", status.worker_pid).field("starts", status.worker_starts);
    json.field("rss_bytes", status.rss_bytes).field("cpu_percent", status.cpu_percent);
    json.field("memory_max_bytes", status.memory_max_bytes).field("threads", status.threads);
    json.field("descriptors", status.descriptors).field("descriptors_max", status.descriptors_max);
    json.field("queue_bytes", status.queue_bytes).field("queue_max_bytes", status.queue_max_bytes);
    json.field("is_detecting_on_main", status.is_detecting_on_main).endObject();
    json.key("counters").beginObject();
    json.field("packets", status.packets).field("pictures_analysed", status.pictures_analysed);
    json.field("dropped_fragments", status.dropped_fragments)
        .field("dropped_packets", status.dropped_packets);
    json.field("dropped_messages", status.dropped_messages);
    json.field("bad_packets", status.bad_packets).field("lost_frames", status.lost_frames).endObject();
}

void writeItems(JsonWriter& json, const char* name, const std::vector<CameraItem>& items) {
    json.key(name).beginArray();
    for (const auto& item : items)
        json.beginObject()
            .field("token", item.token)
            .field("name", item.name)
            .field("is_on", item.is_on)
            .endObject();
    json.endArray();
}

void writeTextOrNull(JsonWriter& json, std::string_view name, const std::string& text) {
    json.key(name);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

/// What the camera can be told to do; null: it never told.
void writeOffer(JsonWriter& json, const camera::Status& status) {
    json.key("offer");
    if (!status.offer) {
        json.null();
        return;
    }
    const auto& offer = *status.offer;
    json.beginObject().field("is_there", offer.is_there);
    writeTextOrNull(json, "problem", offer.problem);
    json.field("is_detecting", offer.is_detecting).key("actions").beginArray();
    for (const auto& action : camera::namesOf(offer.actions)) json.value(action);
    json.endArray();
    writeTextOrNull(json, "infrared", offer.infrared);
    json.key("clock_ahead_us");
    offer.is_clock_known ? json.value(offer.clock_ahead_us) : json.null();
    writeTextOrNull(json, "description", offer.description);
    writeTextOrNull(json, "advice", offer.advice);
    writeItems(json, "presets", offer.presets);
    writeItems(json, "outputs", offer.outputs);
    json.endObject();
}

}  // namespace

bool maySeeDetails(const http::Exchange& exchange) noexcept {
    return exchange.caller && exchange.caller->is_admin;
}

camera::Status shownTo(const http::Exchange& exchange, camera::Status status) {
    return maySeeDetails(exchange) ? std::move(status) : camera::forViewers(std::move(status));
}

store::HealthRow shownTo(const http::Exchange& exchange, store::HealthRow row) {
    if (!maySeeDetails(exchange) && !row.detail.empty()) row.detail = camera::viewerWords(row.issue, "");
    return row;
}

store::IncidentRow shownTo(const http::Exchange& exchange, store::IncidentRow row) {
    if (!maySeeDetails(exchange) && !row.detail.empty()) row.detail = camera::viewerWords(row.issue, "");
    return row;
}

store::RecoveryRow shownTo(const http::Exchange& exchange, store::RecoveryRow row) {
    if (!maySeeDetails(exchange)) row.steps.clear();
    return row;
}

store::CoverageRow shownTo(const http::Exchange& exchange, store::CoverageRow row) {
    // By whom it was switched off is no secret; why a configuration is refused names files.
    if (!maySeeDetails(exchange) && row.cause == nameOf(ledger::GapCause::Misconfigured)) row.detail.clear();
    return row;
}

void writeCamera(JsonWriter& json, const camera::Status& status) {
    json.beginObject().field("name", status.name).field("title", status.title);
    json.field("state", nameOf(status.state)).field("state_since_at", status.state_since);
    json.field("reason", status.reason).field("action", status.action).field("score", status.score);
    json.field("level", status.level);
    writeTextOrNull(json, "kind", status.kind);
    json.key("faults").beginObject();
    for (const auto& [kind, count] : status.faults) json.field(kind, count);
    json.endObject();
    json.field("consecutive_failures", status.consecutive_failures).field("rung", status.rung);
    json.field("source", status.source).field("codec", status.codec);
    json.field("width_px", status.width_px)
        .field("height_px", status.height_px)
        .field("rate_hz", status.rate_hz);
    writeAge(json, "packet_age_us", status.packet_age);
    writeAge(json, "distinct_age_us", status.distinct_age);
    writeAge(json, "durable_age_us", status.durable_age);
    writeAge(json, "played_age_us", status.played_age);
    writeAge(json, "black_age_us", status.black_age);
    json.field("is_detect_on", status.is_detect_on).field("record_mode", status.record_mode);
    json.key("switches").beginArray();
    for (const auto& entry : status.switches) {
        json.beginObject()
            .field("key", entry.key)
            .field("value", entry.value)
            .field("configured", entry.configured);
        json.field("by", entry.by).field("at", entry.at).endObject();
    }
    json.endArray();
    json.field("is_recording", status.is_recording);
    writeTextOrNull(json, "active_event", status.active_event);
    json.field("viewers", status.viewers);
    writeOffer(json, status);
    writeCounters(json, status);
    json.endObject();
}

void writeRecovery(JsonWriter& json, const camera::RecoveryReport& report) {
    json.beginObject().field("camera", report.camera).field("began_at", report.at);
    json.field("rung", static_cast<int>(report.rung))
        .field("rung_name", nameOf(report.rung))
        .field("origin", nameOf(report.origin));
    writeTextOrNull(json, "kind", report.kind);
    json.key("steps").beginArray();
    for (const auto& step : report.steps) json.value(step);
    json.endArray()
        .field("duration_us", report.duration.count())
        .field("outcome", nameOf(report.outcome))
        .endObject();
}

void writeEvent(JsonWriter& json, const store::EventRow& event) {
    json.beginObject();
    writeEventMembers(json, event);
    json.endObject();
}

void writeEventMembers(JsonWriter& json, const store::EventRow& event) {
    const std::string path = "/api/v1/events/" + event.id;
    json.field("id", event.id).field("camera", event.camera).field("state", nameOf(event.state));
    json.field("started_at", event.started_at).field("ended_at", event.ended_at);
    json.field("clip_started_at", event.clip_started_at).field("clip_ended_at", event.clip_ended_at);
    json.key("duration_us");
    if (event.ended_at)
        json.value((*event.ended_at - event.started_at).count());
    else
        json.null();
    json.field("score", event.score).field("area_percent", event.area_percent);
    json.field("zone", event.zone).field("label", event.label);
    json.field("kept", event.is_kept).field("reviewed", event.is_reviewed).field("note", event.note);
    json.field("close_reason", event.close_reason);
    writeTextOrNull(json, "thumbnail_url", event.has_thumbnail ? path + "/thumbnail.jpg" : "");
    writeTextOrNull(json, "clip_url", event.footage_gone_reason.empty() ? path + "/clip.mp4" : "");
    json.field("footage_gone_reason", event.footage_gone_reason);
}

void writeRecording(JsonWriter& json, const store::RecordingRow& row) {
    json.beginObject().field("id", row.id).field("camera", row.camera);
    json.field("started_at", row.started_at).field("ended_at", row.ended_at).field("size_bytes", row.bytes);
    json.field("codec", nameOf(row.video)).field("width_px", row.width_px).field("height_px", row.height_px);
    json.field("has_audio", row.has_audio).endObject();
}

void writeHealth(JsonWriter& json, const store::HealthRow& row) {
    json.beginObject().field("at", row.at).field("state", row.state).field("score", row.score);
    json.field("issue", row.issue).field("detail", row.detail).endObject();
}

void writeIncident(JsonWriter& json, const store::IncidentRow& row) {
    json.beginObject()
        .field("started_at", row.started_at)
        .field("ended_at", row.ended_at)
        .field("kind", row.kind);
    json.field("issue", row.issue).field("detail", row.detail).field("failures", row.failures).endObject();
}

void writeRecovery(JsonWriter& json, const store::RecoveryRow& row) {
    json.beginObject().field("at", row.at).field("rung", row.rung);
    json.field("rung_name", camera::nameOf(static_cast<camera::Rung>(row.rung))).key("steps").beginArray();
    for (const auto& step : base::split(row.steps, '\n'))
        if (!step.empty()) json.value(step);
    json.endArray().field("duration_us", row.duration.count()).field("outcome", row.outcome);
    json.field("origin", row.origin).field("kind", row.kind).endObject();
}

void writeCoverage(JsonWriter& json, const store::CoverageRow& row) {
    const auto cause = ledger::gapCauseOf(row.cause);
    json.beginObject().field("started_at", row.started_at).field("ended_at", row.ended_at);
    json.field("kind", row.is_recorded ? "recorded" : "gap").field("cause", row.cause);
    json.field("is_fault", !row.is_recorded && (!cause || ledger::isFault(*cause)))
        .field("detail", row.detail)
        .endObject();
}

void writePlugins(JsonWriter& json, const std::vector<plugin::Listing>& listings) {
    json.beginObject().key("plugins").beginArray();
    for (const plugin::Listing& listing : listings) {
        json.beginObject().field("name", listing.name).field("kind", nameOf(listing.kind));
        json.field("version", listing.version).field("summary", listing.summary);
        json.field("file", listing.file.filename().string()).field("built_with", listing.built_with);
        json.field("runtime", listing.runtime).field("is_loaded", listing.refusal.empty());
        json.field("reason", listing.refusal).key("settings").beginArray();
        for (const SettingSpec& spec : listing.settings) {
            json.beginObject()
                .field("name", spec.name)
                .field("range", plugin::rangeOf(spec))
                .field("default", spec.default_value);
            json.field("is_required", spec.is_required != 0)
                .field("unit", spec.unit)
                .field("help", spec.help)
                .endObject();
        }
        json.endArray().endObject();
    }
    json.endArray().endObject();
}

}  // namespace porchlight::web
