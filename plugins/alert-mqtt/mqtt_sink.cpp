#include "mqtt_sink.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "json.h"
#include "porchlight/plugin.h"

namespace porchlight::mqtt {

namespace {

constexpr seconds kConnectBudget{10};
constexpr seconds kMaxBackoff{60};
constexpr milliseconds kInterruptedGrace{50};
constexpr std::size_t kMaxPictureBytes = 1'000'000;  ///< Mosquitto 2.1 drops clients that send more than 2 MB

std::string_view asText(const std::vector<std::uint8_t>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool isReachable(const std::string& state) { return state == "running" || state == "degraded"; }

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
    topics_ = {std::string(settings.text("topic")), std::string(settings.text("discovery_prefix")), appliance.node};
    if (topics_.base.empty() || topics_.base.find_first_of("+#") != std::string::npos || topics_.base.front() == '/' ||
        topics_.base.back() == '/')
        throw Error(ErrorKind::Misconfigured, "mqtt: topic '" + topics_.base + "' must be a plain topic without + # and outer /");
    has_discovery_ = settings.boolean("discovery");
    access_.host = settings.text("host");
    access_.port = static_cast<int>(settings.integer("port"));
    access_.username = settings.text("username");
    access_.password = settings.text("password");
    access_.is_tls = settings.boolean("tls");
    access_.ca_file = settings.text("ca_file");
    access_.client_id = settings.text("client_id");
    if (access_.client_id.empty()) access_.client_id = "porchlight-" + appliance.node;
    access_.will_topic = topics_.status();
    if (!access_.ca_file.empty() && ::access(access_.ca_file.c_str(), R_OK) != 0)
        throw Error(ErrorKind::Misconfigured, "mqtt: cannot read ca_file " + access_.ca_file);
    for (const AlertCamera& camera : appliance.cameras) cameras_[camera.name];
}

bool MqttSink::takeWake() noexcept {
    std::uint64_t count = 0;
    return ::read(wake_fd_, &count, sizeof count) == sizeof count;
}

void MqttSink::interrupt() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored = ::write(wake_fd_, &one, sizeof one);  // a full counter wakes as well
}

void MqttSink::service(Deadline deadline) {
    while (!deadline.isPast()) {
        if (!connection_ && Monotonic::now() >= connect_at_) connect();
        if (connection_) {
            connection_->run(deadline, wake_fd_);
            watch();
        } else {
            pollfd wake{wake_fd_, POLLIN, 0};
            ::poll(&wake, 1, static_cast<int>(deadline.within(connect_at_ - Monotonic::now()).remaining().count()));
        }
        if (takeWake()) return;
    }
}

void MqttSink::connect() {
    try {
        connection_ = std::make_unique<Connection>(access_, [this](std::string_view topic, std::string_view payload, bool is_retained) {
            if (topic != topics_.birth() || payload != "online" || is_retained) return;
            // Answers sent at once can get lost while Home Assistant still starts.
            announce_at_ = Monotonic::now() + milliseconds(std::uniform_int_distribution<int>(1000, 5000)(random_));
        });
        give_up_at_ = Monotonic::now() + kConnectBudget;
    } catch (const Error& error) {
        loseConnection(error.what(), error.kind() == ErrorKind::Misconfigured);
    }
}

/// Follows the connection's state after anything happened on it.
void MqttSink::watch() {
    if (connection_->state() == Connection::State::Lost)
        return loseConnection(connection_->lossReason(), connection_->isRefused());
    if (connection_->state() == Connection::State::Connecting) {
        if (Monotonic::now() >= give_up_at_) loseConnection("the broker does not answer", false);
        return;
    }
    if (!is_announced_ || (announce_at_ && Monotonic::now() >= *announce_at_)) announce();
}

void MqttSink::loseConnection(std::string reason, bool is_refused) {
    connection_.reset();
    is_announced_ = false;
    announce_at_.reset();
    if (is_refused) backoff_ = kMaxBackoff;  // only the owner can fix it; we look again in case he did so in the broker
    connect_at_ = Monotonic::now() + backoff_;
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    const std::string before = std::exchange(status_, (is_refused ? "misconfigured: " : "offline: ") + reason);
    if (before == status_) return;
    throw Error(is_refused ? ErrorKind::Misconfigured : ErrorKind::Unavailable,
                "mqtt broker " + access_.host + ":" + std::to_string(access_.port) + ": " + reason);
}

/// After every connect, and when Home Assistant was born again: devices, then states, then "online".
void MqttSink::announce() {
    announce_at_.reset();
    try {
        if (has_discovery_) {
            connection_->subscribe(topics_.birth());
            connection_->publish(topics_.applianceConfig(), applianceDevice(topics_, appliance_), true);
            for (const AlertCamera& camera : appliance_.cameras)
                connection_->publish(topics_.cameraConfig(camera.name), cameraDevice(topics_, appliance_, camera), true);
        }
        for (const auto& [name, camera] : cameras_) {
            connection_->publish(topics_.camera(name, "motion"), camera.is_moving ? "ON" : "OFF", true);
            publishState(name);
        }
        publishProblem();
        connection_->publish(topics_.status(), "online", true);
    } catch (const Error& error) {
        return loseConnection(error.what(), false);
    }
    is_announced_ = true;
    backoff_ = seconds{1};
    status_ = "connected";
}

void MqttSink::publishState(const std::string& name) {
    const CameraState& camera = cameras_[name];
    Object state;
    state.text("status", camera.state)
        .put("health", camera.health_percent ? std::to_string(*camera.health_percent) : "null")
        .text("reason", camera.reason)
        .text("kind", camera.fault_kind);
    connection_->publish(topics_.camera(name, "state"), state.str(), true);
    connection_->publish(topics_.camera(name, "status"), isReachable(camera.state) ? "online" : "offline", true);
}

/// The attributes first: who reacts to ON reads them.
void MqttSink::publishProblem() {
    if (!problems_) return;
    std::string reasons = "[";
    for (const std::string& problem : *problems_) reasons += (reasons.size() > 1 ? "," : "") + mqtt::quoted(problem);
    connection_->publish(topics_.problemAttributes(), Object().put("reasons", reasons + "]").str(), true);
    connection_->publish(topics_.problem(), problems_->empty() ? "OFF" : "ON", true);
}

void MqttSink::publishEvent(const Alert& alert) {
    const bool is_start = alert.kind == AlertKind::EventStart;
    const auto topic = [&](const char* leaf) { return topics_.camera(alert.camera, leaf); };
    if (!alert.thumbnail.empty() && alert.thumbnail.size() <= kMaxPictureBytes) {
        Object attributes;
        attributes.text("event_id", alert.event_id).put("time", isoTime(alert.at)).put("score", number(alert.score));
        attributes.text("zone", alert.zone).text("clip_url", link(alert.clip_url));
        connection_->publish(topic("snapshot/attributes"), attributes.str(), true);
        connection_->publish(topic("snapshot"), asText(alert.thumbnail), true);
    }
    Object event;
    event.text("event_type", is_start ? "motion_start" : "motion_end").text("event_id", alert.event_id);
    event.put("start", isoTime(alert.started_at)).put("end", is_start ? "null" : isoTime(alert.ended_at));
    event.put("score", number(alert.score)).text("zone", alert.zone);
    event.text("snapshot_url", link(alert.thumbnail_url)).text("clip_url", link(alert.clip_url));
    connection_->publish(topic("event"), event.str(), false);
    connection_->publish(topic("motion"), is_start ? "ON" : "OFF", true);
}

bool MqttSink::deliver(const Alert& alert, Deadline deadline) {
    if (alert.kind == AlertKind::Problem) {
        problems_ = alert.problems;
        if (!is_announced_) return false;
        publishProblem();
        return confirm(deadline);
    }
    CameraState& camera = cameras_[alert.camera];
    if (alert.kind == AlertKind::CameraState) {
        camera.state = alert.state;
        camera.health_percent = alert.health_percent;
        camera.reason = alert.reason;
        camera.fault_kind = alert.fault_kind;
    }
    if (!is_announced_) return false;
    if (alert.kind != AlertKind::CameraState) {
        camera.is_moving = alert.kind == AlertKind::EventStart;
        publishEvent(alert);
    } else {
        publishState(alert.camera);
    }
    return confirm(deadline);
}

/// Waits until the broker has confirmed everything. When it does not, the connection is dropped together with what it
/// still held: the host tries again, and nothing goes out twice.
bool MqttSink::confirm(Deadline deadline) {
    bool is_interrupted = false;
    while (!connection_->isAllConfirmed() && connection_->state() == Connection::State::Online && !deadline.isPast()) {
        connection_->run(deadline, is_interrupted ? -1 : wake_fd_);
        if (!is_interrupted && takeWake()) {
            is_interrupted = true;
            deadline = deadline.within(kInterruptedGrace);
        }
    }
    if (connection_->isAllConfirmed()) return true;
    loseConnection(connection_->state() == Connection::State::Lost ? connection_->lossReason() : "the broker does not answer", false);
    return false;
}

void MqttSink::stop(Deadline deadline) noexcept {
    try {
        if (connection_ && is_announced_) {
            for (const auto& [name, camera] : cameras_) connection_->publish(topics_.camera(name, "motion"), "OFF", true);
            connection_->publish(topics_.status(), "offline", true);
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
    {"host", SettingType::Text, 0, "", 0, 0, "127.0.0.1", "", "Name or address of the MQTT broker."},
    {"port", SettingType::Integer, 0, "", 1, 65535, "1883", "", "Port of the broker; 8883 is usual with TLS."},
    {"username", SettingType::Text, 0, "", 0, 0, "", "", "User name at the broker; empty for none."},
    {"password", SettingType::Secret, 0, "", 0, 0, "", "", "Password at the broker."},
    {"topic", SettingType::Text, 0, "", 0, 0, "porchlight", "", "Everything is published below this topic; give each appliance its own."},
    {"discovery", SettingType::Boolean, 0, "", 0, 0, "true", "", "Announce the cameras to Home Assistant."},
    {"discovery_prefix", SettingType::Text, 0, "", 0, 0, "homeassistant", "", "Home Assistant's discovery prefix."},
    {"tls", SettingType::Boolean, 0, "", 0, 0, "false", "", "Encrypt the connection and check the broker's certificate."},
    {"ca_file", SettingType::Text, 0, "", 0, 0, "", "", "Certificate authority of the broker; empty for the system's."},
    {"client_id", SettingType::Text, 0, "", 0, 0, "", "", "MQTT client id; empty for one made from the appliance's id."},
};

}  // namespace porchlight::mqtt

#define PORCHLIGHT_TEXT_OF(x) #x
#define PORCHLIGHT_TEXT(x) PORCHLIGHT_TEXT_OF(x)
PORCHLIGHT_ALERT_PLUGIN("mqtt", "1.0", "Events and camera states to an MQTT broker, with Home Assistant discovery",
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
