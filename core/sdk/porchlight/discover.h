/// Finding cameras: an optional third entry of a capture plugin.
///
///     void discover(const porchlight::FoundSink& found, porchlight::Deadline deadline);
///     PORCHLIGHT_DISCOVER(discover)
///
/// It runs in a process made for it (`porchlightd discover`), which is killed when it takes too long: a
/// driver that hangs costs the search only.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight {

/// A camera that could be configured.
struct FoundCamera {
    std::string id;       ///< lasts over reboots where possible: "/dev/v4l/by-id/usb-..."
    std::string title;    ///< for people: "HD Webcam C525"
    std::string offers;   ///< "MJPEG 1280x720 30/15, 640x480 30; YUYV 640x480 30"
    std::string problem;  ///< why it cannot be used now ("busy (held by pid 812)"); empty when it can
    std::vector<std::pair<std::string, std::string>> settings;  ///< what a camera file needs below `source`
};

using FoundSink = std::function<void(const FoundCamera&)>;

/// Tells each camera that is here, at once when it is found. Never throws for a single camera: it is told
/// with its problem. Throws Error when searching itself is impossible. Returns by the deadline.
using PluginDiscover = void (*)(const FoundSink& found, Deadline deadline);

inline constexpr char kDiscoverSymbol[] = "porchlight_plugin_discover";

}  // namespace porchlight

#define PORCHLIGHT_DISCOVER(function_)                                                                 \
    extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_discover(const ::porchlight::FoundSink& found, \
                                                                 ::porchlight::Deadline deadline) {    \
        function_(found, deadline);                                                                    \
    }
