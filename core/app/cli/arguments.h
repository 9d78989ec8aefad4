/// The words of one command: options, their values, and the rest.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::app {

/// The command line is wrong; what() says how, for exit code 64.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Arguments {
  public:
    /// `flags` stand alone ("--json"), `valued` take the next word or "=value". Throws UsageError for
    /// anything else that begins with "-", naming the nearest valid option.
    Arguments(const std::vector<std::string>& words, const std::vector<std::string>& flags,
              const std::vector<std::string>& valued);

    bool has(const std::string& flag) const { return flags_.contains(flag); }
    std::optional<std::string> value(const std::string& option) const;

    /// A number in [minimum, maximum]; throws UsageError otherwise.
    int number(const std::string& option, int otherwise, int minimum, int maximum) const;

    /// A span of time with its unit in [minimum, maximum]; throws UsageError otherwise.
    microseconds duration(const std::string& option, microseconds otherwise, microseconds minimum,
                          microseconds maximum) const;

    const std::vector<std::string>& words() const noexcept { return words_; }

    /// Exactly `count` words, or a UsageError that says what is missing.
    void expectWords(std::size_t minimum, std::size_t maximum, const std::string& what) const;

  private:
    std::set<std::string> flags_;
    std::map<std::string, std::string> values_;
    std::vector<std::string> words_;
};

/// Takes "--name VALUE" or "--name=VALUE" at `at` out of words that are somebody else's, and moves behind it;
/// false where something else stands. Throws UsageError: "--name needs `what`".
bool takeOption(const std::vector<std::string>& words, std::size_t& at, const std::string& name,
                const std::string& what, std::string& value);

}  // namespace porchlight::app
