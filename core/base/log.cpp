#include "base/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/clock.h"
#include "base/secret/secrets.h"
#include "base/text.h"
#include "porchlight/mutex.h"

namespace porchlight::base {
namespace {

constexpr std::size_t kAtOnce = 4096;  // PIPE_BUF

std::atomic<LogLevel> threshold{LogLevel::Info};
std::atomic<std::uint64_t> logged_bytes{0};
std::atomic<std::uint64_t> lost_lines{0};
Mutex sink_mutex;  // held for no longer than a line takes to copy: nothing below it waits for a file,
                   // pipe or socket

std::function<void(LogLevel, std::string_view, std::string_view)>& sink() PORCHLIGHT_REQUIRES(sink_mutex) {
    static std::function<void(LogLevel, std::string_view, std::string_view)> function;
    return function;
}

std::function<void(LogLevel, std::string_view, std::string_view)>& copy() PORCHLIGHT_REQUIRES(sink_mutex) {
    static std::function<void(LogLevel, std::string_view, std::string_view)> function;
    return function;
}

std::function<void()>& drain() PORCHLIGHT_REQUIRES(sink_mutex) {
    static std::function<void()> function;
    return function;
}

std::string prefix(LogLevel level) {
    static const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr;
    if (!is_journal) return formatTime(SystemClock().wallNow(), 3) + " " + nameOf(level) + " ";
    switch (level) {
        case LogLevel::Debug:
            return "<7>";
        case LogLevel::Info:
            return "<6>";
        case LogLevel::Warning:
            return "<4>";
        case LogLevel::Error:
            return "<3>";
    }
    return "<3>";
}

/// To standard error, if that takes a line now.
void writeOrLose(LogLevel level, std::string_view component, std::string_view text) {
    const std::uint64_t lost = lost_lines.load();
    std::string lines = lost == 0 ? "" : logText(LogLevel::Warning, "log", lostText(lost)) + "\n";
    lines += logText(level, component, text) + "\n";
    if (writeSome(STDERR_FILENO, lines).value_or(0) == 0)
        ++lost_lines;
    else
        lost_lines -= lost;
}

}  // namespace

std::string logText(LogLevel level, std::string_view component, std::string_view text) {
    return prefix(level) + std::string(component) + " " + std::string(text);
}

std::string lostText(std::uint64_t lines) {
    return std::to_string(lines) + " line(s) were lost: nobody took them";
}

std::optional<std::size_t> writeSome(int fd, std::string_view text) noexcept {
    pollfd entry{fd, POLLOUT, 0};
    if (::poll(&entry, 1, 0) != 1) return 0;
    if ((entry.revents & POLLOUT) == 0) return std::nullopt;
    // A pipe or socket that is ready takes so much whole.
    const ssize_t written = ::write(fd, text.data(), std::min(text.size(), kAtOnce));
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (written <= 0) return std::nullopt;
    logged_bytes += static_cast<std::uint64_t>(written);
    return static_cast<std::size_t>(written);
}

void setLogLevel(LogLevel level) noexcept {
    threshold = level;
}

void setLogSink(std::function<void(LogLevel, std::string_view, std::string_view)> function,
                std::function<void()> drain_it) {
    const LockGuard lock(sink_mutex);
    sink() = std::move(function);
    drain() = std::move(drain_it);
}

void drainLog() noexcept {
    try {
        std::function<void()> function;
        {
            const LockGuard lock(sink_mutex);
            function = drain();
        }
        if (function) function();
    } catch (...) {
        return;  // whoever calls this ends the process now
    }
}

void setLogCopy(std::function<void(LogLevel, std::string_view, std::string_view)> function) {
    const LockGuard lock(sink_mutex);
    copy() = std::move(function);
}

std::uint64_t loggedBytes() noexcept {
    return logged_bytes.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view component, std::string_view text) noexcept {
    if (level < threshold.load()) return;
    try {
        std::string clean = hideSecrets(text);
        for (char& c : clean)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
        clean = printable(clean);
        const LockGuard lock(sink_mutex);
        if (copy()) copy()(level, component, clean);
        if (sink()) {
            sink()(level, component, clean);
            return;
        }
        writeOrLose(level, component, clean);
    } catch (...) {
        // A log line that cannot be written must not take the program down, and there is nobody left to tell.
        return;
    }
}

}  // namespace porchlight::base
