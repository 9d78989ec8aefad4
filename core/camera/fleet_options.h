/// What all cameras of this machine have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "camera/owner_desk.h"
#include "camera/switch.h"
#include "config/config.h"

namespace porchlight::camera {

/// What they are made with, what is remembered of them, and how. Immutable.
struct FleetOptions {
    std::string program = "/proc/self/exe";
    std::string plugin_folder;
    config::MemoryProfile memory = config::MemoryProfile::Standard;
    std::string reset_program;  ///< porchlight-device-reset; empty: rung 4 is not available
    std::vector<std::string> reboot_command{"/usr/bin/systemctl", "reboot"};
    std::string owner_journal;           ///< what save_owner_journal was last given
    OwnerDesk::Save save_owner_journal;  ///< empty: nothing that must be remembered is done
    std::vector<Switch> switches;        ///< what was switched before the restart
    /// One whose value is the configured one is over; empty: not remembered.
    std::function<void(const Switch&)> save_switch;
    std::function<microseconds()> store_age;  ///< since the recorder's last progress; empty: not watched
};

}  // namespace porchlight::camera
