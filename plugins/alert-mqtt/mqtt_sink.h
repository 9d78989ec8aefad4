/// Alerts over MQTT, with Home Assistant discovery: the connection, and the delivery of what happens.
#pragma once

#include <optional>
#include <random>

#include "announcement.h"
#include "connection.h"
#include "courier.h"
#include "event_messages.h"
#include "losing.h"
#include "porchlight/interrupt.h"
#include "redial.h"

namespace porchlight::mqtt {

/// See AlertSink. Reconnects by its own timer (Redial). A name that the resolver takes long to look up blocks
/// service() for that long: the resolver cannot be interrupted.
///
/// What the broker does not take is left out (Courier); an alert at which the connection is lost again and
/// again (Losing) is told without its picture, and then given up. What is retained is the Announcement's, how
/// an event is told that of EventMessages. Switched off, it connects only to take back what is retained.
/// **Owns** the connection. **Thread**: as AlertSink says; interrupt() from any.
class MqttSink final : public AlertSink, public AlertWithdrawal {
  public:
    MqttSink();
    ~MqttSink() override;

    void configure(const Settings& settings, const AlertAppliance& appliance) override;
    bool withdraw(const Settings& settings, const AlertAppliance& appliance) override;
    bool isWithdrawn() const override { return is_withdrawn_; }
    void service(Deadline deadline) override;
    bool deliver(const Alert& alert, Deadline deadline) override;
    std::string status() const override;
    std::vector<std::string> tryOut(Deadline deadline) override;
    void stop(Deadline deadline) noexcept override;
    void interrupt() noexcept override { wake_.notify(); }

  private:
    void connect();
    void watch();
    /// By value: the reason lives in what is dropped.
    void loseConnection(Connection::Loss loss, std::string reason);
    bool changeProtocol();

    void announce();
    void finishAnnouncement();
    void put(const Alert& alert);

    bool isAllOut() const { return courier_.isAllOut(*connection_); }
    bool confirm(Deadline deadline);
    std::string broker() const { return access_.host + ":" + std::to_string(access_.port); }

    Access access_;
    bool did_change_protocol_ = false;  ///< since the last answer of a broker
    Topics topics_;
    Courier courier_{topics_};
    Announcement announcement_{topics_, courier_};
    EventMessages events_{topics_, courier_};
    Losing losing_;
    Redial redial_;
    bool has_discovery_ = true;
    bool is_withdrawn_ = false;  ///< switched off, and nothing of ours is left at the broker

    Wake wake_;
    std::unique_ptr<Connection> connection_;
    bool is_announced_ = false;
    bool is_announcing_ = false;
    std::optional<Monotonic::time_point> online_since_;
    Monotonic::time_point give_up_at_{};
    std::optional<Monotonic::time_point> announce_at_;
    std::string status_ = "connecting";
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace porchlight::mqtt
