/// The recorded streams as they come, of all cameras that a page shows, over one WebSocket: no picture is
/// decoded or encoded for it.
///
/// The client sends {"watch": "porch", "number": 3} and {"leave": 3}. What it gets are messages of bytes,
/// numbers little endian:
///
///     offset 0  u8  kind: 1 init, 2 part, 3 ended, 4 unfit (camera::LivePiece), 5 nothing but the time
///            1  u8  1: it begins with a keyframe; 2: it is footage, of several pictures
///            2  u16 number, as the client chose it
///            4  u32 0
///            8  f64 wall time of the first picture, ms since 1970; 0: none
///           16  f64 decode time of the first picture since the begin of its stream, s
///           24  f64 how long its pictures last, s
///           32  f64 wall time of the appliance as this is sent, ms since 1970
///           40  MP4: ftyp and moov, or moof and mdat
#include "base/bytes.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "http/websocket.h"
#include "web/accounts.h"
#include "web/answer_watch.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

constexpr milliseconds kCommandSlice{50};      // how soon a message of the client is read
constexpr milliseconds kMessageBudget{5'000};  // a viewer that takes longer for one message is cut off
constexpr seconds kTellTimeAfter{4};  // then the time alone is sent: the page sees that the line is alive
constexpr std::uint8_t kTimeAlone = 5;
constexpr int kMaxCommands = 64;  ///< at once
constexpr std::uint16_t kGoingAway = 1001;
constexpr double kMostNumber = 65'535;

double wallMillis(WallTime at) noexcept {
    return static_cast<double>(at.time_since_epoch().count()) / 1e3;
}
double spanSeconds(microseconds span) noexcept {
    return static_cast<double>(span.count()) / 1e6;
}

/// One page and the cameras that it watches.
class WatchingPage {
  public:
    WatchingPage(http::Exchange& exchange, Backend& backend, camera::PartHub::Viewer& viewer)
        : exchange_(exchange), backend_(backend), viewer_(viewer), socket_(exchange) {}

    /// Until the client goes, its session ends, or the appliance stops. Throws ClientGone.
    void serve() {
        AnswerWatch watch(backend_, exchange_);
        const camera::LiveHub& hub = backend_.services.cameras.live();
        while (!hub.isClosed() && !watch.isOver()) {
            for (int i = 0; i < kMaxCommands; ++i) {  // then it is looked whether the session lasts
                const auto text = socket_.receive();
                if (!text) break;
                obey(*text);
            }
            if (const auto delivery = viewer_.next(Deadline::in(kCommandSlice)))
                send(delivery->number, *delivery->piece);
            else if (Monotonic::now() - sent_at_ >= kTellTimeAfter)
                send(head(kTimeAlone, 0, {}), {});
        }
        socket_.close(kGoingAway);
    }

  private:
    void obey(const std::string& text) {
        try {
            const http::JsonBody body(text, {"watch", "number", "leave"});
            if (const auto number = body.optionalNumber("leave", 0, kMostNumber))
                viewer_.leave(static_cast<std::uint16_t>(*number));
            const auto camera = body.optionalText("watch", 64);
            if (!camera) return;
            const auto number =
                static_cast<std::uint16_t>(body.optionalNumber("number", 0, kMostNumber).value_or(0));
            const bool is_known = backend_.services.cameras.status(*camera).has_value();
            if (!is_known || !viewer_.watch(number, *camera))
                send(head(static_cast<std::uint8_t>(camera::LivePiece::Kind::Unfit), number, {}), {});
        } catch (const http::HttpError& error) {
            socket_.close(1008);
            throw http::ClientGone(error.what());
        }
    }

    base::Bytes head(std::uint8_t kind, std::uint16_t number, const camera::LivePiece& piece) const {
        base::ByteWriter out;
        out.put(kind);
        out.put(static_cast<std::uint8_t>((piece.is_key ? 1 : 0) | (piece.is_footage ? 2 : 0)));
        out.put(number);
        out.put(std::uint32_t{0});
        out.put(wallMillis(piece.at));
        out.put(spanSeconds(piece.start));
        out.put(spanSeconds(piece.lasts));
        out.put(wallMillis(backend_.services.clock.wallNow()));
        return out.take();
    }

    void send(std::uint16_t number, const camera::LivePiece& piece) {
        send(head(static_cast<std::uint8_t>(piece.kind), number, piece), piece.bytes);
    }
    void send(const base::Bytes& head, const base::Bytes& body) {
        socket_.send(http::FrameReader::Kind::Bytes,
                     {reinterpret_cast<const char*>(head.data()), head.size()}, body, kMessageBudget);
        sent_at_ = Monotonic::now();
    }

    http::Exchange& exchange_;
    Backend& backend_;
    camera::PartHub::Viewer& viewer_;
    http::WebSocket socket_;
    Monotonic::time_point sent_at_ = Monotonic::now();
};

void watch(http::Exchange& exchange, Backend& backend) {
    // Any site may open a WebSocket from the browser of who is logged in here.
    checkPage(exchange, backend.services.config.web.url);
    const http::StreamPlace place(backend.connections);
    const auto viewer = place ? backend.services.cameras.live().parts().admit() : nullptr;
    if (!viewer) throw http::HttpError(503, "too_many_viewers", "too many viewers at the moment", "", 5);
    WatchingPage(exchange, backend, *viewer).serve();
}

}  // namespace

void addWatchRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/live", Access::Viewer, watch});
}

}  // namespace porchlight::web
