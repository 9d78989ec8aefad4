/// Alerts over MQTT, with Home Assistant discovery.
///
/// Topics below `topic` (default "porchlight", used as it is: one appliance a topic):
///   status                            online / offline, retained, last will
///   problem, problem/attributes       ON / OFF and {"reasons": [...]} of the appliance itself (its storage), retained
///   cam/CAMERA/status                 online / offline, retained
///   cam/CAMERA/state                  {"status","health","reason"}, retained
///   cam/CAMERA/motion                 ON / OFF, retained; OFF at start and at stop
///   cam/CAMERA/snapshot, .../attributes   JPEG of the last event and what it shows, retained, sent before the event
///   cam/CAMERA/event                  {"event_type": motion_start|motion_end, ...}, not retained
#pragma once

#include <map>
#include <optional>
#include <random>

#include "connection.h"
#include "discovery.h"

namespace porchlight::mqtt {

/// See AlertSink. Reconnects by its own timer, 1 to 60 s. A name that the resolver takes long to look up blocks
/// service() for that long: the resolver cannot be interrupted.
class MqttSink final : public AlertSink {
  public:
    MqttSink();
    ~MqttSink() override;

    void configure(const Settings& settings, const AlertAppliance& appliance) override;
    void service(Deadline deadline) override;
    bool deliver(const Alert& alert, Deadline deadline) override;
    std::string status() const override { return status_; }
    void stop(Deadline deadline) noexcept override;
    void interrupt() noexcept override;

  private:
    struct CameraState {
        bool is_moving = false;
        std::string state = "starting";
        std::optional<int> health_percent;
        std::string reason;
        std::string fault_kind;
    };

    void connect();
    void watch();
    void loseConnection(std::string reason, bool is_refused);  ///< by value: the reason lives in what is dropped
    void announce();
    void publishState(const std::string& camera);
    void publishProblem();
    void publishEvent(const Alert& alert);
    bool confirm(Deadline deadline);
    std::string link(const std::string& path) const { return path.empty() ? path : appliance_.url + path; }
    bool takeWake() noexcept;

    AlertAppliance appliance_;
    Access access_;
    Topics topics_;
    bool has_discovery_ = true;
    std::map<std::string, CameraState> cameras_;
    std::optional<std::vector<std::string>> problems_;  ///< unknown until the appliance has told

    int wake_fd_ = -1;
    std::unique_ptr<Connection> connection_;
    bool is_announced_ = false;
    Monotonic::time_point connect_at_{};
    Monotonic::time_point give_up_at_{};
    seconds backoff_{1};
    std::optional<Monotonic::time_point> announce_at_;
    std::string status_ = "connecting";
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace porchlight::mqtt
