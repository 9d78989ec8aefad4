/// Alerts over MQTT, with Home Assistant discovery.
///
/// Topics below `topic` (default "porchlight", used as it is: one appliance a topic):
///   status                            online / offline, retained, last will
///   problem, problem/attributes       ON / OFF and {"reasons": [...]} of the appliance itself (its storage),
///   retained cam/CAMERA/status                 online / offline, retained; offline at stop cam/CAMERA/state
///   {"status","health","reason"}, retained cam/CAMERA/motion                 ON / OFF, retained; OFF at
///   start and at stop cam/CAMERA/snapshot, .../attributes   JPEG of the last event and what it shows,
///   retained, sent before the event cam/CAMERA/event                  {"event_type":
///   motion_start|motion_end, ...}, not retained
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>

#include "connection.h"
#include "courier.h"
#include "discovery.h"
#include "remembered.h"

namespace porchlight::mqtt {

/// See AlertSink. Reconnects by its own timer, 1 to 60 s; the wait begins anew only after a connection that
/// lasted a minute. A name that the resolver takes long to look up blocks service() for that long: the
/// resolver cannot be interrupted.
///
/// What the broker does not take is left out (Courier); an alert at which the connection is lost again and
/// again is told without its picture, and then given up. All that is retained is remembered on disk before it
/// goes out, and taken back when it is wanted no more.
class MqttSink final : public AlertSink {
  public:
    MqttSink();
    ~MqttSink() override;

    void configure(const Settings& settings, const AlertAppliance& appliance) override;
    void service(Deadline deadline) override;
    bool deliver(const Alert& alert, Deadline deadline) override;
    std::string status() const override;
    std::vector<std::string> tryOut(Deadline deadline) override;
    void stop(Deadline deadline) noexcept override;
    void interrupt() noexcept override;

  private:
    struct CameraState {
        bool is_fit = true;
        bool is_moving = false;
        std::string state = "starting";
        std::optional<int> health_percent;
        std::string reason;
        std::string fault_kind;
    };
    void readAccess(const Settings& settings, const std::string& node);
    void readCameras();
    TopicSet wanted() const;
    bool isInDoubt(const std::string& topic) const;
    bool isOurs(const std::string& status_topic) const;

    void connect();
    void watch();
    /// By value: the reason lives in what is dropped.
    void loseConnection(Connection::Loss loss, std::string reason);
    bool changeProtocol();
    void judgeLife(Connection::Loss loss, std::string& reason);

    void announce();
    void finishAnnouncement();
    void takeBack(const TopicSet& wanted);
    void putState(const std::string& camera);
    void putProblem();
    void putEvent(const Alert& alert);

    bool hasPictureToTell(const Alert& alert);
    bool isAllOut() const { return courier_.isAllOut(*connection_); }
    bool confirm(Deadline deadline);
    bool isLosing(const Alert& alert, int times) const;
    void noteLossWith(const Alert& alert);

    std::string link(const std::string& path) const { return path.empty() ? path : appliance_.url + path; }
    std::string broker() const { return access_.host + ":" + std::to_string(access_.port); }
    bool takeWake() noexcept;

    AlertAppliance appliance_;
    Access access_;
    bool is_protocol_free_ = true;      ///< either version of MQTT will do
    bool did_change_protocol_ = false;  ///< since the last answer of a broker
    Topics topics_;
    Courier courier_{topics_};
    bool has_discovery_ = true;
    Remembered remembered_;
    std::map<std::string, CameraState> cameras_;
    std::set<std::string> unknown_cameras_;  ///< their files have problems, and nobody has heard of them
    std::optional<std::vector<std::string>> problems_;  ///< unknown until the appliance has told

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

    std::string memory_problem_;
    int short_lives_ = 0;  ///< connections in a row that were cut within a minute for no reason we know
    std::string rival_;    ///< that another client has our id; empty after a quiet minute
    std::string losing_;   ///< the alert with which the connection was lost
    int losses_ = 0;       ///< so many times
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace porchlight::mqtt
