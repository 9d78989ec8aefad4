/// The log: one line a record on standard error, `2026-11-21T02:03:04.567Z info camera/porch text`.
/// Under systemd (JOURNAL_STREAM) the journal's priority prefix takes the place of the time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace porchlight::base {

enum class LogLevel : unsigned char { Debug = 1, Info, Warning, Error };

constexpr const char* nameOf(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::Debug: return "debug";
        case LogLevel::Info: return "info";
        case LogLevel::Warning: return "warning";
        case LogLevel::Error: return "error";
    }
    return "error";
}

/// Lines below this level are not written. Default Info. Any thread.
void setLogLevel(LogLevel level) noexcept;

/// Where lines go instead of standard error (a worker sends them to the core; tests collect them). Set before
/// threads start; an empty function restores standard error.
void setLogSink(std::function<void(LogLevel, std::string_view component, std::string_view text)> sink);

/// A second place for all lines, beside standard error or the sink (the structured log). Called under a lock, must not
/// block nor log; an empty function ends it, and no call is under way when this returns.
void setLogCopy(std::function<void(LogLevel, std::string_view component, std::string_view text)> copy);

/// Writes one line. Any thread; never throws. Line breaks and control characters in `text` become spaces;
/// secrets are hidden (base/secrets.h).
void log(LogLevel level, std::string_view component, std::string_view text) noexcept;

/// Bytes of the lines written so far. Any thread.
std::uint64_t loggedBytes() noexcept;

inline void logDebug(std::string_view component, std::string_view text) noexcept { log(LogLevel::Debug, component, text); }
inline void logInfo(std::string_view component, std::string_view text) noexcept { log(LogLevel::Info, component, text); }
inline void logWarning(std::string_view component, std::string_view text) noexcept { log(LogLevel::Warning, component, text); }
inline void logError(std::string_view component, std::string_view text) noexcept { log(LogLevel::Error, component, text); }

}  // namespace porchlight::base
