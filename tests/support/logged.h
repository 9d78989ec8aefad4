/// What the log says, for a test's time.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"

namespace porchlight::test {

/// Takes what is logged during its life, "component text" a line. **Thread**: any.
class Logged {
  public:
    Logged() {
        base::setLogSink([this](base::LogLevel level, std::string_view component, std::string_view text) {
            const std::lock_guard lock(mutex_);
            levels_.insert(level);
            lines_.push_back(std::string(component) + " " + std::string(text));
        });
    }
    ~Logged() { base::setLogSink({}); }
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;

    /// Since the last take().
    std::vector<std::string> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(lines_, {});
    }
    /// The same in one text.
    std::string takeText() {
        std::string out;
        for (const std::string& line : take()) out += line + "\n";
        return out;
    }

    /// Whether all lines so far were of that level.
    bool hasOnly(base::LogLevel level) {
        const std::lock_guard lock(mutex_);
        return levels_.empty() || levels_ == std::set{level};
    }

  private:
    std::mutex mutex_;
    std::set<base::LogLevel> levels_;
    std::vector<std::string> lines_;
};

}  // namespace porchlight::test
