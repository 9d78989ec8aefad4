/// A real mosquitto broker on a free loopback port, and a subscriber that remembers what it heard.
#pragma once

#include <mosquitto.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "porchlight/time.h"
#include "support/folder.h"

namespace porchlight::test {

/// **Owns** the broker's process and folder. Not started by the constructor.
class Broker {
  public:
    explicit Broker(const std::string& user = "", const std::string& password = "");

    /// Adds lines to its configuration ("max_packet_size 10000"); before start().
    void set(const std::string& lines) const;

    /// An access list, one rule a line ("topic write porchlight/#"); before start().
    void setRights(const std::string& rules) const;

    /// Makes the listener speak TLS with a certificate of this name, made by openssl now; before start().
    void useTls(const std::string& subject_alt_name, int valid_days) const;

    /// The authority that signed it.
    std::string caFile() const { return (folder_ / "ca.pem").string(); }

    const Folder& folder() const { return folder_; }

    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    void start();  ///< returns when it accepts connections
    void signal(int number) const;
    void stop();  ///< SIGTERM and wait
    int port() const { return port_; }

  private:
    int port_;
    Folder folder_;
    pid_t pid_ = -1;
};

struct Heard {
    std::string topic;
    std::string payload;
    bool is_retained;
};

/// Subscribes to everything; runs its network loop inside waitFor().
class Subscriber {
  public:
    explicit Subscriber(int port);
    /// Reads until `is_done()` or the time is over; the last answer of `is_done`.
    bool waitFor(const std::function<bool()>& is_done, milliseconds span = milliseconds{4000});
    const std::vector<Heard>& heard() const { return heard_; }
    std::size_t count(const std::string& topic, const std::string& part = "") const;
    /// The index of the first such message; the number of messages when there is none.
    std::size_t indexOf(const std::string& topic, const std::string& part = "") const;
    std::string last(const std::string& topic) const;
    void publish(const std::string& topic, const std::string& payload, bool is_retained = false);
    void forget() { heard_.clear(); }

  private:
    struct Destroy {
        void operator()(mosquitto* client) const noexcept { mosquitto_destroy(client); }
    };
    std::unique_ptr<mosquitto, Destroy> client_;
    std::vector<Heard> heard_;
    bool is_subscribed_ = false;
};

}  // namespace porchlight::test
