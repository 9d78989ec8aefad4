/// Answers that last: live pictures and the stream of changes.
#include "base/text.h"
#include "web/backend.h"
#include "web/http_error.h"
#include "web/router.h"
#include "web/system_view.h"
#include "web/views.h"

namespace porchlight::web {
namespace {

constexpr milliseconds kSlice{500};          // how soon a stop or a lost session is noticed
constexpr milliseconds kFrameBudget{5'000};  // a viewer that takes longer for one frame is cut off
constexpr seconds kQuiet{5};                 // after this long without a frame something is sent to find the dead
constexpr seconds kHeartbeat{15};
constexpr seconds kSessionCheck{5};

/// Ends an answer when its session ended.
class SessionWatch {
  public:
    SessionWatch(Backend& backend, const Caller& caller) : backend_(backend), caller_(caller) {}
    bool isOver() {
        if (Monotonic::now() < next_) return false;
        next_ = Monotonic::now() + kSessionCheck;
        return !backend_.accounts.isAlive(caller_);
    }

  private:
    Backend& backend_;
    const Caller caller_;
    Monotonic::time_point next_ = Monotonic::now() + kSessionCheck;
};

void sendFrame(Exchange& exchange, const camera::LiveFrame& frame) {
    const std::string head = "--porchlight\r\nContent-Type: image/jpeg\r\nContent-Length: " +
                             std::to_string(frame.jpeg.size()) + "\r\nX-Timestamp: " + base::formatTime(frame.at) +
                             "\r\n\r\n";
    std::vector<std::uint8_t> part;
    part.reserve(head.size() + frame.jpeg.size() + 2);
    part.insert(part.end(), head.begin(), head.end());
    part.insert(part.end(), frame.jpeg.begin(), frame.jpeg.end());
    part.push_back('\r');
    part.push_back('\n');
    exchange.sendPart(part, kFrameBudget);
}

void live(Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    camera::LiveHub& hub = backend.services.cameras.live();
    if (!backend.services.cameras.status(name)) throw HttpError(404, "not_found", "no such camera");
    if (exchange.isHead()) return exchange.beginOpenEnded("multipart/x-mixed-replace; boundary=porchlight");
    const StreamPlace place(backend.connections);
    const auto viewer = place ? hub.watch(name) : nullptr;
    if (!viewer) throw HttpError(503, "too_many_viewers", "too many viewers at the moment", "", 5);
    exchange.closeAfterwards();
    exchange.beginOpenEnded("multipart/x-mixed-replace; boundary=porchlight");
    SessionWatch session(backend, *exchange.caller);
    std::shared_ptr<const camera::LiveFrame> last;
    auto sent_at = Monotonic::now();
    while (!backend.connections.isStopping() && !hub.isClosed() && !session.isOver()) {
        const auto frame = viewer->next(last ? last->number : 0, Deadline::in(kSlice));
        if (!frame && Monotonic::now() - sent_at < kQuiet) continue;
        if (frame) last = frame;
        if (last) sendFrame(exchange, *last);
        else exchange.sendPart(bytesOf("\r\n"), kFrameBudget);
        sent_at = Monotonic::now();
    }
    exchange.finishOpenEnded();
}

std::string describe(Backend& backend, const base::Change& change) {
    JsonWriter json;
    if (change.kind == "camera") {
        if (const auto status = backend.services.cameras.status(change.camera)) writeCamera(json, *status);
    } else if (change.kind == "event") {
        const auto event = backend.stores.lease()->event(change.id);
        if (event && !event->removed_at) {
            writeEvent(json, *event);
        } else {
            json.beginObject().field("id", change.id).field("camera", change.camera).field("state", "deleted").endObject();
        }
    } else if (change.kind == "storage") {
        writeStorage(json, backend);
    }
    if (json.text().empty())
        json.beginObject().field("camera", change.camera).field("id", change.id).field("what", change.what).endObject();
    return json.text();
}

/// Several changes of one thing in one batch are told once, with its newest state.
std::string describeBatch(Backend& backend, const std::vector<base::Change>& changes, std::uint64_t last) {
    std::string text;
    if (changes.front().number > last + 1) text += "event: resync\ndata: {}\n\n";
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const base::Change& change = changes[i];
        bool is_repeated = false;
        for (std::size_t j = i + 1; j < changes.size() && !is_repeated; ++j)
            is_repeated = changes[j].kind == change.kind && changes[j].camera == change.camera &&
                          changes[j].id == change.id;
        if (is_repeated) continue;
        text += "id: " + std::to_string(change.number) + "\nevent: " + change.kind +
                "\ndata: " + describe(backend, change) + "\n\n";
    }
    return text;
}

void stream(Exchange& exchange, Backend& backend) {
    if (exchange.isHead()) return exchange.beginOpenEnded("text/event-stream");
    const StreamPlace place(backend.connections);
    if (!place) throw HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    exchange.closeAfterwards();
    std::uint64_t last = backend.services.changes.last();
    exchange.beginOpenEnded("text/event-stream");
    exchange.sendPart(bytesOf("retry: 2000\nevent: hello\ndata: {\"version\":\"" + backend.services.version +
                              "\"}\n\n"), kFrameBudget);
    SessionWatch session(backend, *exchange.caller);
    auto sent_at = Monotonic::now();
    while (!backend.connections.isStopping() && !session.isOver()) {
        const auto started = Monotonic::now();
        const auto changes = backend.services.changes.after(last, Deadline::in(kSlice));
        if (!changes.empty()) {
            exchange.sendPart(bytesOf(describeBatch(backend, changes, last)), kFrameBudget);
            last = changes.back().number;
            sent_at = Monotonic::now();
        } else if (Monotonic::now() - started < kSlice / 2) {
            break;  // the feed is closed: the appliance stops
        } else if (Monotonic::now() - sent_at >= kHeartbeat) {
            exchange.sendPart(bytesOf(": \n\n"), kFrameBudget);
            sent_at = Monotonic::now();
        }
    }
    exchange.finishOpenEnded();
}

}  // namespace

void addLiveRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/cameras/{name}/live.mjpeg", Access::Viewer, live});
    routes.push_back({"GET", "/api/v1/stream", Access::Viewer, stream});
}

}  // namespace porchlight::web
