/// What an event is: something seen or heard with a beginning and an end, of one camera.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "porchlight/time.h"

namespace porchlight::event {

enum class EventState : std::uint8_t { Active = 1, Closing, Closed };

/// The state as it stands in JSON and SQL.
constexpr const char* nameOf(EventState state) noexcept {
    switch (state) {
        case EventState::Active:
            return "active";
        case EventState::Closing:
            return "closing";
        case EventState::Closed:
            return "closed";
    }
    return "closed";
}

/// Why an event ended.
enum class CloseReason : std::uint8_t {
    Quiet = 1,    ///< no motion for event_gap
    MaxEvent,     ///< it reached max_event; the next event goes on where it ended
    CameraLost,   ///< no pictures any more
    DetectOff,    ///< detection was switched off
    CoreRestart,  ///< the core stops or was restarted
};

/// The reason as it stands in JSON and SQL.
constexpr const char* nameOf(CloseReason reason) noexcept {
    switch (reason) {
        case CloseReason::Quiet:
            return "quiet";
        case CloseReason::MaxEvent:
            return "max_event";
        case CloseReason::CameraLost:
            return "camera_lost";
        case CloseReason::DetectOff:
            return "detect_off";
        case CloseReason::CoreRestart:
            return "core_restart";
    }
    return "quiet";
}

/// One event as detection knows it; a value, copied into every action. What is stored of it (store::EventRow)
/// is this and what others add.
struct Event {
    std::string id;  ///< 16 hex digits, sorts by start
    EventState state = EventState::Active;
    WallTime started_at{};             ///< first confirmed motion
    std::optional<WallTime> ended_at;  ///< last motion, never before started_at; nothing while it runs
    WallTime clip_started_at{};        ///< start of the pre-roll
    double score = 0;                  ///< best so far
    double area_percent = 0;           ///< largest so far
    std::string zone;                  ///< the first zone that was hit
    std::string label = "motion";      ///< the most telling so far (label.h)
    std::string close_reason;          ///< nameOf(CloseReason); empty while it runs
};

enum class ActionKind : std::uint8_t {
    Opened = 1,  ///< insert the event, alert
    Updated,     ///< score, area, label or zone grew; at most one a second
    Closing,     ///< motion stopped
    Reopened,    ///< motion came back within the gap
    Ended,       ///< final but for the clip, which ends at ended_at + post_roll
};

constexpr const char* nameOf(ActionKind kind) noexcept {
    switch (kind) {
        case ActionKind::Opened:
            return "opened";
        case ActionKind::Updated:
            return "updated";
        case ActionKind::Closing:
            return "closing";
        case ActionKind::Reopened:
            return "reopened";
        case ActionKind::Ended:
            return "ended";
    }
    return "ended";
}

/// Something the caller has to carry out, in the order given.
struct Action {
    ActionKind kind = ActionKind::Opened;
    Event event;
};

}  // namespace porchlight::event
