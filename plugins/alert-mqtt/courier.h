/// What goes out, over one connection after the other, and what the broker does not take.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "connection.h"
#include "discovery.h"

namespace porchlight::mqtt {

/// A connection that is lost with messages on their way makes the next one careful: one message at a time.
/// Lost again, that message is known, and messages of its kind and size are left out from then on. Small ones
/// never are. Thread-bound.
class Courier {
  public:
    explicit Courier(const Topics& topics) : topics_(topics) {}  ///< `topics` must outlive it

    void put(const std::string& topic, std::string payload, bool is_retained);
    void clear() { outgoing_.clear(); }

    /// Hands over what may be on its way now, and hears what the broker did not take. Throws nothing: a
    /// connection that is lost says so itself.
    void send(Connection& connection);
    bool isAllOut(const Connection& connection) const {
        return outgoing_.empty() && connection.unconfirmed().empty();
    }
    /// When something was last handed over or confirmed.
    Monotonic::time_point progressAt() const noexcept { return progress_at_; }
    void restartClock() { progress_at_ = Monotonic::now(); }

    /// Whether a picture goes out; when not, why is a complaint. `is_suspect`: the connection was lost at it
    /// before.
    bool mayCarryPicture(std::size_t bytes, bool is_suspect, const Connection& connection);

    /// What the broker does not take, in words; since forgetComplaints().
    std::string complaints() const;
    void forgetComplaints() { complaints_.clear(); }

    /// The latest complaint about what is neither picture nor announcement, taken out.
    std::string takeRefusal() { return std::exchange(refusal_, {}); }

    /// To be called with a connection that was online and is lost.
    void learnFromLoss(const Connection& connection);

  private:
    /// What kind a message is of: messages of one kind are left out together.
    enum class Part : std::uint8_t { Announcement = 1, Picture, Other };

    struct Outgoing {
        std::string topic;
        std::string payload;
        bool is_retained;
    };

    Part partOf(const std::string& topic) const;
    bool isLeftOut(Part part, std::size_t bytes) const;
    void complain(Part part, std::string text);
    void handOver(Connection& connection, const Outgoing& message);

    const Topics& topics_;
    std::deque<Outgoing> outgoing_;  ///< not yet handed to the connection
    bool is_careful_ = false;
    std::map<Part, std::size_t> limits_;  ///< from these bytes on messages are left out
    std::map<Part, std::string> complaints_;
    std::string refusal_;
    Monotonic::time_point progress_at_{};
    std::size_t unconfirmed_before_ = 0;
};

}  // namespace porchlight::mqtt
