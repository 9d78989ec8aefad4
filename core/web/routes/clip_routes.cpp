/// Clips of events.
#include "http/http_error.h"
#include "web/event_query.h"
#include "web/router.h"
#include "web/routes/clip_sender.h"

namespace porchlight::web {
namespace {

constexpr milliseconds kSlice{500};
constexpr milliseconds kPlanBudget{15'000};

/// A running event: what there is, then what comes, until the clip is final.
void followClip(http::Exchange& exchange, Backend& backend, AnswerWatch& watch,
                const store::EventRow& event) {
    const config::Config& config = backend.services.config;
    const auto follower =
        clip::ClipFollower::open(config.databaseFile(), config.recordingsDir(), event.id, watch.cancel());
    exchange.setHeader("Accept-Ranges", "none");
    exchange.beginOpenEnded("video/mp4");
    if (exchange.isHead()) return;
    while (!follower->isAtEnd()) {
        watch.cancel().check();
        const auto bytes = follower->next(Deadline::in(kSlice));
        exchange.sendPart(bytes, kPieceBudget);
    }
    exchange.finishOpenEnded();
}

void eventClip(http::Exchange& exchange, Backend& backend) {
    const store::EventRow event = eventOr404(backend, exchange.path_values.at(0));
    if (!event.footage_gone_reason.empty())
        throw http::HttpError(410, "footage_gone", "the footage was deleted: " + event.footage_gone_reason);
    const http::StreamPlace place(backend.connections);
    if (!place) throw http::HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    if (exchange.query("download").value_or("0") == "1")
        exchange.setHeader(
            "Content-Disposition",
            "attachment; filename=\"" + clipFileName(event.camera, event.clip_started_at) + "\"");
    AnswerWatch watch(backend, exchange);
    if (!event.clip_ended_at) return followClip(exchange, backend, watch, event);
    exchange.entry().mustMoveWithin(kPlanBudget + seconds{5});
    // The pool's connection goes back before a byte of footage is read: a slow disk must not keep it from
    // others.
    const auto rows = backend.stores.lease()->recordings.overlapping(event.camera, event.clip_started_at,
                                                                     *event.clip_ended_at);
    const auto clip = clip::Clip::open(rows, backend.services.config.recordingsDir(), event.clip_started_at,
                                       *event.clip_ended_at, watch.cancel(kPlanBudget), event.started_at);
    sendClip(exchange, watch, *clip);
}

}  // namespace

void addClipRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/events/{id}/clip.mp4", Access::Viewer, eventClip});
}

}  // namespace porchlight::web
