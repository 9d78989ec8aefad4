#include "mqtt_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "porchlight/utf8.h"
#include "trial.h"

namespace porchlight::mqtt {

namespace {

constexpr seconds kConnectBudget{10};
constexpr seconds kConfirmBudget{5};  ///< for a message to be confirmed
constexpr milliseconds kInterruptedGrace{50};
constexpr int kLossesForPicture = 2;  ///< of the connection with the same alert: its picture is left out
constexpr int kLossesForAlert = 5;    ///< the alert is given up

/// A topic that can be published to as it stands.
bool isPlainTopic(const std::string& topic) {
    const bool has_control =
        std::any_of(topic.begin(), topic.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    return !topic.empty() && topic.size() <= 400 && topic.find_first_of("+#") == std::string::npos &&
           topic.front() != '/' && topic.back() != '/' && !has_control && asUtf8(topic) == topic;
}

/// Throws Error(Misconfigured) for a topic that cannot be published to.
void checkTopic(const char* setting, const std::string& topic) {
    if (!isPlainTopic(topic))
        throw Error(ErrorKind::Misconfigured, std::string("mqtt: ") + setting + " '" + topic +
                                                  "' must be a plain topic without + # and outer /");
}

/// Throws Error(Misconfigured) for a file that cannot be read.
Access accessOf(const Settings& settings, const std::string& node) {
    Access out;
    out.host = settings.text("host");
    out.port = static_cast<int>(settings.integer("port"));
    out.username = settings.text("username");
    out.password = settings.text("password");
    out.is_tls = settings.boolean("tls");
    out.ca_file = settings.text("ca_file");
    out.client_id = settings.text("client_id");
    if (out.client_id.empty()) out.client_id = "porchlight-" + node;
    const auto protocol = settings.text("protocol");
    out.is_protocol_free = protocol != "5" && protocol != "3.1.1";
    out.protocol = protocol == "3.1.1" ? Protocol::V311 : Protocol::V5;
    if (!out.ca_file.empty() && ::access(out.ca_file.c_str(), R_OK) != 0)
        throw Error(ErrorKind::Misconfigured, "mqtt: cannot read ca_file " + out.ca_file);
    return out;
}

}  // namespace

MqttSink::MqttSink() {
    mosquitto_lib_init();
}

MqttSink::~MqttSink() {
    connection_.reset();
    mosquitto_lib_cleanup();
}

void MqttSink::configure(const Settings& settings, const AlertAppliance& appliance) {
    events_.setUrl(appliance.url);
    topics_ = {std::string(settings.text("topic")), std::string(settings.text("discovery_prefix")),
               appliance.node};
    checkTopic("topic", topics_.base);
    has_discovery_ = settings.boolean("discovery");
    if (has_discovery_) checkTopic("discovery_prefix", topics_.discovery_prefix);
    access_ = accessOf(settings, appliance.node);
    access_.will_topic = topics_.status();
    announcement_.configure(appliance, broker(), has_discovery_);
}

bool MqttSink::withdraw(const Settings& settings, const AlertAppliance& appliance) {
    configure(settings, appliance);
    access_.will_topic.clear();
    return announcement_.withdraw();
}

std::string MqttSink::status() const {
    if (is_withdrawn_) return "off";
    if (announcement_.isWithdrawn() && status_ != "connecting")
        return "off, but announcements still stand at the broker (topics: " +
               std::to_string(announcement_.remembered()) + "; the next start tries again): " + status_;
    if (status_ != "connected") return status_;
    std::string but;
    for (const std::string& text : {courier_.complaints(), announcement_.memoryProblem(), redial_.rival()})
        if (!text.empty()) but += (but.empty() ? ", but " : "; ") + text;
    return status_ + but;
}

void MqttSink::service(Deadline deadline) {
    while (!deadline.isPast() && !is_withdrawn_) {
        if (!connection_ && Monotonic::now() >= redial_.at()) connect();
        if (connection_) {
            connection_->run(deadline, wake_.fd());
            watch();
        } else {
            pollfd wake{wake_.fd(), POLLIN, 0};
            ::poll(&wake, 1,
                   static_cast<int>(deadline.within(redial_.at() - Monotonic::now()).remaining().count()));
        }
        if (wake_.take()) return;
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
    redial_.last(now - *online_since_);
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
    const auto now = Monotonic::now();
    if (connection_ && online_since_) courier_.learnFromLoss(*connection_);
    Redial::End end{loss, std::move(reason), std::nullopt, false};
    if (online_since_) {
        end.lasted = now - *online_since_;
        end.was_idle = isAllOut();
    }
    reason = redial_.lose(end, access_.client_id, now);
    connection_.reset();
    courier_.clear();
    online_since_.reset();
    is_announced_ = false;
    is_announcing_ = false;
    announce_at_.reset();
    did_change_protocol_ = false;
    const bool is_refused = loss == Connection::Loss::Refused;
    const std::string before =
        std::exchange(status_, (is_refused ? "misconfigured: " : "offline: ") + reason);
    if (before == status_) return;
    throw Error(is_refused ? ErrorKind::Misconfigured : ErrorKind::Unavailable,
                "mqtt broker " + broker() + ": " + reason);
}

/// The other version at once, in silence; false when both were tried.
bool MqttSink::changeProtocol() {
    if (!access_.is_protocol_free || did_change_protocol_) return false;
    did_change_protocol_ = true;
    access_.takeOtherProtocol();
    connection_.reset();
    online_since_.reset();
    return true;
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

void MqttSink::put(const Alert& alert) {
    if (isEvent(alert))
        events_.put(alert, losing_.count(alert) >= kLossesForPicture, announcement_.isRunning(alert),
                    *connection_);
    else
        announcement_.put(alert);
}

bool MqttSink::deliver(const Alert& alert, Deadline deadline) {
    if (!announcement_.note(alert)) return true;
    if (!is_announced_ || is_announcing_) return false;
    if (const int losses = losing_.count(alert); losses >= kLossesForAlert) {
        losing_.forget();
        throw Error(ErrorKind::BadData, "mqtt: an alert of " + alert.camera +
                                            " is given up: the broker hung up at it " +
                                            std::to_string(losses) + " times");
    }
    put(alert);
    courier_.takeRefusal();
    try {
        if (!confirm(deadline)) return losing_.note(alert), false;
    } catch (const Error&) {
        losing_.note(alert);
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
        connection_->run(deadline, is_interrupted ? -1 : wake_.fd());
        courier_.send(*connection_);
        if (!is_interrupted && wake_.take()) {
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
    return Trial(access_, topics_, has_discovery_).run(deadline);
}

void MqttSink::stop(Deadline deadline) noexcept {
    try {
        if (connection_ && is_announced_) {
            courier_.clear();
            announcement_.putGoodbye();
            wake_.take();
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
