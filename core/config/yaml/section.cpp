#include "config/yaml/section.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::config {
namespace {

/// A leading zero is octal to one reader of YAML and nothing to another: "010" is no number here.
bool hasLeadingZero(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

template <class T>
std::optional<T> parseNumber(const std::string& text) {
    if (hasLeadingZero(text)) return std::nullopt;
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string printSpan(microseconds span) {
    for (const auto& [unit, length_s] : {std::pair{"d", 86400}, {"h", 3600}, {"m", 60}})
        if (span.count() != 0 && span % seconds(length_s) == microseconds(0))
            return std::to_string(span / seconds(length_s)) + unit;
    return printNumber(static_cast<double>(span.count()) / 1e6) + "s";
}

/// "90d or 90s": the bare number with the longest and the shortest unit that are allowed.
std::string withUnits(const std::string& number, microseconds minimum, microseconds maximum) {
    std::string first, last;
    for (const char* unit : {"d", "h", "m", "s"}) {
        const auto span = base::parseDuration(number + unit);
        if (!span || *span < minimum || *span > maximum) continue;
        last = number + unit;
        if (first.empty()) first = last;
    }
    if (first.empty()) return "for example 10s, 5m or 24h";
    return first == last ? first : first + " or " + last;
}

bool isAnyComment(std::string_view) noexcept {
    return true;
}
bool hasAt(std::string_view comment) noexcept {
    return comment.find('@') != std::string_view::npos;
}
bool isGlued(std::string_view comment) noexcept {
    return comment.size() > 1 && comment[1] != ' ' && comment[1] != '#';
}

std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

}  // namespace

std::string printNumber(double value) {
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return error == std::errc() ? std::string(text, end) : "?";
}

std::string Problem::format() const {
    std::string where = base::printable(file.string());
    if (line > 0) where += ":" + std::to_string(line) + ":" + std::to_string(column);
    return where + ": " + text;
}

Section::Section(Document& document, YAML::Node node, std::string name)
    : document_(document), node_(std::move(node)), name_(std::move(name)) {
    if (isPresent() && !node_.IsMap()) {
        problemAt(node_, pathOf("") + " must be a mapping (key: value)");
        node_.reset();
    }
}

void Section::ask(const std::string& key) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
}

YAML::Node Section::keyNode(const std::string& key) const {
    if (isPresent())
        for (const auto& entry : node_)
            if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.first;
    return YAML::Node(YAML::NodeType::Undefined);
}

bool Section::isNamed(const std::string& key) {
    ask(key);
    return isPresent() && std::as_const(node_)[key].IsDefined();
}

bool Section::has(const std::string& key) {
    if (!isNamed(key)) return false;
    if (!std::as_const(node_)[key].IsNull()) return true;
    if (std::find(told_empty_.begin(), told_empty_.end(), key) != told_empty_.end()) return false;
    told_empty_.push_back(key);
    problemAt(
        keyNode(key),
        pathOf(key) +
            " has no value: ~ and null are none, and what follows a # is a comment; write one (in quotes if "
            "it begins with such a character, \"\" for an empty text), or take the key out");
    return false;
}

std::vector<std::string> Section::keys() const {
    std::vector<std::string> out;
    if (isPresent())
        for (const auto& entry : node_) out.push_back(entry.first.IsScalar() ? entry.first.Scalar() : "");
    return out;
}

YAML::Node Section::node(const std::string& key) {
    return has(key) ? std::as_const(node_)[key] : YAML::Node(YAML::NodeType::Undefined);
}

/// A section whose keys are all commented out says nothing, and is none.
Section Section::section(const std::string& key) {
    return {document_, isNamed(key) ? std::as_const(node_)[key] : YAML::Node(YAML::NodeType::Undefined),
            pathOf(key)};
}

void Section::problem(const std::string& key, const std::string& text) {
    const bool is_there = !key.empty() && isPresent() && std::as_const(node_)[key].IsDefined();
    const bool is_empty = is_there && std::as_const(node_)[key].IsNull();
    problemAt(is_empty   ? keyNode(key)
              : is_there ? std::as_const(node_)[key]
                         : node_,
              pathOf(key) + " " + text);
}

std::optional<Section::Value> Section::valueOf(const YAML::Node& node, const std::string& what) {
    if (!node.IsDefined() || !node.IsScalar()) {
        problemAt(node, what + " must be a single value; if it is meant as text, put it in quotes");
        return std::nullopt;
    }
    const std::string& text = node.Scalar();
    if (node.Tag() != "!secret") return Value{text, "'" + text + "'"};
    try {
        return Value{document_.secrets().get(text), "the secret"};
    } catch (const Error& error) {
        problemAt(node, what + ": " + error.what());
        return std::nullopt;
    }
}

std::optional<Section::Value> Section::value(const std::string& key) {
    if (!has(key)) return std::nullopt;
    const YAML::Node node = std::as_const(node_)[key];
    document_.notePlace(pathOf(key), document_.placeOf(node));
    return valueOf(node, pathOf(key));
}

std::optional<std::string> Section::textOf(const YAML::Node& node, const std::string& what) {
    const auto value = valueOf(node, what);
    if (!value) return std::nullopt;
    if (value->text.size() <= kLongestText) return value->text;
    problemAt(node, what + " is longer than " + std::to_string(kLongestText) + " bytes");
    return std::nullopt;
}

std::string Section::text(const std::string& key, const std::string& otherwise) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    if (base::firstUnprintable(value->text) != std::string::npos)
        problem(key,
                "must not hold control characters such as a line end (\\n in double quotes is one: use "
                "single quotes)");
    else if (value->text.size() > kLongestText)
        problem(key, "is longer than " + std::to_string(kLongestText) + " bytes");
    else
        return value->text;
    return otherwise;
}

