/// The doctor: looks at this machine and this installation, and says of each finding what to do.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/loader.h"
#include "plugin/discovery.h"
#include "plugin/loader.h"

namespace porchlight::app {

enum class Verdict : std::uint8_t { Good = 1, Doubtful, Bad };
const char* nameOf(Verdict verdict) noexcept;

struct Finding {
    std::string subject;  ///< "disk", "clock", "camera porch", ...
    Verdict verdict = Verdict::Good;
    std::string text;    ///< what was found
    std::string advice;  ///< what to do; empty when good
};
using Findings = std::vector<Finding>;

// One function a subject. None needs the daemon, none throws for what it finds, none waits longer than 3 s
// for each address (6 s more where a name service is silent) unless it says so.
void examineConfig(const config::LoadResult& loaded, Findings& findings);
/// Versions built with and found.
void examinePlugins(const std::vector<plugin::Listing>& listings, Findings& findings);
void examineDataFolder(const config::Config& config, Findings& findings);  ///< and recordings: writable, room
void examineClock(Findings& findings);
void examinePort(const config::Config& config, bool is_daemon_running, Findings& findings);
void examineCertificate(const config::Config& config, Findings& findings);  ///< the owner's, if there is one
/// Logs in, tells a test: up to 8 s.
void examineBroker(const config::Config& config, const plugin::Catalogue& catalogue, Findings& findings);
void examineMemory(const config::Config& config, Findings& findings);
void examinePower(Findings& findings);                                  ///< under-voltage of a Raspberry Pi
void examineDevices(const config::Config& config, Findings& findings);  ///< of cameras, and who may open them
void examineSources(const config::Config& config, Findings& findings);  ///< do network cameras answer

/// Cameras that were found: what each offers, which camera it is, or what to write to use it.
void examineFound(const plugin::Discovery& found, const config::Config& config, Findings& findings);

/// Whether a TCP connection to host:port comes about within 3 s, and 6 s more where a name service is silent;
/// `why` says why not.
bool canConnect(const std::string& host, int port, std::string& why);

}  // namespace porchlight::app
