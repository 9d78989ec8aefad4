/// Answers that last: live pictures and the stream of changes.
#include "base/text.h"
#include "http/http_error.h"
#include "placeholder/placeholder.h"
#include "web/answer_watch.h"
#include "web/router.h"
#include "web/routes/system_view.h"
#include "web/routes/views.h"

namespace porchlight::web {
namespace {

constexpr milliseconds kSlice{500};          // how soon a stop or a lost session is noticed
constexpr milliseconds kFrameBudget{5'000};  // a viewer that takes longer for one frame is cut off
constexpr seconds kQuiet{5};  // after this long without a frame something is sent to find the dead
constexpr milliseconds kPlaceholderPace{1'000};  // its clock runs: the viewer sees that the stream is alive
constexpr seconds kHeartbeat{15};
constexpr const char* kMultipart = "multipart/x-mixed-replace; boundary=porchlight";
constexpr const char* kBoundaryLine = "--porchlight\r\n";

/// Browsers show a part once they have seen the boundary behind it: it goes out with the part, not before the
/// next one.
void sendPicture(http::Exchange& exchange, WallTime at, const std::vector<std::uint8_t>& jpeg,
                 bool is_placeholder) {
    const std::string head =
        "Content-Type: image/jpeg\r\nContent-Length: " + std::to_string(jpeg.size()) +
        "\r\nX-Timestamp: " + base::formatTime(at) +
        (is_placeholder ? std::string("\r\n") + placeholder::kPlaceholderHeader + ": true" : "") + "\r\n\r\n";
    const std::string tail = std::string("\r\n") + kBoundaryLine;
    std::vector<std::uint8_t> part;
    part.reserve(head.size() + jpeg.size() + tail.size());
    part.insert(part.end(), head.begin(), head.end());
    part.insert(part.end(), jpeg.begin(), jpeg.end());
    part.insert(part.end(), tail.begin(), tail.end());
    exchange.sendPart(part, kFrameBudget);
}

/// One viewer's stream: the camera's pictures while it gives any, the placeholder otherwise; one turns into
/// the other within the same answer.
class LiveStream {
  public:
    LiveStream(http::Exchange& exchange, Backend& backend, const std::string& camera, bool has_placeholder)
        : exchange_(exchange),
          backend_(backend),
          camera_(camera),
          has_placeholder_(has_placeholder),
          frame_timeout_(placeholder::frameTimeoutOf(backend.services.config, camera)),
          sent_at_(Monotonic::now()),
          shown_at_(sent_at_),
          shown_wall_(backend.services.clock.wallNow()) {}

    /// Waits a slice for the next picture and sends what there is to send. False: the camera is no longer
    /// configured.
    bool step(camera::LiveHub::Viewer& viewer) {
        const auto frame = viewer.next(number_, Deadline::in(kSlice));
        auto status = backend_.services.cameras.status(camera_);
        if (!status) return false;
        status = shownTo(exchange_, std::move(*status));
        if (frame) number_ = frame->number;
        const WallTime now = backend_.services.clock.wallNow();
        auto missing = placeholder::missingPicture(*status, frame_timeout_, now);
        if (frame && !missing) {
            placeholder_.reset();
            shown_ = frame;
            show(frame->at, frame->jpeg, false);
            shown_at_ = sent_at_;
            shown_wall_ = now;
            return true;
        }
        if (!missing && Monotonic::now() - shown_at_ > frame_timeout_ + placeholder::kAgeStep)
            missing = placeholder::silentPicture(*status, "no live picture is made", shown_wall_);
        if (missing && has_placeholder_)
            showPlaceholder(*missing, *status, now);
        else if (Monotonic::now() - sent_at_ >= kQuiet)
            keepAlive();
        return true;
    }

  private:
    void showPlaceholder(const placeholder::MissingPicture& missing, const camera::Status& status,
                         WallTime now) {
        const bool is_news = !placeholder_ || *placeholder_ != missing;
        if (!is_news && Monotonic::now() - sent_at_ < kPlaceholderPace) return;
        placeholder_ = missing;
        show(now, placeholder::drawPlaceholder(missing, status.width_px, status.height_px, now), true);
    }
    void show(WallTime at, const std::vector<std::uint8_t>& jpeg, bool is_placeholder) {
        if (!has_begun_) exchange_.sendPart(http::bytesOf(kBoundaryLine), kFrameBudget);
        has_begun_ = true;
        sendPicture(exchange_, at, jpeg, is_placeholder);
        sent_at_ = Monotonic::now();
    }
    /// Finds out that a viewer is gone. A viewer without placeholders covers the old picture itself.
    void keepAlive() {
        if (shown_) return show(shown_->at, shown_->jpeg, false);
        exchange_.sendPart(http::bytesOf("\r\n"), kFrameBudget);
        sent_at_ = Monotonic::now();
    }

    http::Exchange& exchange_;
    Backend& backend_;
    const std::string camera_;
    const bool has_placeholder_;
    const microseconds frame_timeout_;
    std::uint64_t number_ = 0;
    bool has_begun_ = false;
    std::shared_ptr<const camera::LiveFrame> shown_;
    std::optional<placeholder::MissingPicture> placeholder_;
    Monotonic::time_point sent_at_;
    Monotonic::time_point shown_at_;
    WallTime shown_wall_;
};

void live(http::Exchange& exchange, Backend& backend) {
    const std::string name = exchange.path_values.at(0);
    camera::LiveHub& hub = backend.services.cameras.live();
    if (!backend.services.cameras.status(name)) throw http::HttpError(404, "not_found", "no such camera");
    const bool has_placeholder = exchange.queryBoolean("placeholder").value_or(true);
    if (exchange.isHead()) return exchange.beginOpenEnded(kMultipart);
    const http::StreamPlace place(backend.connections);
    const auto viewer = place ? hub.watch(name) : nullptr;
    if (!viewer) throw http::HttpError(503, "too_many_viewers", "too many viewers at the moment", "", 5);
    exchange.closeAfterwards();
    exchange.beginOpenEnded(kMultipart);
    LiveStream stream(exchange, backend, name, has_placeholder);
    AnswerWatch watch(backend, exchange);
    while (!hub.isClosed() && !watch.isOver() && stream.step(*viewer)) {
    }
    exchange.finishOpenEnded();
}

std::string describe(const http::Exchange& exchange, Backend& backend, const base::Change& change) {
    JsonWriter json;
    if (change.kind == "camera") {
        if (const auto status = backend.services.cameras.status(change.camera))
            writeCamera(json, shownTo(exchange, *status));
    } else if (change.kind == "event") {
        const auto event = backend.stores.lease()->events.byId(change.id);
        if (event && !event->removed_at) {
            writeEvent(json, *event);
        } else {
            json.beginObject()
                .field("id", change.id)
                .field("camera", change.camera)
                .field("state", "deleted")
                .endObject();
        }
    } else if (change.kind == "storage") {
        writeStorage(json, backend, maySeeDetails(exchange));
    }
    if (json.text().empty())
        json.beginObject()
            .field("camera", change.camera)
            .field("id", change.id)
            .field("what", change.what)
            .endObject();
    return json.text();
}

/// Several changes of one thing in one batch are told once, with its newest state.
std::string describeBatch(const http::Exchange& exchange, Backend& backend,
                          const std::vector<base::Change>& changes, std::uint64_t last) {
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
                "\ndata: " + describe(exchange, backend, change) + "\n\n";
    }
    return text;
}

void stream(http::Exchange& exchange, Backend& backend) {
    if (exchange.isHead()) return exchange.beginOpenEnded("text/event-stream");
    const http::StreamPlace place(backend.connections);
    if (!place) throw http::HttpError(503, "too_many_streams", "too many viewers at the moment", "", 5);
    exchange.closeAfterwards();
    std::uint64_t last = backend.services.changes.last();
    exchange.beginOpenEnded("text/event-stream");
    JsonWriter hello;
    hello.beginObject().field("version", backend.services.version).endObject();
    exchange.sendPart(http::bytesOf("retry: 2000\nevent: hello\ndata: " + hello.text() + "\n\n"),
                      kFrameBudget);
    AnswerWatch watch(backend, exchange);
    auto sent_at = Monotonic::now();
    while (!watch.isOver()) {
        const auto started = Monotonic::now();
        const auto changes = backend.services.changes.after(last, Deadline::in(kSlice));
        if (!changes.empty()) {
            exchange.sendPart(http::bytesOf(describeBatch(exchange, backend, changes, last)), kFrameBudget);
            last = changes.back().number;
            sent_at = Monotonic::now();
        } else if (Monotonic::now() - started < kSlice / 2) {
            break;  // the feed is closed: the appliance stops
        } else if (Monotonic::now() - sent_at >= kHeartbeat) {
            exchange.sendPart(http::bytesOf(": \n\n"), kFrameBudget);
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
