/// Looks for cameras: what the capture plugins find on this machine, and ONVIF cameras on the network.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "plugin/discovery.h"
#include "plugin/loader.h"
#include "porchlight/mutex.h"

namespace porchlight::app {

/// The child's side: searches and prints a line for each camera (plugin::lineOf) as soon as it is found.
int printDiscovery(const plugin::Catalogue& catalogue);

/// Runs `porchlightd discover`, one at a time: drivers and answers from the network stay out of this process.
/// **Thread**: any; blocks for 3 s usually, 10 s at most.
class Discoverer {
  public:
    explicit Discoverer(std::string program = "/proc/self/exe") : program_(std::move(program)) {}

    plugin::Discovery search();

    /// Runs `porchlight sources --onvif` beside this program: what one camera says is parsed there, and the
    /// password goes over a pipe. -> what it printed. One at a time: Throws Error(Exhausted) while another
    /// camera is asked, Error(Unavailable) where nothing came. Blocks 30 s at most.
    std::string askCamera(const std::string& address, const std::string& user, const std::string& password);

  private:
    const std::string program_;
    std::atomic<bool> is_asking_{false};
    Mutex mutex_;
    /// A search hangs in the kernel: no other is begun.
    bool is_left_behind_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::app
