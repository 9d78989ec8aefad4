/// Lists of "name=number" in one setting of text: "zoom_absolute=120, led1_mode=1".
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight {

using Assignments = std::vector<std::pair<std::string, std::int64_t>>;

/// The names as written, in their order; the core judges a setting with the rule "assignments" by this, and
/// the plugin reads it. Throws Error(Misconfigured) for a part that is no name=number, and for a name that
/// stands twice.
inline Assignments parseAssignments(std::string_view text) {
    Assignments out;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view part = trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (part.empty()) continue;
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string name(trimmed(part.substr(0, equals)));
        const std::string_view digits = trimmed(part.substr(std::min(equals + 1, part.size())));
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (name.empty() || digits.empty() || error != std::errc() || end != digits.data() + digits.size())
            throw Error(ErrorKind::Misconfigured, "'" + std::string(part) + "' is not name=number");
        for (const auto& [other, number] : out)
            if (other == name) throw Error(ErrorKind::Misconfigured, name + " stands twice");
        out.emplace_back(name, value);
    }
    return out;
}

}  // namespace porchlight
