/// Calls into libporchlight-worker.so, which alone links the media libraries.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace porchlight::app {

/// Runs the worker of one camera on the connected socket `socket_fd`; returns the process's exit code. When
/// the sandbox ends it, the number of the system call + 1 is left at `violation` (memory shared with the
/// parent; may be null).
int runWorker(const std::filesystem::path& library, int socket_fd, std::atomic<int>* violation);

/// Loads the library without running anything of it (the fork server). Throws Error(NotSupported).
void loadWorker(const std::filesystem::path& library);

/// Runs the offline detection with its own arguments; returns the process's exit code.
int runDetect(const std::filesystem::path& library, std::vector<std::string> arguments);

/// Reads footage back from standard input (worker/proof/proof.h); returns the process's exit code.
int runProof(const std::filesystem::path& library, std::vector<std::string> arguments);

}  // namespace porchlight::app
