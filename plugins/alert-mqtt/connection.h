/// One connection to a broker through libmosquitto, without any of its threads.
#pragma once

#include <mosquitto.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/alert.h"
#include "tls_trust.h"

namespace porchlight::mqtt {

enum class Protocol : std::uint8_t { V5 = 1, V311 };

/// Where the broker is and how to enter.
struct Access {
    std::string host;
    int port = 1883;
    std::string username;
    std::string password;
    std::string client_id;
    bool is_tls = false;
    std::string ca_file;  ///< empty: the system's authorities
    /// Gets a retained "offline" when this connection breaks; empty: nothing is said then.
    std::string will_topic;
    Protocol protocol = Protocol::V5;
    bool is_protocol_free = true;  ///< either version of MQTT will do

    void takeOtherProtocol() noexcept { protocol = protocol == Protocol::V5 ? Protocol::V311 : Protocol::V5; }
};

/// What the broker did not take, and why; MQTT 5 only.
struct Refusal {
    std::string topic;
    std::string reason;
};

/// A message on its way.
struct Sent {
    std::string topic;
    std::size_t bytes = 0;
};

/// From connect to the first loss; never reused. Dropping it drops what it had not yet sent, so that nothing
/// goes out twice when the host tries again. Thread-bound. **Owns** the client and its socket.
class Connection {
  public:
    enum class State : std::uint8_t { Connecting = 1, Online, Lost };
    enum class Loss : std::uint8_t {
        Unavailable = 1,  ///< not reachable, or gone: it may come back by itself
        Refused,          ///< only the owner can mend it: password, certificate, name
        Version,          ///< the broker may speak the other version of MQTT
        TakenOver,        ///< another client came with our id; MQTT 5 only
    };
    using OnMessage = std::function<void(std::string_view topic, std::string_view payload, bool is_retained)>;

    /// Looks the name up (blocks as long as the resolver does) and begins to connect; may be Lost already.
    /// Throws Error(Misconfigured) for a CA file that holds no certificate, Error(Exhausted).
    Connection(const Access& access, OnMessage on_message);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Reads, writes and pings until the deadline, or until something happened, or `wake_fd` is readable.
    void run(Deadline deadline, int wake_fd);

    State state() const noexcept { return state_; }
    const std::string& lossReason() const noexcept { return loss_reason_; }
    Loss loss() const noexcept { return loss_; }

    /// Queues a message with QoS 1. Throws Error(Unavailable) unless online, Error(BadData) for one that
    /// cannot be sent.
    void publish(const std::string& topic, std::string_view payload, bool is_retained);
    void subscribe(const std::string& topic);

    /// What the broker has not confirmed yet, the oldest first.
    const std::map<int, Sent>& unconfirmed() const noexcept { return unconfirmed_; }
    bool isSubscribing() const noexcept { return !subscribing_.empty(); }

    /// What the broker has refused since the last call.
    std::vector<Refusal> takeRefusals() { return std::exchange(refusals_, {}); }

    /// Of the largest packet that the broker takes, when it has told; MQTT 5 only.
    std::optional<std::uint32_t> maxPacketBytes() const noexcept { return max_packet_bytes_; }

    /// Says goodbye: the last will is not sent.
    void disconnect() noexcept;

  private:
    struct Destroy {
        void operator()(mosquitto* client) const noexcept { mosquitto_destroy(client); }
    };
    void setUp();
    void setUpTls();
    void lose(Loss loss, std::string reason);
    void onConnect(int code, const mosquitto_property* properties);
    void onDisconnect(int code);
    void onConfirmed(int id, int code);
    void onSubscribed(int id, int code);
    void loseBy(int code, int system_error);
    std::string whyNotGreeted() const;
    bool lookAtGreeting(int socket);

    const Access access_;
    OnMessage on_message_;
    std::unique_ptr<TlsTrust> trust_;  ///< before the client, which uses it
    std::unique_ptr<mosquitto, Destroy> client_;
    State state_ = State::Connecting;
    Loss loss_ = Loss::Unavailable;
    std::string loss_reason_;
    std::string tls_error_;      ///< the last line of OpenSSL
    std::string greeting_;       ///< what spoke to us in place of an MQTT broker; empty when none did
    bool is_encrypted_ = false;  ///< the TLS handshake is over
    std::map<int, Sent> unconfirmed_;
    std::map<int, std::string> subscribing_;
    std::vector<Refusal> refusals_;
    std::optional<std::uint32_t> max_packet_bytes_;
};

}  // namespace porchlight::mqtt
