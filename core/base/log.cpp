#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

#include "base/clock.h"
#include "base/secrets.h"
#include "base/text.h"

namespace porchlight::base {
namespace {

std::atomic<LogLevel> threshold{LogLevel::Info};
std::atomic<std::uint64_t> logged_bytes{0};
std::mutex sink_mutex;

std::function<void(LogLevel, std::string_view, std::string_view)>& sink() {
    static std::function<void(LogLevel, std::string_view, std::string_view)> function;
    return function;
}

std::function<void(LogLevel, std::string_view, std::string_view)>& copy() {
    static std::function<void(LogLevel, std::string_view, std::string_view)> function;
    return function;
}

std::string prefix(LogLevel level) {
    static const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr;
    if (!is_journal) return formatTime(SystemClock().wallNow(), 3) + " " + nameOf(level) + " ";
    switch (level) {
        case LogLevel::Debug: return "<7>";
        case LogLevel::Info: return "<6>";
        case LogLevel::Warning: return "<4>";
        case LogLevel::Error: return "<3>";
    }
    return "<3>";
}

}  // namespace

void setLogLevel(LogLevel level) noexcept { threshold = level; }

void setLogSink(std::function<void(LogLevel, std::string_view, std::string_view)> function) {
    const std::lock_guard lock(sink_mutex);
    sink() = std::move(function);
}

void setLogCopy(std::function<void(LogLevel, std::string_view, std::string_view)> function) {
    const std::lock_guard lock(sink_mutex);
    copy() = std::move(function);
}

std::uint64_t loggedBytes() noexcept { return logged_bytes.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view component, std::string_view text) noexcept {
    if (level < threshold.load()) return;
    try {
        std::string clean = hideSecrets(text);
        for (char& c : clean)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
        clean = printable(clean);
        const std::lock_guard lock(sink_mutex);
        if (copy()) copy()(level, component, clean);
        if (sink()) {
            sink()(level, component, clean);
            return;
        }
        const std::string line = prefix(level) + std::string(component) + " " + clean + "\n";
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
        logged_bytes += line.size();
    } catch (...) {
        // A log line that cannot be written must not take the program down, and there is nobody left to tell.
        return;
    }
}

}  // namespace porchlight::base