std::string Section::textBefore(const std::string& key, const std::string& otherwise,
                                bool (*is_doubtful)(std::string_view comment)) {
    const std::size_t before = document_.problems().size();
    std::string found = text(key, otherwise);
    if (document_.problems().size() != before || !has(key)) return found;
    const std::string_view comment = document_.commentBehind(std::as_const(node_)[key]);
    if (comment.empty() || !is_doubtful(comment)) return found;
    problem(key,
            "ends before the #, the rest would be a comment: put the whole value in quotes, or the comment "
            "in a line of its own");
    return otherwise;
}

std::string Section::secret(const std::string& key, const std::string& otherwise) {
    return textBefore(key, otherwise, isAnyComment);
}
std::string Section::url(const std::string& key, const std::string& otherwise) {
    return textBefore(key, otherwise, hasAt);
}
std::string Section::title(const std::string& key, const std::string& otherwise) {
    return textBefore(key, otherwise, isGlued);
}

bool Section::boolean(const std::string& key, bool otherwise) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const std::string word = lower(value->text);
    if (word == "true" || word == "on" || word == "yes") return true;
    if (word == "false" || word == "off" || word == "no") return false;
    problem(key, "must be true or false, not " + value->shown);
    return otherwise;
}

std::int64_t Section::integer(const std::string& key, std::int64_t otherwise, std::int64_t minimum,
                              std::int64_t maximum) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const auto parsed = parseNumber<std::int64_t>(value->text);
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum) +
                     ", not " + value->shown +
                     (hasLeadingZero(value->text) ? " (without the 0 in front)" : ""));
    return otherwise;
}

double Section::number(const std::string& key, double otherwise, double minimum, double maximum) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const auto parsed = parseNumber<double>(value->text);
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a number from " + printNumber(minimum) + " to " + printNumber(maximum) + ", not " +
                     value->shown + (hasLeadingZero(value->text) ? " (without the 0 in front)" : ""));
    return otherwise;
}

microseconds Section::duration(const std::string& key, microseconds otherwise, microseconds minimum,
                               microseconds maximum) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const auto parsed = base::parseDuration(value->text);
    if (parsed && base::isBareNumber(value->text) && *parsed != microseconds(0)) {
        problem(key, "needs a unit: write " + withUnits(value->text, minimum, maximum));
        return otherwise;
    }
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a duration from " + printSpan(minimum) + " to " + printSpan(maximum) +
                     " such as 10s, 5m or 24h, not " + value->shown);
    return otherwise;
}

std::uint64_t Section::size(const std::string& key, std::uint64_t otherwise, std::uint64_t minimum,
                            std::uint64_t maximum) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const auto parsed = base::parseSize(value->text);
    if (parsed && base::isBareNumber(value->text) && *parsed != 0) {
        problem(key,
                "needs a unit: write " + value->text + "GiB, " + value->text + "MiB or " + value->text + "B");
        return otherwise;
    }
    if (parsed && *parsed >= minimum && *parsed <= maximum) return *parsed;
    problem(key, "must be a size from " + base::formatSize(minimum) + " to " + base::formatSize(maximum) +
                     " such as 512MiB or 20GiB, not " + value->shown);
    return otherwise;
}

std::size_t Section::choice(const std::string& key, std::size_t otherwise,
                            const std::vector<std::string>& choices) {
    const auto value = this->value(key);
    if (!value) return otherwise;
    const auto isSame = [&](const std::string& choice) { return isSameWord(choice, value->text); };
    const auto found = std::find_if(choices.begin(), choices.end(), isSame);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    const auto nearest = base::nearestName(value->text, choices);
    problem(key, "must be one of " + join(choices) + ", not " + value->shown +
                     (nearest ? " (did you mean " + *nearest + "?)" : ""));
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
        problemAt(entry.first,
                  "unknown key " + pathOf(shown) +
                      (nearest ? " (did you mean " + *nearest + "?)" : "; valid here: " + join(valid)));
    }
}

}  // namespace porchlight::config
