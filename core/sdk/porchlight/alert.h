/// The interface of an alert plugin: events and camera states out to the world.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "porchlight/settings.h"

namespace porchlight {

/// A camera as alerts know it.
struct AlertCamera {
    std::string name;    ///< [a-z0-9-], stable
    std::string title;   ///< for people
    bool is_fit = true;  ///< false: its file has problems. Not announced; one that was announced stays known,
                         ///< as offline
};

/// What alerts need to know of the appliance; handed over before anything else.
struct AlertAppliance {
    std::string node;     ///< stable id of this appliance, [a-z0-9_-]
    std::string version;  ///< of Porchlight
    std::string url;      ///< of the dashboard; empty when unknown
    std::vector<AlertCamera> cameras;
    /// A folder for what a sink must remember over a restart, in files named alert-NAME.*; empty: it
    /// remembers nothing.
    std::string state_dir;
};

enum class AlertKind : std::uint8_t {
    EventStart = 1,  ///< something was seen or heard; its clip already plays
    EventEnd,        ///< the event is over; same id as its start
    CameraState,     ///< state or health changed
    Problem,         ///< what is wrong with the appliance itself (its storage) changed; `camera` is empty
    EventUpdate,     ///< of an event whose start was told: its label tells more, or its picture has come
};

/// One thing to tell. Delivered in order per camera; EventStart and EventEnd at least once, EventUpdate as
/// long as there is room for it. A sink that does not know a kind takes it and tells nothing.
struct Alert {
    AlertKind kind = AlertKind::CameraState;
    std::string camera;
    WallTime at{};
    // EventStart, EventUpdate, EventEnd
    std::string event_id;
    WallTime started_at{};
    WallTime ended_at{};  ///< EventEnd, and an EventUpdate that came after it
    double score = 0;
    std::string zone;
    std::string clip_url;  ///< path below the dashboard's address
    std::string thumbnail_url;
    std::vector<std::uint8_t> thumbnail;  ///< JPEG; may be empty
    // CameraState
    std::string state;  ///< starting running degraded offline disabled
    int health_percent = 0;
    std::string reason;
    // Problem
    /// All that is wrong now, in words for the owner; empty when all is well.
    std::vector<std::string> problems;
    // CameraState
    std::string fault_kind;  ///< frame_timeout, auth_refused, ... (docs/health.md); empty when well
    // EventStart, EventEnd
    /// The same over every retry and restart: a consumer that has seen it drops the double. Empty: a state.
    std::string id;
    /// A newer alert of this camera waits behind it: what happened is told, but nothing is said of the
    /// present (whether something moves).
    bool is_stale = false;
    // EventStart, EventUpdate, EventEnd
    std::string label;  ///< the most telling word for what was seen: "motion", "person"
};

/// Where alerts go. Thread-bound: the host gives each sink one thread, which alternates deliver() and
/// service(). The sink never starts threads of its own and never waits past a deadline.
class PORCHLIGHT_EXPORT AlertSink {
  public:
    AlertSink() = default;
    AlertSink(const AlertSink&) = delete;
    AlertSink& operator=(const AlertSink&) = delete;
    virtual ~AlertSink() = default;

    /// Takes its settings; no connection yet. Throws Error(Misconfigured).
    virtual void configure(const Settings& settings, const AlertAppliance& appliance) = 0;

    /// Keeps the connection alive (connects, reconnects with back-off, reads, pings); returns at the
    /// deadline or earlier when interrupted. Throws Error(Unavailable) at most once per state change.
    virtual void service(Deadline deadline) = 0;

    /// Hands over one alert; true: the other side has confirmed it. False: not now (offline); the host keeps
    /// it and tries again after a second. Throws Error(Unavailable) or Error(Misconfigured): the host tries
    /// again, and waits longer each time (a minute at most). Throws Error(BadData) for one that will never be
    /// taken: the host gives it up, so that the ones behind it are told.
    virtual bool deliver(const Alert& alert, Deadline deadline) = 0;

    /// One word and a reason for people: "connected", "connected, but ...", "offline: connection refused".
    virtual std::string status() const = 0;

    /// For the doctor, after configure() and in place of all below and above: connects, tells what it would
    /// tell of an event as a test that nobody takes for one, and leaves. What does not work in full, in
    /// words. Throws Error when nothing could be told at all; its text is the cause.
    virtual std::vector<std::string> tryOut(Deadline deadline) = 0;

    /// Says goodbye (retained "offline") and disconnects within the deadline.
    virtual void stop(Deadline deadline) noexcept = 0;

    /// Makes a blocked service() or deliver() return within 100 ms. Any thread, never blocks.
    virtual void interrupt() noexcept = 0;
};

/// Beside AlertSink, for a sink that leaves something behind where it told: retained messages, say. The host
/// finds it with dynamic_cast, in a sink that the configuration names and switches off.
class PORCHLIGHT_EXPORT AlertWithdrawal {
  public:
    virtual ~AlertWithdrawal() = default;

    /// In place of configure(), at a start with state of the sink in state_dir: from now on service() takes
    /// back what was left behind, and tells nothing. False: nothing is there to be taken back, and the sink
    /// is not used any further. Throws Error(Misconfigured).
    virtual bool withdraw(const Settings& settings, const AlertAppliance& appliance) = 0;

    /// Nothing is left behind any more. What could not be taken back in time is for the next start: status()
    /// says so.
    virtual bool isWithdrawn() const = 0;
};

}  // namespace porchlight
