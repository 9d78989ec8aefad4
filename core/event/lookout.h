/// What one camera's pictures show and what the camera itself says, made into its events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "event/camera_states.h"
#include "event/event_engine.h"
#include "event/label.h"

namespace porchlight::event {

struct LookoutSettings {
    EventSettings events;
    CameraWord word = CameraWord::Ignored;
    std::vector<std::string> labels;  ///< of the camera that count
};

/// Decides what of both reaches the event engine. Pure: no clock, no input or output.
///
/// **Opens**: an event lasts while any state of the camera is on, and event_gap after the last; max_event
/// splits it as it splits any other. What the camera tells late, up to kLatest, begins when it was.
/// **Labels**: what the camera sees while motion's event runs, or saw up to kLinger before, becomes its
/// label.
/// **Vetoes**: motion waits up to kVetoWindow for the camera's word, and begins an event at its first picture
/// when that comes; an event that runs is not ended by it. While the camera is not heard (it does not answer,
/// or tells no detections) nothing is vetoed: better an event too many than one that was missed.
///
/// **Thread**: thread-bound. A time behind that of the call before counts as that one.
class Lookout {
  public:
    static constexpr seconds kVetoWindow{3};
    /// Told later than this after it happened, it counts as of now: the camera's clock is wrong.
    static constexpr seconds kLatest{10};

    /// `ids` must outlive it.
    Lookout(LookoutSettings settings, EventIds& ids);

    /// One analysed picture, as EventEngine::onDetection.
    std::vector<Action> onDetection(WallTime at, Monotonic::time_point now, Detection detection);

    /// The camera says something; `wall` and `now` are of this moment.
    std::vector<Action> onCamera(const CameraDetection& said, WallTime wall, Monotonic::time_point now);

    /// Whether the camera is heard, and so may veto. What it said lasts on: it is told again, or its end.
    void setHeard(bool is_heard) noexcept { is_heard_ = is_heard; }

    /// Nobody will tell the end of what the camera said: it is over.
    void endAll(Monotonic::time_point now) { states_.endAll(now); }

    /// The switch of detection; off ends a running event. What the camera says is followed all the same.
    std::vector<Action> setOn(bool is_on);

    /// Time passes; to be called about once a second at least.
    std::vector<Action> onTick(WallTime wall, Monotonic::time_point now);

    /// The camera delivers nothing any more, or the appliance stops. After CameraLost its word opens nothing
    /// until setThere(); it is followed all the same.
    std::vector<Action> close(CloseReason reason);

    /// The camera's pictures are back.
    void setThere() noexcept { is_lost_ = false; }

    const Event* current() const noexcept { return engine_.current(); }
    bool isOpenedByCamera() const noexcept { return settings_.word == CameraWord::Opens; }

  private:
    /// Motion that waits for the camera's word.
    struct Waiting {
        WallTime at;
        Monotonic::time_point since;
        Detection detection;
    };

    std::vector<Action> open(WallTime at, WallTime wall, Monotonic::time_point now);
    std::vector<Action> release(const Detection& seen, Monotonic::time_point now);
    void hold(WallTime at, Monotonic::time_point now, const Detection& detection);

    const LookoutSettings settings_;
    EventEngine engine_;
    CameraStates states_;
    bool is_heard_ = false;
    bool is_on_ = true;
    bool is_lost_ = false;
    std::optional<Waiting> waiting_;
};

}  // namespace porchlight::event
