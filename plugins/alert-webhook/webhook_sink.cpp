#include "webhook_sink.h"

#include <poll.h>

#include <algorithm>

namespace porchlight::webhook {

namespace {

constexpr seconds kLongestRest{3600};
constexpr int kUnansweredPictures = 2;  // then the picture is left out: it may be what takes so long
constexpr int kUnansweredMax = 5;

bool mayBeThePicture(long status) {
    return status == 400 || status == 413 || status == 415;
}

std::string hostOf(const std::string& url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return "the service";
    const auto end = url.find_first_of("/?#", begin + 3);
    const auto user = url.find('@', begin);
    const std::string host = url.substr(begin + 3, end == std::string::npos ? end : end - begin - 3);
    if (user == std::string::npos || (end != std::string::npos && user > end))
        return url.substr(0, begin + 3) + host;
    return url.substr(0, begin + 3) + host.substr(host.rfind('@') + 1);
}

std::string described(const Answer& answer) {
    return "answered " + std::to_string(answer.status) + (answer.text.empty() ? "" : ": " + answer.text);
}

}  // namespace

void WebhookSink::configure(const Settings& settings, const AlertAppliance& appliance) {
    target_.url = settings.text("url");
    target_.preset = settings.text("preset");
    target_.method = settings.text("method");
    target_.token = settings.text("token");
    target_.recipient = settings.text("recipient");
    target_.headers = readHeaders(std::string(settings.text("headers")));
    target_.body = settings.text("body");
    target_.content_type = settings.text("content_type");
    target_.has_picture = settings.text("picture") == "part";
    target_.dashboard = appliance.url;
    for (const AlertCamera& camera : appliance.cameras) target_.titles[camera.name] = camera.title;
    tells_ends_ = settings.boolean("ends");
    tells_states_ = settings.boolean("states");
    check(target_);
    host_ = hostOf(requestOf(target_, {}).url);
    sender_ = std::make_unique<Sender>(std::string(settings.text("ca_file")), wake_);
}

/// A request is begun when there is something to tell: nothing has to be kept alive.
void WebhookSink::service(Deadline deadline) {
    pollfd wake{wake_.fd(), POLLIN, 0};
    ::poll(&wake, 1, static_cast<int>(std::max<std::int64_t>(0, deadline.remaining().count())));
    wake_.take();
}

bool WebhookSink::isWanted(const Alert& alert) const {
    switch (alert.kind) {
        case AlertKind::EventStart:
            return true;
        case AlertKind::EventEnd:
            return tells_ends_;
        case AlertKind::EventUpdate:
            return false;  // nobody wants to be called twice for one visitor
        case AlertKind::CameraState:
            return tells_states_;
        case AlertKind::Problem:
            return !alert.problems.empty() || did_tell_problems_;
    }
    return false;
}

bool WebhookSink::deliver(const Alert& alert, Deadline deadline) {
    if (!isWanted(alert)) return true;
    if (Monotonic::now() < rest_until_) return false;
    status_ = "connected";
    const bool is_slow =
        !alert.id.empty() && alert.id == unanswered_ && unanswered_times_ >= kUnansweredPictures;
    is_slow ? sendWithoutPicture(alert, deadline) : send(alert, deadline);
    if (alert.kind == AlertKind::Problem) did_tell_problems_ = !alert.problems.empty();
    return true;
}

Answer WebhookSink::sendWithoutPicture(Alert alert, Deadline deadline) {
    alert.thumbnail.clear();
    Answer answer = send(alert, deadline);
    status_ = "connected, but pictures are left out: " + host_ + " does not take them";
    return answer;
}

/// Throws BadData where the other side has had it often enough.
void WebhookSink::noteUnanswered(const Alert& alert) {
    if (alert.id.empty() || !sender_->didReach()) return;
    if (alert.id != unanswered_) unanswered_times_ = 0;
    unanswered_ = alert.id;
    if (++unanswered_times_ < kUnansweredMax) return;
    throw Error(ErrorKind::BadData, "webhook " + host_ + ": took it " + std::to_string(kUnansweredMax) +
                                        " times and did not answer in time");
}

Answer WebhookSink::ask(const Alert& alert, Deadline deadline) {
    try {
        return sender_->send(requestOf(target_, alert), deadline);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Unavailable) noteUnanswered(alert);
        fail(error.kind(), error.what());
    }
}

/// Throws what deliver() throws.
Answer WebhookSink::send(const Alert& alert, Deadline deadline) {
    const Answer answer = ask(alert, deadline);
    const long status = answer.status;
    if (status >= 200 && status < 300) return answer;
    if (mayBeThePicture(status) && target_.has_picture && !alert.thumbnail.empty())
        return sendWithoutPicture(alert, deadline);
    if (answer.retry_after) rest_until_ = Monotonic::now() + std::min(*answer.retry_after, kLongestRest);
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        fail(ErrorKind::Unavailable, described(answer));
    if (status >= 300 && status < 400)
        fail(ErrorKind::Misconfigured, described(answer) + " (a redirect: set url to where it leads)");
    if (status == 401 || status == 403 || status == 404 || status == 407)
        fail(ErrorKind::Misconfigured, described(answer) + " (correct the address or the token)");
    throw Error(ErrorKind::BadData, "webhook " + host_ + ": " + described(answer));
}

void WebhookSink::fail(ErrorKind kind, const std::string& why) {
    status_ = (kind == ErrorKind::Misconfigured ? "misconfigured: " : "offline: ") + why;
    throw Error(kind, "webhook " + host_ + ": " + why);
}

std::vector<std::string> WebhookSink::tryOut(Deadline deadline) {
    Alert test;
    test.kind = AlertKind::Problem;
    test.at = std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
    test.problems = {"this is a test of Porchlight: nothing happened"};
    status_ = "it " + described(send(test, deadline));
    return {};
}

}  // namespace porchlight::webhook
