#include "connection.h"

#include <poll.h>

#include <cerrno>
#include <cstring>

namespace porchlight::mqtt {

namespace {

constexpr int kKeepaliveS = 15;

std::string describe(int code, int system_error) {
    if (code == MOSQ_ERR_ERRNO) return std::strerror(system_error);
    if (code == MOSQ_ERR_EAI) return "host name not found";
    return mosquitto_strerror(code);
}

}  // namespace

Connection::Connection(const Access& access, OnMessage on_message)
    : on_message_(std::move(on_message)), client_(mosquitto_new(access.client_id.c_str(), true, this)) {
    if (!client_) throw Error(ErrorKind::Exhausted, "mqtt: out of memory");
    setUp(access);
    const int code = mosquitto_connect_async(client_.get(), access.host.c_str(), access.port, kKeepaliveS);
    const int system_error = errno;
    if (code != MOSQ_ERR_SUCCESS) throw Error(ErrorKind::Unavailable, describe(code, system_error));
}

Connection::~Connection() = default;

void Connection::setUp(const Access& access) {
    mosquitto* client = client_.get();
    mosquitto_connect_callback_set(client, [](mosquitto*, void* self, int code) { static_cast<Connection*>(self)->onConnect(code); });
    mosquitto_disconnect_callback_set(client, [](mosquitto*, void* self, int code) {
        static_cast<Connection*>(self)->lose(code == 0 ? "disconnected" : describe(code, errno));
    });
    mosquitto_publish_callback_set(client, [](mosquitto*, void* self, int id) { static_cast<Connection*>(self)->unconfirmed_.erase(id); });
    mosquitto_message_callback_set(client, [](mosquitto*, void* self, const mosquitto_message* message) {
        const std::string_view payload(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
        static_cast<Connection*>(self)->on_message_(message->topic, payload, message->retain);
    });
    if (!access.username.empty()) mosquitto_username_pw_set(client, access.username.c_str(), access.password.c_str());
    mosquitto_will_set(client, access.will_topic.c_str(), 7, "offline", 1, true);  // must stand before connecting
    if (!access.is_tls) return;
    if (access.ca_file.empty())
        mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    else if (mosquitto_tls_set(client, access.ca_file.c_str(), nullptr, nullptr, nullptr, nullptr) != MOSQ_ERR_SUCCESS)
        throw Error(ErrorKind::Misconfigured, "mqtt: cannot read ca_file " + access.ca_file);
}

void Connection::onConnect(int code) {
    if (code == 0) {
        state_ = State::Online;
        return;
    }
    is_refused_ = code == 4 || code == 5;  // bad name or password; not authorised
    lose(is_refused_ ? "the broker refused the user name or password" : mosquitto_connack_string(code));
}

void Connection::lose(std::string reason) {
    if (state_ == State::Lost) return;
    state_ = State::Lost;
    loss_reason_ = std::move(reason);
}

void Connection::run(Deadline deadline, int wake_fd) {
    if (state_ == State::Lost) return;
    pollfd waits[2] = {{wake_fd, POLLIN, 0}, {mosquitto_socket(client_.get()), POLLIN, 0}};
    // While connecting libmosquitto alone knows what it waits for: short slices. Later it is we who wait.
    const bool wants_write = state_ == State::Connecting || mosquitto_want_write(client_.get());
    if (wants_write) waits[1].events |= POLLOUT;
    const auto slice = std::min<std::int64_t>(deadline.remaining().count(), 1000);
    ::poll(waits, 2, static_cast<int>(slice));
    const int code = mosquitto_loop(client_.get(), state_ == State::Connecting ? 10 : 0, 1);
    const int system_error = errno;
    if (code != MOSQ_ERR_SUCCESS) lose(describe(code, system_error));
}

void Connection::publish(const std::string& topic, std::string_view payload, bool is_retained) {
    if (state_ != State::Online) throw Error(ErrorKind::Unavailable, "mqtt: not connected");
    int id = 0;
    const int code = mosquitto_publish(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1,
                                       is_retained);
    if (code == MOSQ_ERR_SUCCESS) {
        unconfirmed_.insert(id);
        return;
    }
    const bool is_bad = code == MOSQ_ERR_INVAL || code == MOSQ_ERR_PAYLOAD_SIZE || code == MOSQ_ERR_MALFORMED_UTF8 ||
                        code == MOSQ_ERR_OVERSIZE_PACKET;
    if (!is_bad) lose(describe(code, errno));
    throw Error(is_bad ? ErrorKind::BadData : ErrorKind::Unavailable,
                "mqtt: publish " + topic + ": " + mosquitto_strerror(code));
}

void Connection::subscribe(const std::string& topic) { mosquitto_subscribe(client_.get(), nullptr, topic.c_str(), 1); }

void Connection::disconnect() noexcept { mosquitto_disconnect(client_.get()); }

}  // namespace porchlight::mqtt
