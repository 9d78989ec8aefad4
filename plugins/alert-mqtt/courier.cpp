#include "courier.h"

#include <algorithm>

namespace porchlight::mqtt {

namespace {

constexpr std::size_t kLeastRefused = 200;    ///< smaller messages are never left out
constexpr std::size_t kPacketOverhead = 512;  ///< topic and head of a message
constexpr std::size_t kWindow = 64;           ///< messages that wait for the broker at a time

std::string bytesOf(std::size_t bytes) {
    return std::to_string(bytes) + " bytes";
}

}  // namespace

void Courier::put(const std::string& topic, std::string payload, bool is_retained) {
    outgoing_.push_back({topic, std::move(payload), is_retained});
}

void Courier::send(Connection& connection) {
    const std::size_t window = is_careful_ ? 1 : kWindow;
    while (!outgoing_.empty() && connection.state() == Connection::State::Online &&
           connection.unconfirmed().size() < window) {
        const Outgoing next = std::move(outgoing_.front());
        outgoing_.pop_front();
        handOver(connection, next);
        restartClock();
    }
    for (const Refusal& refusal : connection.takeRefusals())
        complain(partOf(refusal.topic), "the broker does not take " + refusal.topic + ": " + refusal.reason);
    const std::size_t unconfirmed = connection.unconfirmed().size();
    if (std::exchange(unconfirmed_before_, unconfirmed) != unconfirmed) restartClock();
}

void Courier::handOver(Connection& connection, const Outgoing& message) {
    const Part part = partOf(message.topic);
    if (isLeftOut(part, message.payload.size()))
        return complain(part, "the broker hangs up at " + message.topic + " of " +
                                  bytesOf(message.payload.size()) +
                                  ": it is left out (a limit of it, max_packet_size?)");
    try {
        connection.publish(message.topic, message.payload, message.is_retained);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData) complain(part, error.what());
    }
}

bool Courier::mayCarryPicture(std::size_t bytes, bool is_suspect, const Connection& connection) {
    const auto& most = connection.maxPacketBytes();
    const std::string left_out = "pictures of " + bytesOf(bytes) + " are left out: the broker ";
    if (most && bytes + kPacketOverhead > *most)
        complain(Part::Picture, left_out + "takes no message over " + bytesOf(*most));
    else if (is_suspect || isLeftOut(Part::Picture, bytes))
        complain(Part::Picture, left_out + "hangs up at them (a limit of it, max_packet_size?)");
    else
        return true;
    return false;
}

std::string Courier::complaints() const {
    std::string out;
    for (const auto& [part, text] : complaints_) out += (out.empty() ? "" : "; ") + text;
    return out;
}

/// A connection that was cut between messages says nothing about them: the broker went away, and may come
/// back another.
void Courier::learnFromLoss(const Connection& connection) {
    const auto& on_their_way = connection.unconfirmed();
    if (isAllOut(connection)) {
        limits_.clear();
        is_careful_ = false;
        return;
    }
    if (is_careful_ && on_their_way.size() == 1) {
        const Sent& sent = on_their_way.begin()->second;
        if (sent.bytes >= kLeastRefused) {
            const auto limit = limits_.try_emplace(partOf(sent.topic), sent.bytes).first;
            limit->second = std::min(limit->second, sent.bytes);
        }
    }
    is_careful_ = true;
}

Courier::Part Courier::partOf(const std::string& topic) const {
    if (topic.ends_with("/snapshot")) return Part::Picture;
    return topic.starts_with(topics_.discovery_prefix + "/device/") ? Part::Announcement : Part::Other;
}

bool Courier::isLeftOut(Part part, std::size_t bytes) const {
    const auto limit = limits_.find(part);
    return limit != limits_.end() && bytes >= limit->second;
}

void Courier::complain(Part part, std::string text) {
    if (part == Part::Other) refusal_ = text;
    complaints_[part] = std::move(text);
}

}  // namespace porchlight::mqtt
