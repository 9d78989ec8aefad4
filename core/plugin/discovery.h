/// Cameras that were found, as a line of text between the process that searches and the one that asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/discover.h"

namespace porchlight::plugin {

/// A camera and the plugin that captures from it.
struct FoundSource {
    std::string plugin;
    FoundCamera camera;
};

/// What a search found, and what stood in its way.
struct Discovery {
    std::vector<FoundSource> sources;
    std::vector<std::string> problems;  ///< for people: "the search did not end in time: a driver may hang"
};

/// One line, fields separated by tabs, without the line break: plugin, id, title, offers, problem,
/// name=value... Tabs and control characters in the fields become spaces.
std::string lineOf(const FoundSource& found);

/// Nothing when the line is not of this kind.
std::optional<FoundSource> parseLine(std::string_view line);

/// The value of `source:` in a camera file: `{plugin: v4l2, device: "/dev/v4l/by-id/..."}`.
std::string sourceYaml(const FoundSource& found);

/// A whole camera file with this name.
std::string cameraYaml(const FoundSource& found, const std::string& name);

/// A name for the camera made of its title: [a-z0-9-], at most 36 characters, never empty.
std::string nameFor(const FoundSource& found);

}  // namespace porchlight::plugin
