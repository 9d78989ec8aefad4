#include "config/section.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace porchlight::config {
namespace {

template <class T>
std::optional<T> parseNumber(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string print(double value) {
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return error == std::errc() ? std::string(text, end) : "?";
}

std::string printSpan(microseconds span) { return print(static_cast<double>(span.count()) / 1e6) + "s"; }

std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

}  // namespace

std::string Problem::format() const {
    std::string where = file.string();
    if (line > 0) where += ":" + std::to_string(line) + ":" + std::to_string(column);
    return where + ": " + text;
}

Section::Section(YAML::Node node, std::string name, std::filesystem::path file, Problems& problems)
    : node_(std::move(node)), name_(std::move(name)), file_(std::move(file)), problems_(problems) {
    if (isPresent() && !node_.IsMap()) {
        problemAt(node_, (name_.empty() ? "the file" : name_) + " must be a mapping (key: value)");
        node_.reset();
    }
}

bool Section::has(const std::string& key) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
    return isPresent() && std::as_const(node_)[key].IsDefined() && !std::as_const(node_)[key].IsNull();
}

YAML::Node Section::node(const std::string& key) { return has(key) ? std::as_const(node_)[key] : YAML::Node(YAML::NodeType::Undefined); }

Section Section::section(const std::string& key) { return {node(key), pathOf(key), file_, problems_}; }

void Section::problemAt(const YAML::Node& where, const std::string& text) {
    const YAML::Mark mark = where.IsDefined() ? where.Mark() : YAML::Mark::null_mark();
    problems_.push_back({file_, mark.is_null() ? 0 : mark.line + 1, mark.is_null() ? 0 : mark.column + 1, text});
}

void Section::problem(const std::string& key, const std::string& text) {
    const bool is_there = !key.empty() && isPresent() && std::as_const(node_)[key].IsDefined();
    problemAt(is_there ? std::as_const(node_)[key] : node_, pathOf(key) + " " + text);
}

std::optional<std::string> Section::scalar(const std::string& key) {
    if (!has(key)) return std::nullopt;
    if (!std::as_const(node_)[key].IsScalar()) {
        problem(key, "must be a single value");
        return std::nullopt;
    }
    return std::as_const(node_)[key].Scalar();
}

std::string Section::text(const std::string& key, const std::string& otherwise) { return scalar(key).value_or(otherwise); }

bool Section::boolean(const std::string& key, bool otherwise) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    if (*value == "true" || *value == "on" || *value == "yes") return true;
    if (*value == "false" || *value == "off" || *value == "no") return false;
    problem(key, "must be true or false, not '" + *value + "'");
    return otherwise;
}

std::int64_t Section::integer(const std::string& key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    const auto parsed = parseNumber<std::int64_t>(*value);
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum) + ", not '" + *value + "'");
    return otherwise;
}

double Section::number(const std::string& key, double otherwise, double minimum, double maximum) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    const auto parsed = parseNumber<double>(*value);
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a number from " + print(minimum) + " to " + print(maximum) + ", not '" + *value + "'");
    return otherwise;
}

microseconds Section::duration(const std::string& key, microseconds otherwise, microseconds minimum, microseconds maximum) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    const auto parsed = base::parseDuration(*value);
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a duration from " + printSpan(minimum) + " to " + printSpan(maximum) + " such as 10s, 5m or 24h, not '" + *value + "'");
    return otherwise;
}

std::uint64_t Section::size(const std::string& key, std::uint64_t otherwise, std::uint64_t minimum) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    const auto parsed = base::parseSize(*value);
    if (parsed && *parsed >= minimum) return *parsed;
    problem(key, "must be a size of at least " + base::formatSize(minimum) + " such as 512MiB or 20GiB, not '" + *value + "'");
    return otherwise;
}

std::size_t Section::choice(const std::string& key, std::size_t otherwise, const std::vector<std::string>& choices) {
    const auto value = scalar(key);
    if (!value) return otherwise;
    const auto found = std::find(choices.begin(), choices.end(), *value);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    const auto nearest = base::nearestName(*value, choices);
    problem(key, "must be one of " + join(choices) + ", not '" + *value + "'" + (nearest ? " (did you mean " + *nearest + "?)" : ""));
    return otherwise;
}

void Section::finish(const std::vector<std::string>& more) {
    if (!isPresent()) return;
    std::vector<std::string> valid = asked_;
    valid.insert(valid.end(), more.begin(), more.end());
    for (const auto& entry : node_) {
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
        if (std::find(valid.begin(), valid.end(), key) != valid.end()) continue;
        const auto nearest = base::nearestName(key, valid);
        // Of "password:geheim", which YAML takes for one word, the first half is said.
        const std::string shown = key.substr(0, key.find_first_of(":= "));
        problemAt(entry.first, "unknown key " + pathOf(shown) + (nearest ? " (did you mean " + *nearest + "?)" : "; valid here: " + join(valid)));
    }
}

}  // namespace porchlight::config
