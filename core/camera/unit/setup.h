/// What a worker is told at its start.
#pragma once

#include "camera/unit/switches.h"
#include "camera/worker/site.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// The configuration with its switches. `may_encode_in_hardware`: no worker has hung in that encoder.
ipc::Setup setupOf(const Site& site, const Switches& switches, bool may_encode_in_hardware);

}  // namespace porchlight::camera
