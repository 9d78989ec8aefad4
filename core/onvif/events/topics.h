/// What the topics of cameras mean to us. The table of topics.cpp is the whole of it: a new maker's topic is
/// a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onvif/events/notification.h"

namespace porchlight::onvif {

/// One thing that a notification says.
struct Meaning {
    std::string label;  ///< as CameraDetection::label
    std::string key;    ///< what it is the state of: the same for begin and end
    std::string place;  ///< the camera's own name of the rule or input, printable; may be empty
    bool is_on = true;
    bool has_end = true;  ///< false: a moment
    float score = 0;      ///< 0..1; 0: not told
};

/// What it says; nothing: nothing that is of use here. Pure.
std::vector<Meaning> meaningsOf(const Notification& notification);

/// Whether notifications of this topic may say something. Pure.
bool isKnownTopic(std::string_view topic);

}  // namespace porchlight::onvif
