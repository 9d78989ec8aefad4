#include "trial.h"

namespace porchlight::mqtt {

namespace {

constexpr std::size_t kPictureBytes = 100'000;  ///< as a large thumbnail
constexpr seconds kPatience{2};                 ///< for one message

}  // namespace

Trial::Trial(Access access, const Topics& topics, bool has_discovery)
    : access_(std::move(access)), topics_(topics), has_discovery_(has_discovery) {
    if (!access_.client_id.ends_with("-doctor")) access_.client_id += "-doctor";
    access_.will_topic.clear();
}

std::vector<std::string> Trial::run(Deadline deadline) {
    enter(deadline);
    tellPlainly(deadline);
    if (has_discovery_) tellHomeAssistant(deadline);
    tellPicture(deadline);
    if (connection_->state() == Connection::State::Online) {
        connection_->disconnect();
        settle(deadline.within(milliseconds{200}));
    }
    return std::move(doubts_);
}

void Trial::enter(Deadline deadline) {
    for (bool did_change = false;;) {
        connection_ = std::make_unique<Connection>(
            access_, [this](std::string_view, std::string_view, bool) { ++echoes_; });
        while (connection_->state() == Connection::State::Connecting && !deadline.isPast())
            connection_->run(deadline, -1);
        if (connection_->state() == Connection::State::Online) return;
        if (connection_->state() == Connection::State::Connecting)
            throw Error(ErrorKind::Unavailable, "the broker does not answer");
        if (connection_->loss() != Connection::Loss::Version || !access_.is_protocol_free || did_change)
            throw Error(connection_->loss() == Connection::Loss::Unavailable ? ErrorKind::Unavailable
                                                                             : ErrorKind::Misconfigured,
                        connection_->lossReason());
        did_change = true;
        access_.takeOtherProtocol();
    }
}

/// Until everything is confirmed, the connection is lost or the time is over.
void Trial::settle(Deadline deadline) {
    while (connection_->state() == Connection::State::Online && !deadline.isPast() &&
           (!connection_->unconfirmed().empty() || connection_->isSubscribing()))
        connection_->run(deadline, -1);
}

/// Why the message was not taken; empty when it was.
std::string Trial::tell(const std::string& topic, std::size_t bytes, bool is_retained, Deadline deadline) {
    try {
        connection_->publish(topic, std::string(bytes, 't'), is_retained);
    } catch (const Error& error) {
        return error.what();
    }
    settle(deadline.within(kPatience));
    if (connection_->state() == Connection::State::Lost) return connection_->lossReason();
    if (!connection_->unconfirmed().empty()) return "the broker does not confirm it";
    const auto refusals = connection_->takeRefusals();
    return refusals.empty() ? "" : refusals.front().reason;
}

/// Before MQTT 5 a broker does not say that it threw a message away: it is read back.
void Trial::tellPlainly(Deadline deadline) {
    const std::string topic = topics_.base + "/doctor";
    connection_->subscribe(topic);
    settle(deadline.within(kPatience));
    const bool may_read = connection_->takeRefusals().empty();
    if (const auto why = tell(topic, 1, true, deadline); !why.empty())
        throw Error(ErrorKind::Misconfigured, "it lets us in, but does not take " + topic + ": " + why);
    const Deadline echo_by = deadline.within(seconds{1});
    while (may_read && echoes_ == 0 && !echo_by.isPast() && connection_->state() == Connection::State::Online)
        connection_->run(echo_by, -1);
    if (may_read && echoes_ == 0)
        throw Error(ErrorKind::Misconfigured,
                    "it lets us in and confirms " + topic +
                        ", but passes it on to nobody: may this user publish there?");
    if (!may_read && access_.protocol == Protocol::V311)
        doubts_.push_back("it is not known whether " + topic +
                          " is passed on: this user may not read it, and MQTT 3.1.1 does not tell");
    tell(topic, 0, true, deadline);
}

void Trial::tellHomeAssistant(Deadline deadline) {
    // Nobody's: Home Assistant listens to .../config only.
    const std::string topic = topics_.discovery_prefix + "/device/" + topics_.node + "/doctor";
    if (const auto why = tell(topic, 1, false, deadline); !why.empty())
        doubts_.push_back("Home Assistant is not told of the cameras: " + topic + ": " + why);
    if (connection_->state() != Connection::State::Online) return;
    connection_->subscribe(topics_.birth());
    settle(deadline.within(kPatience));
    if (!connection_->takeRefusals().empty())
        doubts_.push_back("a restart of Home Assistant is not noticed: " + topics_.birth() +
                          " may not be read");
}

void Trial::tellPicture(Deadline deadline) {
    if (connection_->state() != Connection::State::Online) return;
    const auto why = tell(topics_.base + "/doctor", kPictureBytes, false, deadline);
    if (!why.empty())
        doubts_.push_back("pictures of events may be left out: a message of " +
                          std::to_string(kPictureBytes / 1000) + " kB was not taken: " + why);
}

}  // namespace porchlight::mqtt
