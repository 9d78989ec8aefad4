#include "mqtt_sink.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "porchlight/json.h"
#include "porchlight/utf8.h"
#include "trial.h"

namespace porchlight::mqtt {

namespace {

constexpr seconds kConnectBudget{10};
constexpr seconds kConfirmBudget{5};  ///< for a message to be confirmed
constexpr seconds kMaxBackoff{60};
constexpr seconds kQuiet{75};  ///< a connection that lasted so long was a good one; longer than kMaxBackoff,
                               ///< or two with one id begin anew
constexpr milliseconds kInterruptedGrace{50};
constexpr std::size_t kMaxPictureBytes = 1'000'000;  ///< Mosquitto 2.1 drops clients that send more than 2 MB
constexpr int kLossesForPicture = 2;  ///< of the connection with the same alert: its picture is left out
constexpr int kLossesForAlert = 5;    ///< the alert is given up
constexpr int kTimeDigits = 3;
constexpr int kScoreDecimals = 3;
constexpr int kSuspicious = 3;  ///< connections in a row that were cut young

std::string_view asText(const std::vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A topic that can be published to as it stands.
bool isPlainTopic(const std::string& topic) {
    const bool has_control =
        std::any_of(topic.begin(), topic.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    return !topic.empty() && topic.size() <= 400 && topic.find_first_of("+#") == std::string::npos &&
           topic.front() != '/' && topic.back() != '/' && !has_control && asUtf8(topic) == topic;
}

std::string keyOf(const Alert& alert) {
    return std::to_string(static_cast<int>(alert.kind)) + " " + alert.camera + " " + alert.event_id;
}

}  // namespace

MqttSink::MqttSink() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (wake_fd_ < 0) throw Error(ErrorKind::Exhausted, "mqtt: no file descriptor left");
    mosquitto_lib_init();
}

MqttSink::~MqttSink() {
    connection_.reset();
    mosquitto_lib_cleanup();
    ::close(wake_fd_);
}

void MqttSink::configure(const Settings& settings, const AlertAppliance& appliance) {
    url_ = appliance.url;
    topics_ = {std::string(settings.text("topic")), std::string(settings.text("discovery_prefix")),
               appliance.node};
    if (!isPlainTopic(topics_.base))
        throw Error(ErrorKind::Misconfigured,
                    "mqtt: topic '" + topics_.base + "' must be a plain topic without + # and outer /");
    has_discovery_ = settings.boolean("discovery");
    if (has_discovery_ && !isPlainTopic(topics_.discovery_prefix))
        throw Error(ErrorKind::Misconfigured, "mqtt: discovery_prefix '" + topics_.discovery_prefix +
                                                  "' must be a plain topic without + # and outer /");
    readAccess(settings, appliance.node);
    announcement_.configure(appliance, broker(), has_discovery_);
}

bool MqttSink::withdraw(const Settings& settings, const AlertAppliance& appliance) {
    configure(settings, appliance);
    access_.will_topic.clear();
    return announcement_.withdraw();
}

void MqttSink::readAccess(const Settings& settings, const std::string& node) {
    access_.host = settings.text("host");
    access_.port = static_cast<int>(settings.integer("port"));
    access_.username = settings.text("username");
    access_.password = settings.text("password");
    access_.is_tls = settings.boolean("tls");
    access_.ca_file = settings.text("ca_file");
    access_.client_id = settings.text("client_id");
    if (access_.client_id.empty()) access_.client_id = "porchlight-" + node;
    access_.will_topic = topics_.status();
    const auto protocol = settings.text("protocol");
    is_protocol_free_ = protocol != "5" && protocol != "3.1.1";
    access_.protocol = protocol == "3.1.1" ? Protocol::V311 : Protocol::V5;
    if (!access_.ca_file.empty() && ::access(access_.ca_file.c_str(), R_OK) != 0)
        throw Error(ErrorKind::Misconfigured, "mqtt: cannot read ca_file " + access_.ca_file);
}

bool MqttSink::takeWake() noexcept {
    std::uint64_t count = 0;
    return ::read(wake_fd_, &count, sizeof count) == sizeof count;
}

void MqttSink::interrupt() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored =
        ::write(wake_fd_, &one, sizeof one);  // a full counter wakes as well
}

std::string MqttSink::status() const {
    if (is_withdrawn_) return "off";
    if (announcement_.isWithdrawn() && status_ != "connecting")
        return "off, but announcements still stand at the broker (topics: " +
               std::to_string(announcement_.remembered()) + "; the next start tries again): " + status_;
    if (status_ != "connected") return status_;
    std::string but;
    for (const std::string& text : {courier_.complaints(), announcement_.memoryProblem(), rival_})
        if (!text.empty()) but += (but.empty() ? ", but " : "; ") + text;
    return status_ + but;
}

void MqttSink::service(Deadline deadline) {
    while (!deadline.isPast() && !is_withdrawn_) {
        if (!connection_ && Monotonic::now() >= connect_at_) connect();
        if (connection_) {
            connection_->run(deadline, wake_fd_);
            watch();
        } else {
            pollfd wake{wake_fd_, POLLIN, 0};
            ::poll(&wake, 1,
                   static_cast<int>(deadline.within(connect_at_ - Monotonic::now()).remaining().count()));
        }
        if (takeWake()) return;
    }
}

void MqttSink::connect() {
    try {
        connection_ = std::make_unique<Connection>(
            access_, [this](std::string_view topic, std::string_view payload, bool is_retained) {
                if (topic != topics_.birth() || payload != "online" || is_retained) return;
                // Answers sent at once can get lost while Home Assistant still starts.
                announce_at_ =
                    Monotonic::now() + milliseconds(std::uniform_int_distribution<int>(1000, 5000)(random_));
            });
        give_up_at_ = Monotonic::now() + kConnectBudget;
    } catch (const Error& error) {
        loseConnection(error.kind() == ErrorKind::Misconfigured ? Connection::Loss::Refused
                                                                : Connection::Loss::Unavailable,
                       error.what());
    }
}

/// Follows the connection's state after anything happened on it.
void MqttSink::watch() {
    const auto now = Monotonic::now();
    if (connection_->state() == Connection::State::Lost)
        return loseConnection(connection_->loss(), connection_->lossReason());
    if (connection_->state() == Connection::State::Connecting) {
        if (now >= give_up_at_) loseConnection(Connection::Loss::Unavailable, "the broker does not answer");
        return;
    }
    if (!online_since_) {
        online_since_ = now;
        did_change_protocol_ = false;
        courier_.forgetComplaints();
    }
    if (now - *online_since_ >= kQuiet) rival_.clear();
    if (!is_announcing_ && (!is_announced_ || (announce_at_ && now >= *announce_at_))) announce();
    courier_.send(*connection_);
    if (isAllOut()) {
        if (is_announcing_) finishAnnouncement();
    } else if (now - courier_.progressAt() >= kConfirmBudget) {
        loseConnection(Connection::Loss::Unavailable, "the broker does not answer");
    }
}

void MqttSink::loseConnection(Connection::Loss loss, std::string reason) {
    if (loss == Connection::Loss::Version && changeProtocol()) return;
    if (connection_ && online_since_) courier_.learnFromLoss(*connection_);
    judgeLife(loss, reason);
    connection_.reset();
    courier_.clear();
    online_since_.reset();
    is_announced_ = false;
    is_announcing_ = false;
    announce_at_.reset();
    const bool is_refused = loss == Connection::Loss::Refused;
    did_change_protocol_ = false;
    if (is_refused)
        backoff_ = kMaxBackoff;  // only the owner can fix it; we look again in case he did so in the broker
    connect_at_ = Monotonic::now() + backoff_;
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    const std::string before =
        std::exchange(status_, (is_refused ? "misconfigured: " : "offline: ") + reason);
    if (before == status_) return;
    throw Error(is_refused ? ErrorKind::Misconfigured : ErrorKind::Unavailable,
                "mqtt broker " + broker() + ": " + reason);
}

/// The other version at once, in silence; false when both were tried.
bool MqttSink::changeProtocol() {
    if (!is_protocol_free_ || did_change_protocol_) return false;
    did_change_protocol_ = true;
    access_.protocol = access_.protocol == Protocol::V5 ? Protocol::V311 : Protocol::V5;
    connection_.reset();
    return true;
}

/// Two clients with one id throw each other out. Some brokers say so, in MQTT 5; of others one can only
/// wonder.
void MqttSink::judgeLife(Connection::Loss loss, std::string& reason) {
    if (online_since_ && Monotonic::now() - *online_since_ >= kQuiet) {
        backoff_ = seconds{1};
        short_lives_ = 0;
    } else if (online_since_ && loss == Connection::Loss::Unavailable && isAllOut()) {
        ++short_lives_;
    }
    if (loss == Connection::Loss::TakenOver)
        rival_ = reason;
    else if (short_lives_ >= kSuspicious) {
        rival_ = "is there another client with the same id ('" + access_.client_id + "')?";
        reason += "; " + rival_;
    }
}

/// After every connect, and when Home Assistant was born again.
void MqttSink::announce() {
    announce_at_.reset();
    is_announcing_ = true;
    courier_.restartClock();
    if (has_discovery_ && !announcement_.isWithdrawn()) connection_->subscribe(topics_.birth());
    announcement_.putAll();
}

void MqttSink::finishAnnouncement() {
    is_announcing_ = false;
    is_announced_ = true;
    status_ = "connected";
    if (courier_.complaints().empty()) announcement_.finish();  // else some of it may still stand there
    if (!announcement_.isWithdrawn()) return;
    if (announcement_.remembered() > 0)
        return loseConnection(Connection::Loss::Refused, courier_.complaints());
    connection_->disconnect();
    connection_.reset();
    is_withdrawn_ = true;
}

void MqttSink::putEvent(const Alert& alert) {
    const bool is_start = alert.kind == AlertKind::EventStart;
    const auto topic = [&](const char* leaf) { return topics_.camera(alert.camera, leaf); };
    if (hasPictureToTell(alert)) {
        JsonWriter attributes;
        attributes.beginObject().field("event_id", alert.event_id).field("time", alert.at, kTimeDigits);
        attributes.field("score", alert.score, kScoreDecimals).field("zone", alert.zone);
        attributes.field("clip_url", link(alert.clip_url)).endObject();
        courier_.put(topic("snapshot/attributes"), attributes.take(), true);
        courier_.put(topic("snapshot"), std::string(asText(alert.thumbnail)), true);
    }
    JsonWriter event;
    event.beginObject().field("event_type", is_start ? "motion_start" : "motion_end");
    event.field("event_id", alert.event_id).field("start", alert.started_at, kTimeDigits).key("end");
    if (is_start)
        event.null();
    else
        event.value(alert.ended_at, kTimeDigits);
    event.field("score", alert.score, kScoreDecimals).field("zone", alert.zone);
    event.field("snapshot_url", link(alert.thumbnail_url)).field("clip_url", link(alert.clip_url));
    courier_.put(topic("event"), event.endObject().text(), false);
    courier_.put(topic("motion"), is_start ? "ON" : "OFF", true);
}

bool MqttSink::hasPictureToTell(const Alert& alert) {
    const std::size_t bytes = alert.thumbnail.size();
    if (bytes == 0 || bytes > kMaxPictureBytes) return false;
    return courier_.mayCarryPicture(bytes, isLosing(alert, kLossesForPicture), *connection_);
}

bool MqttSink::isLosing(const Alert& alert, int times) const {
    return losses_ >= times && losing_ == keyOf(alert);
}

void MqttSink::noteLossWith(const Alert& alert) {
    losses_ = losing_ == keyOf(alert) ? losses_ + 1 : 1;
    losing_ = keyOf(alert);
}

bool MqttSink::deliver(const Alert& alert, Deadline deadline) {
    if (!announcement_.note(alert)) return true;
    if (!is_announced_ || is_announcing_) return false;
    if (isLosing(alert, kLossesForAlert)) {
        losing_.clear();
        throw Error(ErrorKind::BadData, "mqtt: an alert of " + alert.camera +
                                            " is given up: the broker hung up at it " +
                                            std::to_string(losses_) + " times");
    }
    if (alert.kind == AlertKind::EventStart || alert.kind == AlertKind::EventEnd)
        putEvent(alert);
    else
        announcement_.put(alert);
    courier_.takeRefusal();
    try {
        if (!confirm(deadline)) return noteLossWith(alert), false;
    } catch (const Error&) {
        noteLossWith(alert);
        throw;
    }
    if (const auto refusal = courier_.takeRefusal(); !refusal.empty())
        throw Error(ErrorKind::BadData, "mqtt: " + refusal);
    return true;
}

/// Waits until the broker has confirmed everything. When it does not, the connection is dropped together with
/// what it still held: the host tries again, and nothing goes out twice.
bool MqttSink::confirm(Deadline deadline) {
    bool is_interrupted = false;
    courier_.send(*connection_);
    while (!isAllOut() && connection_->state() == Connection::State::Online && !deadline.isPast()) {
        connection_->run(deadline, is_interrupted ? -1 : wake_fd_);
        courier_.send(*connection_);
        if (!is_interrupted && takeWake()) {
            is_interrupted = true;
            deadline = deadline.within(kInterruptedGrace);
        }
    }
    if (isAllOut() && connection_->state() == Connection::State::Online) return true;
    const bool is_lost = connection_->state() == Connection::State::Lost;
    loseConnection(is_lost ? connection_->loss() : Connection::Loss::Unavailable,
                   is_lost ? connection_->lossReason() : "the broker does not answer");
    return false;
}

std::vector<std::string> MqttSink::tryOut(Deadline deadline) {
    return Trial(access_, topics_, has_discovery_, is_protocol_free_).run(deadline);
}

void MqttSink::stop(Deadline deadline) noexcept {
    try {
        if (connection_ && is_announced_) {
            courier_.clear();
            announcement_.putGoodbye();
            takeWake();
            if (confirm(deadline)) connection_->disconnect();
        }
        status_ = "stopped";
    } catch (const std::exception& error) {
        status_ = std::string("stopped: ") + error.what();
    }
    connection_.reset();
    is_announced_ = false;
}

}  // namespace porchlight::mqtt
