/// Worked examples on the pages of docs/, read so that a test can compare them with what is really made.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace porchlight::test {

/// Lines of the first block between ``` fences below the line `heading` of a page ("docs/storage.md").
inline std::vector<std::string> blockBelow(const std::string& page, const std::string& heading) {
    std::ifstream file(PORCHLIGHT_SOURCE_DIR "/" + page);
    std::vector<std::string> lines;
    bool is_below = false;
    bool is_inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line == heading) is_below = true;
        if (!is_below) continue;
        const bool is_fence = line.starts_with("```");
        if (is_fence && is_inside) return lines;
        if (is_fence)
            is_inside = true;
        else if (is_inside)
            lines.push_back(line);
    }
    throw std::runtime_error(page + " has no example below " + heading);
}

/// The bytes of lines "OFFSET  XX XX XX  what they are" (hexadecimal); lines that begin with a space go on
/// with the words of the line before. Throws where an offset is not where the bytes before it end.
inline base::Bytes bytesIn(const std::vector<std::string>& lines) {
    base::Bytes bytes;
    for (const std::string& line : lines) {
        if (line.empty() || line.front() == ' ') continue;
        if (std::stoul(line.substr(0, line.find(' ')), nullptr, 16) != bytes.size())
            throw std::runtime_error("after " + std::to_string(bytes.size()) + " bytes: " + line);
        const auto begin = line.find("  ");
        const std::string hex = line.substr(begin + 2, line.find("  ", begin + 2) - begin - 2);
        for (std::size_t at = 0; at < hex.size(); at += 3)
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

/// What to put on the page instead.
inline std::string hexOf(const base::Bytes& bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : bytes) {
        if (!out.empty()) out += ' ';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

}  // namespace porchlight::test
