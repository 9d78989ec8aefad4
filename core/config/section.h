/// Reads one mapping of a YAML file: typed values with ranges; every error with file, line and column.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::config {

/// One thing wrong with a configuration file.
struct Problem {
    std::filesystem::path file;
    int line = 0;     ///< from 1; 0: the file as a whole
    int column = 0;
    std::string text;

    /// "file:line:column: text"
    std::string format() const;
};

using Problems = std::vector<Problem>;

/// A mapping being read. Each getter takes a key off the list of keys nobody asked for; finish() reports the rest
/// with the nearest valid name. A wrong value is reported and the default kept. Thread-bound.
class Section {
  public:
    Section(YAML::Node node, std::string name, std::filesystem::path file, Problems& problems);

    bool isPresent() const noexcept { return node_.IsDefined() && !node_.IsNull(); }
    bool has(const std::string& key);

    std::string text(const std::string& key, const std::string& otherwise);
    bool boolean(const std::string& key, bool otherwise);
    std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum);
    double number(const std::string& key, double otherwise, double minimum, double maximum);
    microseconds duration(const std::string& key, microseconds otherwise, microseconds minimum, microseconds maximum);
    std::uint64_t size(const std::string& key, std::uint64_t otherwise, std::uint64_t minimum);
    /// Index of the value among `choices`.
    std::size_t choice(const std::string& key, std::size_t otherwise, const std::vector<std::string>& choices);
    Section section(const std::string& key);
    YAML::Node node(const std::string& key);

    /// Reports a problem at the value of `key` (at the mapping when empty or absent).
    void problem(const std::string& key, const std::string& text);
    void problemAt(const YAML::Node& where, const std::string& text);

    /// Reports keys nobody asked for. `more` are further valid names for the suggestion.
    void finish(const std::vector<std::string>& more = {});

    const std::filesystem::path& file() const noexcept { return file_; }
    Problems& problems() noexcept { return problems_; }

  private:
    std::optional<std::string> scalar(const std::string& key);
    std::string pathOf(const std::string& key) const {
        if (key.empty()) return name_.empty() ? "the file" : name_;
        return name_.empty() ? key : name_ + "." + key;
    }

    YAML::Node node_;
    std::string name_;
    std::filesystem::path file_;
    Problems& problems_;
    std::vector<std::string> asked_;
};

}  // namespace porchlight::config
