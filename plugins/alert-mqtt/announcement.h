/// What stands at the broker for everybody to find: the devices of Home Assistant, and states that are
/// retained.
///
/// Topics below `topic` (default "porchlight", used as it is: one appliance a topic), all retained but the
/// event:
///   status                            online / offline, last will
///   problem, problem/attributes       ON / OFF and {"reasons": [...]} of the appliance itself (its storage)
///   cam/CAMERA/status                 online / offline; offline at stop
///   cam/CAMERA/state                  {"status","health","reason","kind"}
///   cam/CAMERA/motion                 ON / OFF; OFF at start and at stop
///   cam/CAMERA/snapshot, .../attributes   JPEG of the last event and what it shows, sent before the event
///   cam/CAMERA/event                  {"event_type": motion_start|motion_end, ...}
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "courier.h"
#include "discovery.h"
#include "event_messages.h"
#include "remembered.h"

namespace porchlight::mqtt {

/// Knows the present states, and all topics at the broker that hold, or may come to hold, a retained message
/// of ours: they are remembered on disk before anything goes out, and emptied when they are wanted no more.
/// It puts messages to the courier; whether they arrive is not its business. Thread-bound.
class Announcement {
  public:
    /// `topics` and `courier` must outlive it.
    Announcement(const Topics& topics, Courier& courier) : topics_(topics), courier_(courier) {}

    /// `broker`: "HOST:PORT". To be called once, after the topics are known.
    void configure(const AlertAppliance& appliance, const std::string& broker, bool has_discovery);

    /// From now on nothing is wanted at the broker. False: nothing of ours is there.
    bool withdraw();
    bool isWithdrawn() const noexcept { return is_withdrawn_; }
    std::size_t remembered() const { return remembered_.topics().size(); }

    /// Takes over what the alert tells of camera or appliance; false: it is of a camera that is not
    /// announced.
    bool note(const Alert& alert);

    /// Whether the event of this alert is the one that runs, as far as was told.
    bool isRunning(const Alert& alert) const;

    /// Puts everything: what is taken back, devices, states, then "online".
    void putAll();
    /// All of it has arrived.
    void finish();
    /// Puts what a noted camera state or problem has changed.
    void put(const Alert& alert);
    /// Motion is over, each camera is offline: nobody may take what is retained for the present.
    void putGoodbye();

    /// Why topics cannot be remembered; empty: they are.
    const std::string& memoryProblem() const noexcept { return memory_problem_; }

  private:
    struct CameraState {
        bool is_fit = true;
        bool is_moving = false;
        std::string label = kNoLabel;
        std::string event_id;  ///< of the event that runs, as far as it was told
        std::string state = "starting";
        std::optional<int> health_percent;
        std::string reason;
        std::string fault_kind;
    };
    static void noteEvent(CameraState& camera, const Alert& alert);
    void readCameras();
    TopicSet wanted() const;
    bool isInDoubt(const std::string& topic) const;
    bool isOurs(const std::string& status_topic) const;
    void remember(TopicSet topics);
    void takeBack(const TopicSet& wanted);
    void putDevices();
    void putStates();
    void putState(const std::string& camera);
    void putProblem();

    const Topics& topics_;
    Courier& courier_;
    AlertAppliance appliance_;
    bool has_discovery_ = true;
    bool is_withdrawn_ = false;
    Remembered remembered_;
    std::map<std::string, CameraState> cameras_;
    std::set<std::string> unknown_cameras_;  ///< their files have problems, and nobody has heard of them
    std::optional<std::vector<std::string>> problems_;  ///< unknown until the appliance has told
    std::string memory_problem_;
};

}  // namespace porchlight::mqtt
