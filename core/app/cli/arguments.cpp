#include "app/cli/arguments.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace porchlight::app {
namespace {

std::string shown(microseconds span) {
    return span < seconds(1) ? std::to_string(span.count() / 1000) + " ms" : base::formatDuration(span);
}

}  // namespace

Arguments::Arguments(const std::vector<std::string>& words, const std::vector<std::string>& flags,
                     const std::vector<std::string>& valued) {
    const auto contains = [](const auto& list, const std::string& word) {
        return std::find(list.begin(), list.end(), word) != list.end();
    };
    bool is_rest = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (is_rest || word.size() < 2 || word[0] != '-') {
            words_.push_back(word);
            continue;
        }
        if (word == "--") {
            is_rest = true;
            continue;
        }
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        if (contains(flags, name) && equals == std::string::npos) {
            flags_.insert(name);
        } else if (contains(valued, name)) {
            if (equals == std::string::npos && i + 1 >= words.size())
                throw UsageError(name + " needs a value");
            values_[name] = equals == std::string::npos ? words[++i] : word.substr(equals + 1);
        } else {
            std::vector<std::string> valid = flags;
            valid.insert(valid.end(), valued.begin(), valued.end());
            const auto nearest = base::nearestName(name, valid);
            throw UsageError("unknown option " + name + (nearest ? " (did you mean " + *nearest + "?)" : ""));
        }
    }
}

std::optional<std::string> Arguments::value(const std::string& option) const {
    const auto found = values_.find(option);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

int Arguments::number(const std::string& option, int otherwise, int minimum, int maximum) const {
    const auto text = value(option);
    if (!text) return otherwise;
    int number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < minimum || number > maximum)
        throw UsageError(option + " must be a number from " + std::to_string(minimum) + " to " +
                         std::to_string(maximum) + ", not '" + *text + "'");
    return number;
}

microseconds Arguments::duration(const std::string& option, microseconds otherwise, microseconds minimum,
                                 microseconds maximum) const {
    const auto text = value(option);
    if (!text) return otherwise;
    const auto span = base::parseDuration(*text);
    if (!span || base::isBareNumber(*text) || *span < minimum || *span > maximum)
        throw UsageError(option + " must be a duration with its unit, such as 5s or 10m, from " +
                         shown(minimum) + " to " + shown(maximum) + ", not '" + *text + "'");
    return *span;
}

void Arguments::expectWords(std::size_t minimum, std::size_t maximum, const std::string& what) const {
    if (words_.size() < minimum) throw UsageError("missing " + what);
    if (words_.size() > maximum) throw UsageError("too many words: '" + words_[maximum] + "'");
}

bool takeOption(const std::vector<std::string>& words, std::size_t& at, const std::string& name,
                const std::string& what, std::string& value) {
    const std::string& word = words[at];
    const bool is_one_word = word.starts_with(name + "=");
    if (!is_one_word && word != name) return false;
    if (!is_one_word) ++at;
    value = is_one_word ? word.substr(name.size() + 1) : at < words.size() ? words[at] : "";
    if (value.empty()) throw UsageError(name + " needs " + what);
    ++at;
    return true;
}

}  // namespace porchlight::app
