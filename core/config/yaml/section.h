/// Reads one mapping of a YAML file: typed values with ranges; every error with file, line and column.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml/document.h"
#include "config/yaml/problem.h"
#include "porchlight/time.h"

namespace porchlight::config {

inline constexpr std::size_t kLongestText = 4096;  ///< bytes of one value

/// The shortest digits that are read back as the same number.
std::string printNumber(double value);

/// A mapping being read. Each getter takes a key off the list of keys nobody asked for; finish() reports the
/// rest with the nearest valid name. A wrong value is reported and the default kept: what was written counts,
/// or it is a problem with its place. `!secret NAME` stands for a text of secrets.yaml. Borrows the document.
/// **Thread**: thread-bound. Over 25 functions: a getter for each kind of value.
class Section {
  public:
    Section(Document& document, YAML::Node node, std::string name);

    bool isPresent() const noexcept { return node_.IsDefined() && !node_.IsNull(); }
    bool has(const std::string& key);       ///< given, with a value; a key without one is reported
    bool isNamed(const std::string& key);   ///< given, with or without a value
    std::vector<std::string> keys() const;  ///< all that are given

    /// A text without control characters, at most kLongestText.
    std::string text(const std::string& key, const std::string& otherwise);
    /// A text that may hold '#': one that is not in quotes and has a comment behind it is refused, for it may
    /// be the rest of it.
    std::string secret(const std::string& key, const std::string& otherwise = "");
    /// The same, when an '@' stands in the comment.
    std::string url(const std::string& key, const std::string& otherwise);
    /// The same, when no space follows the '#'.
    std::string title(const std::string& key, const std::string& otherwise);
    bool boolean(const std::string& key, bool otherwise);
    std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t minimum,
                         std::int64_t maximum);
    double number(const std::string& key, double otherwise, double minimum, double maximum);
    /// With a unit, but for 0.
    microseconds duration(const std::string& key, microseconds otherwise, microseconds minimum,
                          microseconds maximum);
    /// With a unit, but for 0.
    std::uint64_t size(const std::string& key, std::uint64_t otherwise, std::uint64_t minimum,
                       std::uint64_t maximum = 1ULL << 60U);
    /// Index of the value among `choices`; "Off" is "off".
    std::size_t choice(const std::string& key, std::size_t otherwise,
                       const std::vector<std::string>& choices);
    Section section(const std::string& key);
    YAML::Node node(const std::string& key);

    /// Of one value in a list: its text. Nothing after a problem.
    std::optional<std::string> textOf(const YAML::Node& value, const std::string& what);

    /// Reports a problem at the value of `key` (at the mapping when empty or absent).
    void problem(const std::string& key, const std::string& text);
    void problemAt(const YAML::Node& where, const std::string& text) { document_.problemAt(where, text); }

    /// Reports keys nobody asked for. `more` are further valid names for the suggestion.
    void finish(const std::vector<std::string>& more = {});

    Document& document() noexcept { return document_; }

  private:
    /// One value, and how it may be shown: a secret never is.
    struct Value {
        std::string text;
        std::string shown;
    };
    std::optional<Value> valueOf(const YAML::Node& node, const std::string& what);
    std::optional<Value> value(const std::string& key);
    std::string textBefore(const std::string& key, const std::string& otherwise,
                           bool (*is_doubtful)(std::string_view comment));
    YAML::Node keyNode(const std::string& key) const;
    void ask(const std::string& key);
    std::string pathOf(const std::string& key) const {
        if (key.empty()) return name_.empty() ? "the file" : name_;
        return name_.empty() ? key : name_ + "." + key;
    }

    Document& document_;
    YAML::Node node_;
    std::string name_;
    std::vector<std::string> asked_;
    std::vector<std::string> told_empty_;
};

}  // namespace porchlight::config
