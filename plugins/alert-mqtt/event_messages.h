/// An event as messages: its picture and what that shows, the event itself, the state of motion.
#pragma once

#include <string>

#include "courier.h"

namespace porchlight::mqtt {

/// On the topic of the label while no event runs.
inline constexpr const char* kNoLabel = "none";

bool isEvent(const Alert& alert) noexcept;

/// Never empty, which would take the retained message away.
inline std::string labelOf(const Alert& alert) {
    return alert.label.empty() ? "motion" : alert.label;
}

/// Topics and forms stand in announcement.h. Puts messages to the courier; whether they arrive is not its
/// business. Thread-bound.
class EventMessages {
  public:
    /// `topics` and `courier` must outlive it.
    EventMessages(const Topics& topics, Courier& courier) : topics_(topics), courier_(courier) {}

    /// Of the dashboard, for links; empty: links are paths.
    void setUrl(std::string url) { url_ = std::move(url); }

    /// `is_picture_suspect`: the connection was lost at this alert before. `is_running`: its event is the one
    /// that runs, as far as was told.
    void put(const Alert& alert, bool is_picture_suspect, bool is_running, const Connection& connection);

  private:
    void putPicture(const Alert& alert);
    void putEvent(const Alert& alert);
    std::string link(const std::string& path) const { return path.empty() ? path : url_ + path; }

    const Topics& topics_;
    Courier& courier_;
    std::string url_;
};

}  // namespace porchlight::mqtt
