/// What is logged again and again.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "porchlight/time.h"

namespace porchlight::alert {

/// Folds what is logged again and again: a connection that comes and goes must not fill the log.
/// Thread-bound.
class Repeats {
  public:
    /// What to log for `text` now; empty when it stands in the log often enough already.
    std::string take(const std::string& text) {
        const auto now = Monotonic::now();
        if (texts_.size() >= kMaxLogged && !texts_.contains(text)) texts_.clear();
        Seen& seen = texts_[text];
        if (seen.count == 0 || now - seen.since > kSameAgain) {
            const std::uint64_t unsaid = seen.count > kSameTexts ? seen.count - kSameTexts : 0;
            seen = {now, 1};
            return unsaid == 0 ? text : text + " (and " + std::to_string(unsaid) + " times before)";
        }
        return ++seen.count <= kSameTexts ? text : std::string();
    }

  private:
    static constexpr seconds kSameAgain{600};  ///< in this time the same text is logged kSameTexts times
    static constexpr std::uint64_t kSameTexts = 3;
    static constexpr std::size_t kMaxLogged = 16;
    struct Seen {
        Monotonic::time_point since{};
        std::uint64_t count = 0;
    };
    std::map<std::string, Seen> texts_;
};

}  // namespace porchlight::alert
