/// What is done to a recorder while a call fails.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "faults.h"
#include "world.h"

namespace inject {

struct Script {
    const char* name;
    const char* what;
    bool is_by_default;  ///< false: only when --only names it
    void (*prepare)(const std::filesystem::path& folder,
                    const footage::Stream& stream);  ///< once; the process ends after it
    std::vector<std::string> (*run)(const std::filesystem::path& folder, const footage::Stream& stream,
                                    const Strike& strike);
};

/// All of them. `run` gets a copy of what `prepare` left.
const std::vector<Script>& scripts();

}  // namespace inject
