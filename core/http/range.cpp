#include "http/range.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace porchlight::http {
namespace {

std::optional<std::uint64_t> readNumber(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

ByteRange parseRange(const std::string& header, std::uint64_t size) noexcept {
    const ByteRange whole{RangeKind::Whole, 0, size == 0 ? 0 : size - 1};
    std::string_view text = header;
    if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return whole;
    text.remove_prefix(6);
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return whole;
    const auto first = readNumber(text.substr(0, dash));
    const auto last = readNumber(text.substr(dash + 1));
    if (dash == 0) {  // the last N bytes
        if (!last) return whole;
        if (*last == 0 || size == 0) return {RangeKind::Unsatisfiable, 0, 0};
        return {RangeKind::Part, size - std::min(*last, size), size - 1};
    }
    const bool is_open = dash + 1 == text.size();
    if (!first || (!last && !is_open) || (last && *last < *first)) return whole;
    if (*first >= size) return {RangeKind::Unsatisfiable, 0, 0};
    return {RangeKind::Part, *first, is_open ? size - 1 : std::min(*last, size - 1)};
}

}  // namespace porchlight::http
