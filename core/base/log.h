/// The log: one line a record on standard error, `2026-11-21T02:03:04.567Z info camera/porch text`.
/// Under systemd (JOURNAL_STREAM) the journal's priority prefix takes the place of the time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::base {

enum class LogLevel : unsigned char { Debug = 1, Info, Warning, Error };

constexpr const char* nameOf(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warning:
            return "warning";
        case LogLevel::Error:
            return "error";
    }
    return "error";
}

/// Lines below this level are not written. Default Info. Any thread.
void setLogLevel(LogLevel level) noexcept;

/// Where lines go instead of standard error (a worker sends them to the core; tests collect them). Set before
/// threads start; an empty function restores standard error. Called under a lock: must not block nor log.
/// `drain` waits, a second at most, until what the sink took is where it belongs.
void setLogSink(std::function<void(LogLevel, std::string_view component, std::string_view text)> sink,
                std::function<void()> drain = {});

/// What the sink took reaches its end, if that takes no longer than a second: before the process ends itself.
/// Any thread.
void drainLog() noexcept;

/// A second place for all lines, beside standard error or the sink (the structured log). Called under a lock,
/// must not block nor log; an empty function ends it, and no call is under way when this returns.
void setLogCopy(std::function<void(LogLevel, std::string_view component, std::string_view text)> copy);

/// Writes one line. Any thread; never blocks: a standard error that takes nothing now (a pipe nobody reads, a
/// journal that hangs) loses the line, which is counted and told once it goes on. Never throws. Line breaks
/// and control characters in `text` become spaces; secrets are hidden (base/secret/secrets.h).
void log(LogLevel level, std::string_view component, std::string_view text) noexcept;

/// Bytes of the lines written so far. Any thread.
std::uint64_t loggedBytes() noexcept;

/// A line as it stands on standard error, without its end; and what is said of lines that were lost.
std::string logText(LogLevel level, std::string_view component, std::string_view text);
std::string lostText(std::uint64_t lines);

/// Writes as much as `fd` takes without waiting, at most 4 KiB; nothing when it takes no more at all. Any
/// thread.
std::optional<std::size_t> writeSome(int fd, std::string_view text) noexcept;

inline void logDebug(std::string_view component, std::string_view text) noexcept {
    log(LogLevel::Debug, component, text);
}
inline void logInfo(std::string_view component, std::string_view text) noexcept {
    log(LogLevel::Info, component, text);
}
inline void logWarning(std::string_view component, std::string_view text) noexcept {
    log(LogLevel::Warning, component, text);
}
inline void logError(std::string_view component, std::string_view text) noexcept {
    log(LogLevel::Error, component, text);
}

}  // namespace porchlight::base
