/// The timeline: what was recorded, what happened, and why there are gaps.
#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "http/http_error.h"
#include "ledger/span_list.h"
#include "web/answer_watch.h"
#include "web/event_query.h"
#include "web/router.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

// Together these keep the answer below 100 kB.
constexpr std::size_t kMaxEvents = 250;
constexpr std::size_t kMaxReaching = 50;  // begun before the range and not over then
constexpr std::size_t kMaxSpans = 500;    // recorded ones, and again gaps, of all cameras
constexpr std::int64_t kMaxBars = 1600;   // of all cameras
constexpr auto kMaxRange = std::chrono::hours(35 * 24);
constexpr auto kExportSlice = std::chrono::hours(7 * 24);
constexpr int kMaxSlices = 53;

std::int64_t microsecondsOf(WallTime time) {
    return time.time_since_epoch().count();
}

struct Lane {
    std::string camera;
    ledger::SpanList recorded;
    ledger::SpanList gaps;
    std::map<std::int64_t, std::array<std::int64_t, 3>> buckets;  ///< count, unreviewed, kept
    std::int64_t event_count = 0;
};

struct TimelineAnswer {
    WallTime from{};
    WallTime to{};
    microseconds bucket{0};
    microseconds resolution{0};
    std::vector<Lane> lanes;
    std::vector<store::EventRow> events;  ///< oldest first; empty when they are counted
    std::int64_t event_count = 0;
};

void look(store::Store& store, TimelineAnswer& timeline, WallTime now, const base::Cancel& cancel) {
    std::vector<std::string> cameras;
    for (Lane& lane : timeline.lanes) {
        const WallTime until = std::min(timeline.to, now);  // what still runs reaches until now
        store.recordings.visit(lane.camera, timeline.from, timeline.to,
                               [&](WallTime from, std::optional<WallTime> to, std::uint64_t) {
                                   cancel.check();
                                   lane.recorded.add(from, to.value_or(until), "");
                               });
        store.coverage.visit(lane.camera, timeline.from, timeline.to,
                             [&](WallTime from, std::optional<WallTime> to, std::string_view cause) {
                                 cancel.check();
                                 if (!cause.empty()) lane.gaps.add(from, to.value_or(until), cause);
                             });
        cameras.push_back(lane.camera);
    }
    if (cameras.empty()) return;
    for (const auto& part :
         store.event_pages.count(cameras, timeline.from, timeline.to, timeline.bucket, cancel)) {
        const auto lane =
            std::find_if(timeline.lanes.begin(), timeline.lanes.end(),
                         [&](const Lane& candidate) { return candidate.camera == part.camera; });
        auto& bucket = lane->buckets[part.bucket];
        bucket[0] += part.count;
        if (!part.is_reviewed) bucket[1] += part.count;
        if (part.is_kept) bucket[2] += part.count;
        lane->event_count += part.count;
        timeline.event_count += part.count;
    }
    if (static_cast<std::size_t>(timeline.event_count) > kMaxEvents) return;
    store::EventFilter filter;
    filter.cameras = cameras;
    filter.from = timeline.from;
    filter.to = timeline.to;
    filter.limit = kMaxEvents;
    filter.is_oldest_first = true;
    // What began before and reaches in belongs to the picture, but is counted where it began.
    timeline.events = store.events.reaching(timeline.from, kMaxReaching);
    auto begun = store.event_pages.page(filter).events;
    std::move(begun.begin(), begun.end(), std::back_inserter(timeline.events));
    timeline.bucket = microseconds{0};
}

void writeEvents(JsonWriter& json, const TimelineAnswer& timeline, const std::string& camera) {
    json.key("events").beginArray();
    for (const store::EventRow& event : timeline.events) {
        if (event.camera != camera) continue;
        json.beginObject().field("id", event.id).field("started_at_us", microsecondsOf(event.started_at));
        json.field("ended_at_us",
                   event.ended_at ? std::optional(microsecondsOf(*event.ended_at)) : std::nullopt);
        json.field("zone", event.zone).field("label", event.label).field("kept", event.is_kept);
        json.field("reviewed", event.is_reviewed).field("has_thumbnail", event.has_thumbnail);
        json.field("has_footage", event.footage_gone_reason.empty()).endObject();
    }
    json.endArray();
}

void writeBuckets(JsonWriter& json, const TimelineAnswer& timeline, const Lane& lane) {
    json.key("buckets").beginArray();
    if (timeline.bucket.count() > 0)
        for (const auto& [number, counts] : lane.buckets)
            json.beginArray()
                .value(microsecondsOf(timeline.from + number * timeline.bucket))
                .value(counts[0])
                .value(counts[1])
                .value(counts[2])
                .endArray();
    json.endArray();
}

