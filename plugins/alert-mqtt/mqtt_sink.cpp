#include "mqtt_sink.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "json.h"
#include "porchlight/plugin.h"
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
constexpr int kSuspicious = 3;        ///< connections in a row that were cut young
constexpr char kMemory[] = "alert-mqtt.retained";

std::string_view asText(const std::vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool isReachable(const std::string& state) {
    return state == "running" || state == "degraded";
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
    appliance_ = appliance;
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
    if (!appliance.state_dir.empty())
        remembered_ = Remembered(std::filesystem::path(appliance.state_dir) / kMemory, broker());
    readCameras();
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

/// A camera whose file has problems is not announced: neither its name nor its title can be relied on. One
/// that was announced before stays known.
void MqttSink::readCameras() {
    for (const AlertCamera& camera : appliance_.cameras) {
        const TopicSet& known = remembered_.topics();
        if (!camera.is_fit && !known.contains(topics_.camera(camera.name, "status"))) {
            unknown_cameras_.insert(camera.name);
            continue;
        }
        CameraState& state = cameras_[camera.name];
        state.is_fit = camera.is_fit;
        if (!camera.is_fit) state.state = "offline";
    }
}

/// All topics that hold, or may come to hold, a retained message of ours.
TopicSet MqttSink::wanted() const {
    TopicSet out{topics_.status(), topics_.problem(), topics_.problemAttributes()};
    if (has_discovery_) out.insert(topics_.applianceConfig());
    for (const auto& [name, camera] : cameras_) {
        for (const char* leaf : {"status", "state", "motion", "snapshot", "snapshot/attributes"})
            out.insert(topics_.camera(name, leaf));
        if (has_discovery_) out.insert(topics_.cameraConfig(name));
    }
    for (const std::string& topic : remembered_.topics())
        if (isInDoubt(topic)) out.insert(topic);
    return out;
}

bool MqttSink::isOurs(const std::string& status_topic) const {
    return std::any_of(cameras_.begin(), cameras_.end(), [&](const auto& camera) {
        return topics_.camera(camera.first, "status") == status_topic;
    });
}

/// As long as a file with problems may be that of a camera which seems to be gone, such a camera is only
/// offline.
bool MqttSink::isInDoubt(const std::string& topic) const {
    if (unknown_cameras_.empty()) return false;
    return topic.starts_with(topics_.base + "/cam/") ||
           (has_discovery_ && topic.starts_with(topics_.cameraDevices()));
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
    if (status_ != "connected") return status_;
    std::string but;
    for (const std::string& text : {courier_.complaints(), memory_problem_, rival_})
        if (!text.empty()) but += (but.empty() ? ", but " : "; ") + text;
    return status_ + but;
}

void MqttSink::service(Deadline deadline) {
    while (!deadline.isPast()) {
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

/// After every connect, and when Home Assistant was born again: devices, then states, then "online".
void MqttSink::announce() {
    announce_at_.reset();
    is_announcing_ = true;
    courier_.restartClock();
    const TopicSet topics = wanted();
    TopicSet all = remembered_.topics();
    all.insert(topics.begin(), topics.end());
    memory_problem_.clear();
    try {
        remembered_.replace(all);
    } catch (const Error& error) {
        memory_problem_ = error.what();
    }
    if (has_discovery_) connection_->subscribe(topics_.birth());
    takeBack(topics);
    if (has_discovery_) {
        courier_.put(topics_.applianceConfig(), applianceDevice(topics_, appliance_), true);
        for (const AlertCamera& camera : appliance_.cameras)
            if (camera.is_fit)
                courier_.put(topics_.cameraConfig(camera.name), cameraDevice(topics_, appliance_, camera),
                             true);
    }
    for (const std::string& topic : remembered_.topics())
        if (isInDoubt(topic) && topic.ends_with("/status") && !isOurs(topic))
            courier_.put(topic, "offline", true);
    for (const auto& [name, camera] : cameras_) {
        courier_.put(topics_.camera(name, "motion"), camera.is_moving ? "ON" : "OFF", true);
        putState(name);
    }
    putProblem();
    courier_.put(topics_.status(), "online", true);
}

/// Empties what is retained and wanted no more; devices first, as Home Assistant wants it.
void MqttSink::takeBack(const TopicSet& wanted) {
    const auto isDevice = [](const std::string& topic) { return topic.ends_with("/config"); };
    for (const bool is_device : {true, false})
        for (const std::string& topic : remembered_.topics())
            if (!wanted.contains(topic) && isDevice(topic) == is_device) courier_.put(topic, "", true);
}

void MqttSink::finishAnnouncement() {
    is_announcing_ = false;
    is_announced_ = true;
    status_ = "connected";
    if (!courier_.complaints().empty()) return;  // some of it may still stand there
    try {
        remembered_.replace(wanted());
    } catch (const Error& error) {
        memory_problem_ = error.what();
    }
}

void MqttSink::putState(const std::string& name) {
    const CameraState& camera = cameras_[name];
    Object state;
    state.text("status", camera.state)
        .put("health", camera.health_percent ? std::to_string(*camera.health_percent) : "null")
        .text("reason", camera.reason)
        .text("kind", camera.fault_kind);
    courier_.put(topics_.camera(name, "state"), state.str(), true);
    courier_.put(topics_.camera(name, "status"), isReachable(camera.state) ? "online" : "offline", true);
}

/// The attributes first: who reacts to ON reads them.
void MqttSink::putProblem() {
    if (!problems_) return;
    std::string reasons = "[";
    for (const std::string& problem : *problems_)
        reasons += (reasons.size() > 1 ? "," : "") + mqtt::quoted(problem);
    courier_.put(topics_.problemAttributes(), Object().put("reasons", reasons + "]").str(), true);
    courier_.put(topics_.problem(), problems_->empty() ? "OFF" : "ON", true);
}

void MqttSink::putEvent(const Alert& alert) {
    const bool is_start = alert.kind == AlertKind::EventStart;
    const auto topic = [&](const char* leaf) { return topics_.camera(alert.camera, leaf); };
    if (hasPictureToTell(alert)) {
        Object attributes;
        attributes.text("event_id", alert.event_id)
            .put("time", isoTime(alert.at))
            .put("score", number(alert.score));
        attributes.text("zone", alert.zone).text("clip_url", link(alert.clip_url));
        courier_.put(topic("snapshot/attributes"), attributes.str(), true);
        courier_.put(topic("snapshot"), std::string(asText(alert.thumbnail)), true);
    }
    Object event;
    event.text("event_type", is_start ? "motion_start" : "motion_end").text("event_id", alert.event_id);
    event.put("start", isoTime(alert.started_at)).put("end", is_start ? "null" : isoTime(alert.ended_at));
    event.put("score", number(alert.score)).text("zone", alert.zone);
    event.text("snapshot_url", link(alert.thumbnail_url)).text("clip_url", link(alert.clip_url));
    courier_.put(topic("event"), event.str(), false);
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
    if (alert.kind == AlertKind::Problem) {
        problems_ = alert.problems;
    } else if (unknown_cameras_.contains(alert.camera)) {
        return true;
    } else if (alert.kind == AlertKind::CameraState) {
        CameraState& camera = cameras_[alert.camera];
        camera.state = alert.state;
        camera.health_percent = alert.health_percent;
        camera.reason = alert.reason;
        camera.fault_kind = alert.fault_kind;
    } else {
        cameras_[alert.camera].is_moving = alert.kind == AlertKind::EventStart;
    }
    if (!is_announced_ || is_announcing_) return false;
    if (isLosing(alert, kLossesForAlert)) {
        losing_.clear();
        throw Error(ErrorKind::BadData, "mqtt: an alert of " + alert.camera +
                                            " is given up: the broker hung up at it " +
                                            std::to_string(losses_) + " times");
    }
    if (alert.kind == AlertKind::Problem)
        putProblem();
    else if (alert.kind == AlertKind::CameraState)
        putState(alert.camera);
    else
        putEvent(alert);
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

/// Nobody may take what is retained for the present: motion is over, and each camera is offline.
void MqttSink::stop(Deadline deadline) noexcept {
    try {
        if (connection_ && is_announced_) {
            courier_.clear();
            for (auto& [name, camera] : cameras_) {
                camera.state = "offline";
                camera.health_percent.reset();
                camera.reason = "Porchlight was stopped";
                courier_.put(topics_.camera(name, "motion"), "OFF", true);
                putState(name);
            }
            courier_.put(topics_.status(), "offline", true);
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

constexpr SettingSpec kSettings[] = {
    {"host", SettingType::Host, 0, "", 0, 0, "127.0.0.1", "", "Name or address of the MQTT broker."},
    {"port", SettingType::Integer, 0, "", 1, 65535, "1883", "",
     "Port of the broker; 8883 is usual with TLS."},
    {"username", SettingType::Text, 0, "", 0, 0, "", "", "User name at the broker; empty for none."},
    {"password", SettingType::Secret, 0, "", 0, 0, "", "", "Password at the broker."},
    {"topic", SettingType::Topic, 0, "", 0, 0, "porchlight", "",
     "Everything is published below this topic; give each appliance its own."},
    {"discovery", SettingType::Boolean, 0, "", 0, 0, "true", "", "Announce the cameras to Home Assistant."},
    {"discovery_prefix", SettingType::Topic, 0, "", 0, 0, "homeassistant", "",
     "Home Assistant's discovery prefix."},
    {"tls", SettingType::Boolean, 0, "", 0, 0, "false", "",
     "Encrypt the connection and check the broker's certificate."},
    {"ca_file", SettingType::File, 0, "", 0, 0, "", "",
     "Certificate authority of the broker; empty for the system's."},
    {"protocol", SettingType::Choice, 0, "", 0, 0, "auto", "auto|5|3.1.1",
     "Version of MQTT; auto tries 5 and then 3.1.1."},
    {"client_id", SettingType::Text, 0, "", 0, 0, "", "",
     "MQTT client id; empty for one made from the appliance's id."},
};

}  // namespace porchlight::mqtt

#define PORCHLIGHT_TEXT_OF(x) #x
#define PORCHLIGHT_TEXT(x) PORCHLIGHT_TEXT_OF(x)
PORCHLIGHT_ALERT_PLUGIN("mqtt", "1.0",
                        "Events and camera states to an MQTT broker, with Home Assistant discovery",
                        "libmosquitto " PORCHLIGHT_TEXT(LIBMOSQUITTO_MAJOR) "." PORCHLIGHT_TEXT(
                            LIBMOSQUITTO_MINOR) "." PORCHLIGHT_TEXT(LIBMOSQUITTO_REVISION),
                        porchlight::mqtt::kSettings, porchlight::mqtt::MqttSink)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    int major = 0;
    int minor = 0;
    int revision = 0;
    mosquitto_lib_version(&major, &minor, &revision);
    std::snprintf(out, size, "libmosquitto %d.%d.%d", major, minor, revision);
}
