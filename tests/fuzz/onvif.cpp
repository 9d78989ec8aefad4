/// Fuzzer of what anybody may answer to us over ONVIF: HTTP, SOAP, and what is read in them.
///
/// First byte: the size of the pieces in which the rest comes (0: at once). However it is cut, the same
/// answer must come out; whatever it holds is read without harm, within its bounds, and shows no password.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "http/answer_reader.h"
#include "onvif/camera.h"
#include "onvif/events/detections.h"
#include "onvif/events/subscription.h"
#include "onvif/exchange.h"
#include "onvif/proposal.h"
#include "onvif/service/advice.h"
#include "onvif/service/movement.h"
#include "onvif/service/switches.h"
#include "porchlight/challenge.h"

namespace {

using namespace porchlight;

const char* const kPassword = "secret-pass";

void require(bool is_so) {
    if (!is_so) std::abort();
}

bool isShown(const std::string& text) {
    return base::printable(text) == text;
}

/// "status|head|body", "cut short" or "refused".
std::string read(const std::string& bytes, std::size_t step) {
    http::AnswerReader reader(onvif::kAnswerBounds);
    try {
        bool is_whole = false;
        for (std::size_t at = 0; at < bytes.size() && !is_whole; at += step)
            is_whole = reader.add(std::string_view(bytes).substr(at, step));
        if (!is_whole && !reader.end()) return "cut short";
    } catch (const Error&) {
        return "refused";
    }
    const http::HttpAnswer answer = reader.take();
    require(answer.body.size() <= onvif::kAnswerBounds.body_bytes);
    return std::to_string(answer.status) + "|" + answer.head + "|" + answer.body;
}

void checkAddress(const onvif::Node& content) {
    const std::string shown = onvif::shownStream(onvif::addressIn(content), "cam", kPassword);
    require(shown.find(kPassword) == std::string::npos &&
            shown.find_first_of("\" \r\n\\") == std::string::npos);
    require(shown.empty() || shown.find("://cam") != std::string::npos);
}

void checkProfiles(const onvif::Node& content) {
    auto profiles = onvif::profilesIn(content);
    require(profiles.size() <= onvif::kMaxProfiles);
    for (onvif::Profile& profile : profiles) {
        require(isShown(onvif::describe(profile)) && isShown(profile.name));
        profile.stream = "rtsp://cam/" + profile.token;
    }
    for (const onvif::Proposal& one : onvif::propose(profiles))
        require(one.main != nullptr && one.main != one.sub && !one.main_reason.empty());
    require(isShown(onvif::adviceOn(profiles)));
}

void checkServices(const onvif::Node& content) {
    onvif::ServiceAddress reached;
    reached.host = "cam";
    const auto services = onvif::servicesIn(content, reached);
    for (const auto& one : {services.media1, services.media2, services.events, services.ptz, services.imaging,
                            services.device_io})
        if (one) {
            require(one->host.size() == 3 && !one->is_secure && one->port > 0 && one->port < 65536);
            require(one->path.starts_with('/') && one->path.find_first_of(" \r\n") == std::string::npos);
        }
}

/// Whatever is told, each end follows a begin, and time goes forward.
void checkEvents(const onvif::Node& content) {
    const auto told = onvif::notificationsIn(content);
    require(told.size() <= onvif::kMaxNotifications &&
            onvif::topicsIn(content).size() <= onvif::kMaxNotifications);
    onvif::Detections detections;
    const onvif::Detections::Now now{WallTime(seconds{1'800'000'000}), Monotonic::time_point(seconds{100}),
                                     seconds{-3600}};
    const auto found = detections.take(told, now);
    require(found.size() <= onvif::kMaxDetections);
    bool was_on = false;
    for (const CameraDetection& one : found) {
        require(isShown(one.place) && !one.label.empty() && one.score >= 0 && one.score <= 1);
        require(one.at <= now.wall && one.at >= now.wall - onvif::kBelievable);
        was_on |= one.is_on;
        require(one.is_on || was_on);
    }
    (void)onvif::parseXml("<a>" + onvif::echoed(content) + "</a>");  // what goes back is XML
}

void checkHands(const onvif::Node& content) {
    const onvif::Motors motors = onvif::motorsIn(content, "node");
    for (const onvif::SpeedRange& range : {motors.pan, motors.tilt, motors.zoom})
        require(range.low < 0 && range.high > 0 && range.of(1) == range.high);
    for (const auto& items : {onvif::presetsIn(content), onvif::outputsIn(content)})
        for (const CameraItem& item : items)
            require(!item.token.empty() && item.token.size() <= onvif::kMaxToken && isShown(item.name));
    require(onvif::infraredIn(content).size() <= 4);
}

void checkBody(const std::string& body) {
    (void)onvif::saysLocked(body);
    try {
        const onvif::SoapAnswer answer = onvif::readSoap(body);
        if (answer.fault) require(isShown(answer.fault->text()) && answer.fault->text().size() < 1024);
        checkServices(answer.content);
        checkProfiles(answer.content);
        checkAddress(answer.content);
        checkEvents(answer.content);
        checkHands(answer.content);
        require(isShown(onvif::deviceIn(answer.content).model));
    } catch (const Error& error) {
        require(error.kind() == ErrorKind::BadData);
    }
}

/// Nothing of an answer may become another line of our request.
void checkLogin(const std::string& head) {
    for (const Challenge& offer : challengesIn(head)) {
        const std::string line =
            digestAnswer(offer, {"viewer", kPassword}, {"POST", "/x", "1", 1}, onvif::digestHashes());
        require(line.empty() || line.find_first_of("\r\n") == line.size() - 2);
        require(line.find(kPassword) == std::string::npos || head.find(kPassword) != std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 8192) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string whole = read(bytes, bytes.size());
    if (data[0] != 0) require(read(bytes, data[0]) == whole);
    checkBody(bytes);
    if (const auto body = whole.find("|HTTP"); body != std::string::npos) {
        const std::size_t end = std::min(whole.find("\r\n\r\n|"), whole.find("\n\n|"));
        checkLogin(whole.substr(0, end));
        if (end != std::string::npos) checkBody(whole.substr(whole.find('|', end) + 1));
    }
    return 0;
}
