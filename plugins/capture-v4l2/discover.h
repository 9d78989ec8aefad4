/// Lists the V4L2 cameras of this machine.
#pragma once

#include "porchlight/discover.h"

namespace porchlight::v4l2 {

/// Every node that captures video in a format that can be used, by its lasting name.
void discover(const FoundSink& found, Deadline deadline);

/// The lasting name of a node: below by-id, else below by-path, else itself.
std::string lastingNameOf(const std::string& node);

}  // namespace porchlight::v4l2
