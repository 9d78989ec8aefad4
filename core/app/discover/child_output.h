/// Runs this program in another mode and collects what it prints.
#pragma once

#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::app {

/// What the child printed on standard output until it closed it or the deadline came; then it is killed. A
/// child that cannot be killed (a driver holds it) is left behind: `is_left_behind`. Blocks until deadline +
/// 1 s at most. No more than `max_bytes` is taken.
struct ChildOutput {
    std::string text;
    bool is_complete = false;  ///< it ended by itself, with exit code 0
    bool is_left_behind = false;
};

inline constexpr std::size_t kChildOutputBytes = 1U << 20U;
inline constexpr std::size_t kChildInputBytes = 4096;  ///< a pipe holds it: nobody waits for its reader

/// `input` is what it reads on standard input, kChildInputBytes at most; nothing else of ours is seen there.
/// Throws Error(Exhausted, Unavailable) when the child cannot be started.
ChildOutput outputOfChild(const std::string& program, const std::vector<std::string>& arguments,
                          Deadline deadline, const std::string& input = "",
                          std::size_t max_bytes = kChildOutputBytes);

}  // namespace porchlight::app
