#include "onvif/events/notification.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxTopic = 256;
constexpr std::size_t kMaxItemText = 256;
constexpr int kMaxTopicDepth = 12;

PropertyOperation operationOf(std::string_view told) {
    if (isSameWord(told, "Initialized")) return PropertyOperation::Initialized;
    if (isSameWord(told, "Changed")) return PropertyOperation::Changed;
    return isSameWord(told, "Deleted") ? PropertyOperation::Deleted : PropertyOperation::Untold;
}

/// Some write the value as text of the element.
void addItems(const Node* within, std::vector<Item>& items) {
    if (within == nullptr) return;
    for (const Node& one : within->children) {
        if (one.name != "SimpleItem" || items.size() >= kMaxItems) continue;
        const std::string_view value = one.attribute("Value");
        items.push_back({std::string(one.attribute("Name").substr(0, kMaxItemText)),
                         std::string((value.empty() ? one.text : value).substr(0, kMaxItemText))});
    }
}

/// Message within Message, as it should be, or one alone.
const Node* messageOf(const Node& notification) {
    const Node* outer = notification.find("Message");
    const Node* inner = outer != nullptr ? outer->find("Message") : nullptr;
    return inner != nullptr ? inner : outer;
}

Notification readOne(const Node& node) {
    Notification out;
    out.topic = plainTopic(node.textAt("Topic"));
    const Node* message = messageOf(node);
    if (message == nullptr) return out;
    out.operation = operationOf(message->attribute("PropertyOperation"));
    out.at = dateTime(message->attribute("UtcTime"));
    addItems(message->find("Source"), out.source);
    addItems(message->find("Key"), out.source);
    addItems(message->find("Data"), out.data);
    return out;
}

/// What may follow a time: "Z", nothing, "+01:00"; -> what to take off.
std::optional<std::chrono::minutes> offsetIn(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes(0);
    int hours = 0, minutes = 0;
    if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto read = [&](std::size_t at, int& into) {
        const auto [end, failure] = std::from_chars(text.data() + at, text.data() + at + 2, into);
        return failure == std::errc{} && end == text.data() + at + 2;
    };
    if (!read(1, hours) || !read(4, minutes) || hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
        return std::nullopt;
    const std::chrono::minutes out = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return text[0] == '-' ? -out : out;
}

void addTopics(const Node& node, const std::string& path, int depth, std::vector<std::string>& out) {
    for (const Node& child : node.children) {
        if (out.size() >= kMaxNotifications || depth > kMaxTopicDepth) return;
        if (child.name == "MessageDescription") continue;
        const std::string here = (path.empty() ? "" : path + "/") + child.name.substr(0, kMaxTopic);
        if (isSameWord(child.attribute("topic"), "true") || child.attribute("topic") == "1" ||
            child.find("MessageDescription") != nullptr)
            out.push_back(here.substr(0, kMaxTopic));
        addTopics(child, here, depth + 1, out);
    }
}

}  // namespace

std::string plainTopic(std::string_view told) {
    std::string out;
    for (told = trimmed(told.substr(0, kMaxTopic)); !told.empty();) {
        const std::string_view segment = told.substr(0, told.find('/'));
        told.remove_prefix(std::min(told.size(), segment.size() + 1));
        out += (out.empty() ? "" : "/") + std::string(trimmed(segment.substr(segment.rfind(':') + 1)));
    }
    return base::printable(out);
}

std::optional<WallTime> dateTime(std::string_view text) {
    text = trimmed(text);
    const std::size_t time = text.find('T');
    if (time == std::string_view::npos || text.size() > 40) return std::nullopt;
    const std::size_t zone = text.find_first_of("Zz+-", time);
    const auto offset = offsetIn(text.substr(std::min(zone, text.size())));
    std::string_view moment = text.substr(0, zone);
    if (const std::size_t point = moment.find('.'); point != std::string_view::npos)
        moment = moment.substr(0, point + 7);  // no clock here is finer than a microsecond
    const auto utc = base::parseTime(std::string(moment) + "Z", WallTime{});
    if (!offset || !utc) return std::nullopt;
    return *utc - *offset;
}

std::vector<Notification> notificationsIn(const Node& answer) {
    std::vector<Notification> out;
    for (const Node& child : answer.children) {
        if (child.name != "NotificationMessage" || out.size() >= kMaxNotifications) continue;
        if (Notification one = readOne(child); !one.topic.empty()) out.push_back(std::move(one));
    }
    return out;
}

std::vector<std::string> topicsIn(const Node& answer) {
    std::vector<std::string> out;
    if (const Node* set = answer.find("TopicSet")) addTopics(*set, "", 0, out);
    return out;
}

}  // namespace porchlight::onvif
