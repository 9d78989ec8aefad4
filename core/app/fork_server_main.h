/// The fork server's own side: loads the media libraries once, then forks a worker for each request.
#pragma once

#include "app/paths.h"
#include "porchlight/plugin.h"

namespace porchlight::app {

/// Serves on descriptor 3 until its end of file. `argv[2...]` are plugins to load beforehand; argv is
/// overwritten in each worker so that process lists show "porchlightd worker CAMERA". Returns the exit code
/// of this process - or of the worker, in the worker. Must be called before any thread exists.
int runForkServer(const Paths& paths, int argc, char** argv);

}  // namespace porchlight::app
