/// Turns the detections of one camera into events.
#pragma once

#include <optional>
#include <vector>

#include "base/clock_watch.h"
#include "event/event.h"
#include "event/event_ids.h"
#include "porchlight/detect.h"

namespace porchlight::event {

struct EventSettings {
    microseconds event_gap{3'000'000};    ///< quiet time that ends an event
    microseconds max_event{300'000'000};  ///< longer ones are split; zero: never
    microseconds pre_roll{5'000'000};
    microseconds update_interval{1'000'000};  ///< Updated comes no oftener
};

/// The event state machine. Pure: no clock, no input or output; the same calls give the same actions.
///
///     idle --motion--> active --no motion--> closing --event_gap--> closed (idle)
///                        ^ \__max_event: closed, and active again__/   |
///                        \------------------motion--------------------/
///
/// Closing begins with the first picture without motion, or when no picture says anything for one second.
/// Intervals are measured on the monotonic time given; wall time only stamps. When the wall clock is stepped
/// during an event, the event's later stamps go on from its start by monotonic time, so that an event is as
/// long as it really was and never ends before it began.
/// **Thread**: thread-bound. **Throws** nothing but std::bad_alloc.
class EventEngine {
  public:
    /// `ids` must outlive the engine.
    EventEngine(EventSettings settings, EventIds& ids) : settings_(settings), ids_(&ids) {}

    /// One analysed picture: `at` is its wall time, `now` the monotonic time of the same moment, or `late`
    /// after it; a time behind that of the call before counts as that one.
    std::vector<Action> onDetection(WallTime at, Monotonic::time_point now, const Detection& detection,
                                    microseconds late = microseconds{0});

    /// What the running event shows is known better; its label and zone follow. Nothing without one.
    std::vector<Action> onName(Monotonic::time_point now, const Detection& detection);

    /// Time passes; to be called about once a second, also when no picture comes.
    std::vector<Action> onTick(Monotonic::time_point now);

    /// Ends a running event at its last motion (camera lost, detection switched off, stop).
    std::vector<Action> close(CloseReason reason);

    /// The running event, if any.
    const Event* current() const noexcept { return event_ ? &*event_ : nullptr; }

  private:
    void onMotion(WallTime at, const Detection& detection, microseconds late, std::vector<Action>& actions);
    void onQuiet(std::vector<Action>& actions);
    void open(WallTime at, const Detection& detection, microseconds late, std::vector<Action>& actions);
    void tellNews(std::vector<Action>& actions);
    void end(CloseReason reason, std::vector<Action>& actions);
    bool absorb(const Detection& detection);
    WallTime stampOf(WallTime at, microseconds late) const noexcept;

    EventSettings settings_;
    EventIds* ids_;
    std::optional<Event> event_;
    Monotonic::time_point now_{};
    Monotonic::time_point started_{};
    Monotonic::time_point last_motion_{};
    WallTime last_motion_at_{};  ///< the same, as a stamp: where the event ends if nothing more comes
    base::ClockWatch clock_watch_;
    Monotonic::time_point last_told_{};
    bool has_news_ = false;
};

}  // namespace porchlight::event
