#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "porchlight/head.h"
#include "porchlight/utf8.h"

namespace porchlight::base {
namespace {

struct NumberAndUnit {
    double number;
    std::string_view unit;
};

std::optional<NumberAndUnit> splitUnit(std::string_view text) noexcept {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0 && number <= 1e15)) return std::nullopt;  // nan is neither
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    return NumberAndUnit{number, unit};
}

/// "day", "Days".
bool isWord(std::string_view text, std::string_view singular) noexcept {
    if (text.size() == singular.size() + 1 && lower(text.back()) == 's') text.remove_suffix(1);
    return isSameWord(text, singular);
}

}  // namespace

std::optional<microseconds> parseDuration(std::string_view text) noexcept {
    const auto parsed = splitUnit(text);
    if (!parsed) return std::nullopt;
    static constexpr struct {
        std::string_view unit;
        double factor;
    } kUnits[] = {{"", 1e6},     {"us", 1},        {"ms", 1e3},      {"s", 1e6},       {"m", 60e6},
                  {"h", 3600e6}, {"d", 86400e6},   {"w", 604800e6},  {"sec", 1e6},     {"second", 1e6},
                  {"min", 60e6}, {"minute", 60e6}, {"hour", 3600e6}, {"day", 86400e6}, {"week", 604800e6}};
    for (const auto& entry : kUnits) {
        const bool is_word =
            entry.unit.size() > 2;  // people write "14 days" and "1 Hour", but "5M" is no minutes
        if (!(is_word ? isWord(parsed->unit, entry.unit) : parsed->unit == entry.unit)) continue;
        if (parsed->number * entry.factor > 9e17) return std::nullopt;
        return microseconds(static_cast<std::int64_t>(parsed->number * entry.factor + 0.5));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parseSize(std::string_view text) noexcept {
    const auto parsed = splitUnit(text);
    if (!parsed) return std::nullopt;
    static constexpr struct {
        std::string_view unit;
        double factor;
    } kUnits[] = {{"", 1},
                  {"B", 1},
                  {"byte", 1},
                  {"K", 1024.0},
                  {"M", 1048576.0},
                  {"G", 1073741824.0},
                  {"T", 1099511627776.0},
                  {"KiB", 1024.0},
                  {"MiB", 1048576.0},
                  {"GiB", 1073741824.0},
                  {"TiB", 1099511627776.0},
                  {"KB", 1e3},
                  {"MB", 1e6},
                  {"GB", 1e9},
                  {"TB", 1e12}};
    for (const auto& entry : kUnits)
        if (isSameWord(parsed->unit, entry.unit) ||
            (entry.unit == "byte" && isWord(parsed->unit, entry.unit))) {
            if (parsed->number * entry.factor > 9e18) return std::nullopt;
            return static_cast<std::uint64_t>(parsed->number * entry.factor + 0.5);
        }
    return std::nullopt;
}

bool isBareNumber(std::string_view text) noexcept {
    const auto parsed = splitUnit(text);
    return parsed && parsed->unit.empty();
}

std::optional<WallTime> parseTime(std::string_view text, WallTime now) noexcept {
    if (!text.empty() && text.front() == '-') {
        const auto span = parseDuration(text.substr(1));
        if (!span || isBareNumber(text.substr(1))) return std::nullopt;
        return now - *span;
    }
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, used = 0;
    double second = 0;
    const std::string copy(text.substr(0, 40));
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || used != 10)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || year < 1970) return std::nullopt;
    std::string_view rest(copy);
    rest.remove_prefix(10);
    if (!rest.empty()) {
        int length = 0;
        const std::string tail(rest);
        if (std::sscanf(tail.c_str(), "%*1[T ]%2d:%2d:%9lf%n", &hour, &minute, &second, &length) != 3)
            return std::nullopt;
        const std::string_view zone = rest.substr(static_cast<std::size_t>(length));
        if (!zone.empty() && zone != "Z") return std::nullopt;
        if (hour > 23 || minute > 59 || hour < 0 || minute < 0 || !(second >= 0 && second < 61))
            return std::nullopt;
    }
    const auto midnight = std::chrono::sys_days(date);
    return WallTime(midnight) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           microseconds(static_cast<std::int64_t>(second * 1e6 + 0.5));
}

std::string formatSize(std::uint64_t bytes) {
    static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(kUnits)) {
        value /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
    return text;
}

std::string formatDuration(microseconds span) {
    const std::int64_t total = std::chrono::round<seconds>(span).count();
    char text[48];
    if (total < 120)
        std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(total));
    else if (total < 7200)
        std::snprintf(text, sizeof text, "%lld min %lld s", static_cast<long long>(total / 60),
                      static_cast<long long>(total % 60));
    else if (total < 172800)
        std::snprintf(text, sizeof text, "%lld h %lld min", static_cast<long long>(total / 3600),
                      static_cast<long long>(total / 60 % 60));
    else
        std::snprintf(text, sizeof text, "%lld d %lld h", static_cast<long long>(total / 86400),
                      static_cast<long long>(total / 3600 % 24));
    return text;
}

std::size_t firstUnprintable(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t bytes = utf8Length(text, at);
        const auto first = static_cast<unsigned char>(text[at]);
        const bool is_c1 = bytes == 2 && first == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
        if (bytes == 0 || first < 0x20 || first == 0x7f || is_c1) return at;
        at += bytes;
    }
    return std::string_view::npos;
}

std::string printable(std::string_view text) {
    std::string out;
    for (;;) {
        const std::size_t at = firstUnprintable(text);
        out.append(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\x%02x",
                      static_cast<unsigned>(static_cast<unsigned char>(text[at])));
        out += escape;
        text.remove_prefix(at + 1);
    }
}

namespace {

/// Edit distance with swapped neighbours counting once (optimal string alignment), letter case ignored.
std::size_t editDistance(std::string_view a, std::string_view b) {
    const auto isSame = [](char x, char y) { return lower(x) == lower(y); };
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                                   cost[i - 1][j - 1] + (isSame(a[i - 1], b[j - 1]) ? 0 : 1)});
            if (i > 1 && j > 1 && isSame(a[i - 1], b[j - 2]) && isSame(a[i - 2], b[j - 1]))
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearestName(std::string_view word, const std::vector<std::string>& candidates) {
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    if (word.size() > 64) return best;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = editDistance(word, candidate);
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = candidate;
    }
    return best;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (;;) {
        const std::size_t to = text.find(separator, from);
        parts.emplace_back(text.substr(from, to == std::string_view::npos ? to : to - from));
        if (to == std::string_view::npos) return parts;
        from = to + 1;
    }
}

}  // namespace porchlight::base
