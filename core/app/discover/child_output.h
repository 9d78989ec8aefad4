/// Runs this program in another mode and collects what it prints.
#pragma once

#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::app {

/// What the child printed on standard output until it closed it or the deadline came; then it is killed. A
/// child that cannot be killed (a driver holds it) is left behind: `is_left_behind`. Blocks until deadline +
/// 1 s at most. No more than 1 MiB is taken.
struct ChildOutput {
    std::string text;
    bool is_complete = false;  ///< it ended by itself, with exit code 0
    bool is_left_behind = false;
};

/// Throws Error(Exhausted, Unavailable) when the child cannot be started.
ChildOutput outputOfChild(const std::string& program, const std::vector<std::string>& arguments,
                          Deadline deadline);

}  // namespace porchlight::app
