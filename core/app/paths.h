/// Where the parts of this installation lie, relative to the running program.
#pragma once

#include <filesystem>

namespace porchlight::app {

/// A build tree (bin/, plugins/, lib/, webroot/ side by side) or an installed one (/usr/bin and
/// /usr/lib/porchlight). Throws Error(Misconfigured) when neither is there.
struct Paths {
    std::filesystem::path plugins;
    std::filesystem::path worker_library;
    std::filesystem::path webroot;
    std::filesystem::path device_reset;  ///< the program of rung 4
    std::filesystem::path daemon;        ///< porchlightd

    static Paths find();
};

/// The configuration to use: `given`, else $PORCHLIGHT_CONFIG, else the first that exists of /etc/porchlight,
/// /var/lib/porchlight and ~/.local/share/porchlight. Throws Error(Misconfigured) naming all that were tried.
std::filesystem::path findConfig(const std::filesystem::path& given);

}  // namespace porchlight::app
