/// Finding the cameras that libcamera knows and no other plugin captures better.
#pragma once

#include "porchlight/discover.h"

namespace porchlight::libcamera_source {

/// Whether the id is that of a USB camera: libcamera ends those with vendor and product, "-046d:082d". The
/// V4L2 plugin captures from them: it passes their JPEGs and H.264 through and knows their own names.
bool isUsbId(const std::string& id);

/// Tells every camera that is no USB camera. See porchlight/discover.h.
void discover(const FoundSink& found, Deadline deadline);

}  // namespace porchlight::libcamera_source
