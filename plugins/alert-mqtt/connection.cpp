#include "connection.h"

#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace porchlight::mqtt {

namespace {

constexpr int kKeepaliveS = 15;
constexpr std::size_t kPacketHeadBytes = 16;
constexpr int kFirstReason = 128;  ///< from here on codes are MQTT 5 reasons, not libmosquitto's errors

std::string describe(int code, int system_error) {
    if (code == MOSQ_ERR_ERRNO) return std::strerror(system_error);
    if (code == MOSQ_ERR_EAI) return "host name not found";
    if (code == MOSQ_ERR_CONN_LOST) return "the broker hung up";
    if (code == MOSQ_ERR_KEEPALIVE) return "the broker does not answer";
    return mosquitto_strerror(code);
}

/// "not authorised" for a reason of MQTT 5, in small letters and without the full stop.
std::string reasonOf(int code) {
    std::string text = mosquitto_reason_string(code);
    if (!text.empty() && text.back() == '.') text.pop_back();
    for (char& letter : text)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

}  // namespace

Connection::Connection(const Access& access, OnMessage on_message)
    : access_(access),
      on_message_(std::move(on_message)),
      client_(mosquitto_new(access.client_id.c_str(), true, this)) {
    if (!client_) throw Error(ErrorKind::Exhausted, "mqtt: out of memory");
    setUp();
    if (access.is_tls) setUpTls();
    const int code = mosquitto_connect_async(client_.get(), access.host.c_str(), access.port, kKeepaliveS);
    const int system_error = errno;
    if (code != MOSQ_ERR_SUCCESS)
        loseBy(code, system_error);  // near brokers refuse us, or we their certificate, in here
}

Connection::~Connection() = default;

void Connection::setUp() {
    mosquitto* client = client_.get();
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION,
                         access_.protocol == Protocol::V5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_connect_v5_callback_set(
        client, [](mosquitto*, void* self, int code, int, const mosquitto_property* properties) {
            static_cast<Connection*>(self)->onConnect(code, properties);
        });
    mosquitto_disconnect_v5_callback_set(client,
                                         [](mosquitto*, void* self, int code, const mosquitto_property*) {
                                             static_cast<Connection*>(self)->onDisconnect(code);
                                         });
    mosquitto_publish_v5_callback_set(
        client, [](mosquitto*, void* self, int id, int code, const mosquitto_property*) {
            static_cast<Connection*>(self)->onConfirmed(id, code);
        });
    mosquitto_subscribe_v5_callback_set(
        client, [](mosquitto*, void* self, int id, int count, const int* codes, const mosquitto_property*) {
            static_cast<Connection*>(self)->onSubscribed(id, count > 0 ? codes[0] : kFirstReason);
        });
    mosquitto_message_callback_set(client, [](mosquitto*, void* self, const mosquitto_message* message) {
        const std::string_view payload(static_cast<const char*>(message->payload),
                                       static_cast<std::size_t>(message->payloadlen));
        static_cast<Connection*>(self)->on_message_(message->topic, payload, message->retain);
    });
    mosquitto_log_callback_set(client, [](mosquitto*, void* self, int level, const char* line) {
        if (level == MOSQ_LOG_ERR && std::strstr(line, "OpenSSL Error") != nullptr)
            static_cast<Connection*>(self)->tls_error_ = line;
    });
    if (!access_.username.empty())
        mosquitto_username_pw_set(client, access_.username.c_str(), access_.password.c_str());
    if (!access_.will_topic.empty())
        mosquitto_will_set(client, access_.will_topic.c_str(), 7, "offline", 1,
                           true);  // must stand before connecting
}

/// With a context of our own, because libmosquitto does not tell why a certificate was refused.
void Connection::setUpTls() {
    trust_ = std::make_unique<TlsTrust>(access_.host, access_.ca_file);
    mosquitto_int_option(client_.get(), MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    mosquitto_void_option(client_.get(), MOSQ_OPT_SSL_CTX, trust_->context());
}

void Connection::onConnect(int code, const mosquitto_property* properties) {
    if (code == 0) {
        std::uint32_t bytes = 0;
        if (mosquitto_property_read_int32(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &bytes, false) !=
            nullptr)
            max_packet_bytes_ = bytes;
        state_ = State::Online;
        return;
    }
    switch (code) {
        case CONNACK_REFUSED_PROTOCOL_VERSION:
        case MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION:
            return lose(Loss::Version, std::string("the broker does not speak MQTT ") +
                                           (access_.protocol == Protocol::V5 ? "5" : "3.1.1"));
        case CONNACK_REFUSED_IDENTIFIER_REJECTED:
        case MQTT_RC_CLIENTID_NOT_VALID:
            return lose(Loss::Refused, "the broker refused the client id '" + access_.client_id + "'");
        case CONNACK_REFUSED_BAD_USERNAME_PASSWORD:
        case CONNACK_REFUSED_NOT_AUTHORIZED:
        case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
        case MQTT_RC_NOT_AUTHORIZED:
            return lose(Loss::Refused, access_.username.empty()
                                           ? "the broker lets nobody in without user name and password"
                                           : "the broker refused the user name or password");
        case MQTT_RC_BANNED:
            return lose(Loss::Refused, "the broker has banned this client");
        case CONNACK_REFUSED_SERVER_UNAVAILABLE:
            return lose(Loss::Unavailable, "the broker says that it is not available");
        default:
            return lose(
                Loss::Unavailable,
                "the broker refused the connection: " +
                    (code >= kFirstReason ? reasonOf(code) : std::string(mosquitto_connack_string(code))));
    }
}

void Connection::onDisconnect(int code) {
    if (code == MQTT_RC_SESSION_TAKEN_OVER)
        lose(Loss::TakenOver,
             "another client with the same id ('" + access_.client_id + "') has taken its place");
    else if (code >= kFirstReason)
        lose(Loss::Unavailable, "the broker hung up: " + reasonOf(code));
    else if (code == 0)
        lose(Loss::Unavailable, "disconnected");
    else
        loseBy(code, errno);
}

void Connection::onConfirmed(int id, int code) {
    const auto sent = unconfirmed_.find(id);
    if (sent == unconfirmed_.end()) return;
    if (code >= kFirstReason) refusals_.push_back({sent->second.topic, reasonOf(code)});
    unconfirmed_.erase(sent);
}

void Connection::onSubscribed(int id, int code) {
    const auto subscription = subscribing_.find(id);
    if (subscription == subscribing_.end()) return;
    if (code >= kFirstReason) refusals_.push_back({subscription->second, "it may not be read"});
    subscribing_.erase(subscription);
}

void Connection::lose(Loss loss, std::string reason) {
    if (state_ == State::Lost) return;
    state_ = State::Lost;
    loss_ = loss;
    loss_reason_ = std::move(reason);
}

/// Many causes come as one code of libmosquitto: what was seen meanwhile tells them apart.
void Connection::loseBy(int code, int system_error) {
    if (trust_ && !trust_->refusal().empty()) return lose(Loss::Refused, trust_->refusal());
    const bool is_ended = code == MOSQ_ERR_CONN_LOST || code == MOSQ_ERR_PROTOCOL || code == MOSQ_ERR_TLS ||
                          code == MOSQ_ERR_MALFORMED_PACKET ||
                          (code == MOSQ_ERR_ERRNO && system_error == ECONNRESET);
    if (state_ == State::Connecting && is_ended) {
        const std::string cause = tls_error_.empty() ? "" : explainTlsError(tls_error_);
        if (!cause.empty()) return lose(Loss::Refused, cause);
        return lose(Loss::Version, whyNotGreeted());
    }
    lose(Loss::Unavailable, code == MOSQ_ERR_TLS && !tls_error_.empty() ? explainTlsError(tls_error_)
                                                                        : describe(code, system_error));
}

std::string Connection::whyNotGreeted() const {
    if (access_.is_tls && !is_encrypted_)
        return "the broker hung up during the TLS handshake: perhaps it speaks plain MQTT at this port "
               "(mqtt.tls: false)";
    return std::string("the broker hung up before it answered") +
           (access_.is_tls ? "" : ": perhaps it wants TLS at this port (mqtt.tls: true)");
}

/// True when something else than a broker speaks here; libmosquitto would wait for the rest of it, or call it
/// a lost connection.
bool Connection::lookAtGreeting(int socket) {
    char bytes[4] = {};
    if (access_.is_tls || ::recv(socket, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT) < 3) return false;
    if (bytes[0] == 0x15 && bytes[1] == 3)
        greeting_ =
            "the broker speaks TLS at this port: set mqtt.tls: true, or the port of its plain listener";
    if (std::string_view(bytes, 3) == "HTT") greeting_ = "a web server answers at this port, no MQTT broker";
    if (std::string_view(bytes, 3) == "SSH") greeting_ = "an SSH server answers at this port, no MQTT broker";
    return !greeting_.empty();
}

void Connection::run(Deadline deadline, int wake_fd) {
    if (state_ == State::Lost) return;
    const int socket = mosquitto_socket(client_.get());
    pollfd waits[2] = {{wake_fd, POLLIN, 0}, {socket, POLLIN, 0}};
    const bool is_shaking = state_ == State::Connecting && access_.is_tls && !is_encrypted_;
    // In a handshake libmosquitto alone knows what it waits for: short slices. Else it is we who wait.
    const bool wants_write = is_shaking || mosquitto_want_write(client_.get());
    if (wants_write) waits[1].events |= POLLOUT;
    const auto slice = std::min<std::int64_t>(deadline.remaining().count(), 1000);
    ::poll(waits, 2, static_cast<int>(slice));
    if (state_ == State::Connecting && lookAtGreeting(socket)) return lose(Loss::Refused, greeting_);
    const int code = mosquitto_loop(client_.get(), is_shaking ? 10 : 0, 1);
    const int system_error = errno;
    if (code != MOSQ_ERR_SUCCESS) return loseBy(code, system_error);
    const auto* ssl = static_cast<SSL*>(mosquitto_ssl_get(client_.get()));
    is_encrypted_ = is_encrypted_ || (ssl != nullptr && SSL_is_init_finished(ssl) == 1);
}

void Connection::publish(const std::string& topic, std::string_view payload, bool is_retained) {
    if (state_ != State::Online) throw Error(ErrorKind::Unavailable, "mqtt: not connected");
    // Minded here: not every version of the library tells that it sent nothing.
    if (max_packet_bytes_ && topic.size() + payload.size() + kPacketHeadBytes > *max_packet_bytes_)
        throw Error(ErrorKind::BadData, "mqtt: publish " + topic + ": the broker takes no message over " +
                                            std::to_string(*max_packet_bytes_) + " bytes");
    int id = 0;
    const int code = mosquitto_publish(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()),
                                       payload.data(), 1, is_retained);
    if (code == MOSQ_ERR_SUCCESS) {
        unconfirmed_[id] = {topic, payload.size()};
        return;
    }
    const bool is_bad = code == MOSQ_ERR_INVAL || code == MOSQ_ERR_PAYLOAD_SIZE ||
                        code == MOSQ_ERR_MALFORMED_UTF8 || code == MOSQ_ERR_OVERSIZE_PACKET ||
                        code == MOSQ_ERR_QOS_NOT_SUPPORTED || code == MOSQ_ERR_RETAIN_NOT_SUPPORTED;
    if (!is_bad) loseBy(code, errno);
    throw Error(is_bad ? ErrorKind::BadData : ErrorKind::Unavailable,
                "mqtt: publish " + topic + ": " + mosquitto_strerror(code));
}

void Connection::subscribe(const std::string& topic) {
    int id = 0;
    if (mosquitto_subscribe(client_.get(), &id, topic.c_str(), 1) == MOSQ_ERR_SUCCESS)
        subscribing_[id] = topic;
}

void Connection::disconnect() noexcept {
    mosquitto_disconnect(client_.get());
}

}  // namespace porchlight::mqtt
