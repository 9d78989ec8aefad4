/// What a camera's event service tells: notifications of topics, as they stand in its answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onvif/xml.h"
#include "porchlight/time.h"

namespace porchlight::onvif {

/// What a notification says of the state that it is about.
enum class PropertyOperation : std::uint8_t {
    Untold = 1,   ///< of no state: a moment
    Initialized,  ///< how it is at the time of the subscription
    Changed,
    Deleted,  ///< what it is about is gone
};

/// Name and value as the camera writes them, cut.
struct Item {
    std::string name;
    std::string value;
};

struct Notification {
    std::string topic;         ///< without prefixes: "RuleEngine/CellMotionDetector/Motion"
    std::vector<Item> source;  ///< who tells it, with the keys: input, rule, object
    std::vector<Item> data;
    PropertyOperation operation = PropertyOperation::Untold;
    std::optional<WallTime> at;  ///< by the camera's clock; nothing: not told, or no time
};

inline constexpr std::size_t kMaxNotifications = 256;  ///< of one answer
inline constexpr std::size_t kMaxItems = 16;           ///< of each kind, of one notification

/// Those of PullMessagesResponse and Notify, in their order. Pure; takes any tree.
std::vector<Notification> notificationsIn(const Node& answer);

/// The topics that GetEventPropertiesResponse lists, without prefixes, kMaxNotifications at most. Pure.
std::vector<std::string> topicsIn(const Node& answer);

/// "tns1:RuleEngine/tnsaxis:VMD3/vmd3_video_1" -> "RuleEngine/VMD3/vmd3_video_1". Pure.
std::string plainTopic(std::string_view told);

/// xs:dateTime: with Z, with an offset, or without either (then it is taken for UTC). Pure.
std::optional<WallTime> dateTime(std::string_view text);

}  // namespace porchlight::onvif
