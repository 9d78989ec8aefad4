/// Alerts over MQTT, with Home Assistant discovery: the connection, and the delivery of what happens.
#pragma once

#include <optional>
#include <random>

#include "announcement.h"
#include "connection.h"
#include "courier.h"

namespace porchlight::mqtt {

/// See AlertSink. Reconnects by its own timer, 1 to 60 s; the wait begins anew only after a connection that
/// lasted a minute. A name that the resolver takes long to look up blocks service() for that long: the
/// resolver cannot be interrupted.
///
/// What the broker does not take is left out (Courier); an alert at which the connection is lost again and
/// again is told without its picture, and then given up. What is retained is the Announcement's. Switched
/// off, it connects only to take that back.
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
    void interrupt() noexcept override;

  private:
    void readAccess(const Settings& settings, const std::string& node);

    void connect();
    void watch();
    /// By value: the reason lives in what is dropped.
    void loseConnection(Connection::Loss loss, std::string reason);
    bool changeProtocol();
    void judgeLife(Connection::Loss loss, std::string& reason);

    void announce();
    void finishAnnouncement();
    void putEvent(const Alert& alert);

    bool hasPictureToTell(const Alert& alert);
    bool isAllOut() const { return courier_.isAllOut(*connection_); }
    bool confirm(Deadline deadline);
    bool isLosing(const Alert& alert, int times) const;
    void noteLossWith(const Alert& alert);

    std::string link(const std::string& path) const { return path.empty() ? path : url_ + path; }
    std::string broker() const { return access_.host + ":" + std::to_string(access_.port); }
    bool takeWake() noexcept;

    std::string url_;  ///< of the dashboard
    Access access_;
    bool is_protocol_free_ = true;      ///< either version of MQTT will do
    bool did_change_protocol_ = false;  ///< since the last answer of a broker
    Topics topics_;
    Courier courier_{topics_};
    Announcement announcement_{topics_, courier_};
    bool has_discovery_ = true;
    bool is_withdrawn_ = false;  ///< switched off, and nothing of ours is left at the broker

    int wake_fd_ = -1;
    std::unique_ptr<Connection> connection_;
    bool is_announced_ = false;
    bool is_announcing_ = false;
    std::optional<Monotonic::time_point> online_since_;
    Monotonic::time_point connect_at_{};
    Monotonic::time_point give_up_at_{};
    seconds backoff_{1};
    std::optional<Monotonic::time_point> announce_at_;
    std::string status_ = "connecting";

    int short_lives_ = 0;  ///< connections in a row that were cut within a minute for no reason we know
    std::string rival_;    ///< that another client has our id; empty after a quiet minute
    std::string losing_;   ///< the alert with which the connection was lost
    int losses_ = 0;       ///< so many times
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace porchlight::mqtt
