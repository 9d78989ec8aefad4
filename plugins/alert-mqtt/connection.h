/// One connection to a broker through libmosquitto, without any of its threads.
#pragma once

#include <mosquitto.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "porchlight/alert.h"

namespace porchlight::mqtt {

/// Where the broker is and how to enter.
struct Access {
    std::string host;
    int port = 1883;
    std::string username;
    std::string password;
    std::string client_id;
    bool is_tls = false;
    std::string ca_file;     ///< empty: the system's authorities
    std::string will_topic;  ///< gets a retained "offline" when this connection breaks
};

/// From connect to the first loss; never reused. Dropping it drops what it had not yet sent, so that nothing goes out
/// twice when the host tries again. Thread-bound. **Owns** the client and its socket.
class Connection {
  public:
    enum class State : std::uint8_t { Connecting = 1, Online, Lost };
    using OnMessage = std::function<void(std::string_view topic, std::string_view payload, bool is_retained)>;

    /// Looks the name up (blocks as long as the resolver does) and begins to connect.
    /// Throws Error(Unavailable), or Error(Misconfigured) for a CA file that cannot be read.
    Connection(const Access& access, OnMessage on_message);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Reads, writes and pings until the deadline, or until something happened, or `wake_fd` is readable.
    void run(Deadline deadline, int wake_fd);

    State state() const noexcept { return state_; }
    const std::string& lossReason() const noexcept { return loss_reason_; }
    /// The broker said no to our name or password.
    bool isRefused() const noexcept { return is_refused_; }

    /// Queues a message with QoS 1. Throws Error(Unavailable) unless online, Error(BadData) for one that cannot be sent.
    void publish(const std::string& topic, std::string_view payload, bool is_retained);
    void subscribe(const std::string& topic);

    /// True when the broker has confirmed all that was published.
    bool isAllConfirmed() const noexcept { return unconfirmed_.empty(); }

    /// Says goodbye: the last will is not sent.
    void disconnect() noexcept;

  private:
    struct Destroy {
        void operator()(mosquitto* client) const noexcept { mosquitto_destroy(client); }
    };
    void setUp(const Access& access);
    void lose(std::string reason);
    void onConnect(int code);

    OnMessage on_message_;
    std::unique_ptr<mosquitto, Destroy> client_;
    State state_ = State::Connecting;
    bool is_refused_ = false;
    std::string loss_reason_;
    std::set<int> unconfirmed_;
};

}  // namespace porchlight::mqtt
