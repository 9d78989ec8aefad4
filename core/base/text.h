/// Texts that people write: durations, sizes, times, names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::base {

/// "90s" "10m" "24h" "7d" "2w" "500ms" "14 days"; a bare number is seconds. Nothing if it is no duration.
std::optional<microseconds> parseDuration(std::string_view text) noexcept;

/// "20GiB" "512MB" "1.5 GB" "1024"; "20G" is 20GiB. Nothing if it is no size.
std::optional<std::uint64_t> parseSize(std::string_view text) noexcept;

/// A number without a unit, such as "90" or "1.5": what it means, its writer knows.
bool isBareNumber(std::string_view text) noexcept;

/// Where the first byte stands that belongs to no UTF-8 character or to a control character; npos when there
/// is none.
std::size_t firstUnprintable(std::string_view text) noexcept;

/// The text as valid UTF-8 without control characters, whatever it was: other bytes are shown as "\x1b". For
/// terminals, JSON and messages.
std::string printable(std::string_view text);

/// ISO 8601 UTC ("2026-11-21T02:03:04Z", with fraction, or a bare date) or relative to `now` ("-2h").
std::optional<WallTime> parseTime(std::string_view text, WallTime now) noexcept;

using porchlight::formatTime;

/// "3.4 GiB", "812 KiB".
std::string formatSize(std::uint64_t bytes);

/// "3 h 20 min", "12 s".
std::string formatDuration(microseconds span);

/// The candidate nearest to `word` by edit distance, if it is near enough to be a typing error.
std::optional<std::string> nearestName(std::string_view word, const std::vector<std::string>& candidates);

/// The value of a command-line option or header list split at `separator`; empty parts are kept.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace porchlight::base