void writeSpans(JsonWriter& json, const char* name, const std::vector<ledger::TimelineSpan>& spans,
                bool has_cause) {
    json.key(name).beginArray();
    for (const ledger::TimelineSpan& span : spans) {
        json.beginArray().value(microsecondsOf(span.started_at)).value(microsecondsOf(span.ended_at));
        if (has_cause) json.value(span.cause);
        json.endArray();
    }
    json.endArray();
}

void writeLane(JsonWriter& json, const TimelineAnswer& timeline, const Lane& lane) {
    const auto recorded = lane.recorded.sums().find("");
    json.beginObject().field("camera", lane.camera);
    json.field("recorded_us", recorded == lane.recorded.sums().end() ? 0 : recorded->second.count());
    json.field("event_count", lane.event_count);
    writeSpans(json, "spans", lane.recorded.at(timeline.resolution), false);
    writeEvents(json, timeline, lane.camera);
    writeBuckets(json, timeline, lane);
    writeSpans(json, "gaps", lane.gaps.at(timeline.resolution), true);
    json.key("gap_us_by_cause").beginObject();
    for (const auto& [cause, sum] : lane.gaps.sums()) json.field(cause, sum.count());
    json.endObject().endObject();
}

void sendTimeline(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    TimelineAnswer timeline;
    timeline.to = exchange.queryTime("to", now).value_or(now);
    timeline.from = exchange.queryTime("from", now).value_or(timeline.to - std::chrono::hours(24));
    if (timeline.to <= timeline.from || timeline.to - timeline.from > kMaxRange)
        throw http::HttpError(400, "bad_time", "must be up to 35 days after from", "to");
    const auto cameras = readCameras(exchange.query("cameras").value_or(""), backend);
    const auto count = std::max<std::size_t>(cameras.size(), 1);
    timeline.bucket =
        ledger::bucketFor(timeline.to - timeline.from, kMaxBars / static_cast<std::int64_t>(count));
    for (const std::string& camera : cameras)
        timeline.lanes.push_back({camera, {timeline.from, timeline.to}, {timeline.from, timeline.to}, {}, 0});
    AnswerWatch watch(backend, exchange);
    look(*backend.stores.lease(), timeline, now, watch.cancel(AnswerWatch::kReadBudget));
    for (const Lane& lane : timeline.lanes)
        timeline.resolution = std::max({timeline.resolution, lane.recorded.resolutionFor(kMaxSpans / count),
                                        lane.gaps.resolutionFor(kMaxSpans / count)});
    JsonWriter json;
    json.beginObject().field("from_at", timeline.from).field("to_at", timeline.to);
    json.field("from_us", microsecondsOf(timeline.from)).field("to_us", microsecondsOf(timeline.to));
    json.field("bucket_us", timeline.bucket.count()).field("resolution_us", timeline.resolution.count());
    json.key("cameras").beginArray();
    for (const Lane& lane : timeline.lanes) writeLane(json, timeline, lane);
    exchange.sendJson(200, json.endArray().endObject().text());
}

void recordings(http::Exchange& exchange, Backend& backend) {
    const WallTime now = backend.services.clock.wallNow();
    const WallTime from = exchange.queryTime("from", now).value_or(now - std::chrono::hours(24));
    const WallTime to = exchange.queryTime("to", now).value_or(now);
    if (to - from > kMaxSlices * kExportSlice)
        throw http::HttpError(400, "bad_time", "must be up to 371 days after from", "to");
    const auto cameras = readCameras(exchange.query("camera").value_or(""), backend);
    AnswerWatch watch(backend, exchange);
    exchange.beginOpenEnded("application/json");
    if (exchange.isHead()) return;
    JsonWriter json;
    json.beginObject().key("recordings").beginArray();
    for (const std::string& camera : cameras)
        for (WallTime at = from; at < to; at += kExportSlice) {
            watch.cancel().check();
            for (const auto& row : backend.stores.lease()->recordings.overlapping(
                     camera, at, std::min<WallTime>(at + kExportSlice, to))) {
                if (at != from && row.started_at < at) continue;  // told with the slice before
                writeRecording(json, row);
            }
            exchange.sendPart(http::bytesOf(json.take()), kPartBudget);
        }
    exchange.sendPart(http::bytesOf(json.endArray().endObject().text()), kPartBudget);
    exchange.finishOpenEnded();
}

}  // namespace

void addTimelineRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/timeline", Access::Viewer, sendTimeline});
    routes.push_back({"GET", "/api/v1/recordings", Access::Viewer, recordings});
}

}  // namespace porchlight::web
