/// Whether what a recorder leaves behind is true: files, rows, events and the ledger say the same.
#pragma once

#include <string>
#include <vector>

#include "faults.h"
#include "world.h"

namespace inject {

struct Expectations {
    WallTime from{};                  ///< both cameras gave footage from here
    WallTime to{};                    ///< to here
    microseconds may_miss = 1100ms;   ///< of the camera that always records: a group of pictures
    bool may_have_deleted = false;    ///< retention
    std::vector<std::string> events;  ///< must be there, closed, with their footage
};

/// Looks at the folder of a recorder that has ended; one sentence for each thing that is wrong. `record`:
/// what harm was done.
std::vector<std::string> judge(const std::filesystem::path& folder, const Expectations& expected,
                               const Record& record);

/// Footage of a camera that plays, in seconds.
double recordedSeconds(const std::filesystem::path& folder, const std::string& camera);

}  // namespace inject
