#include "base/log/log_stream.h"

#include <poll.h>

#include <thread>

#include "base/fd.h"

namespace porchlight::base {
namespace {

constexpr milliseconds kLook{100};  // how soon a stop is noticed while nobody reads
constexpr seconds kDrain{1};

}  // namespace

LogStream::LogStream(int fd) : fd_(fd), thread_("log-out", [this] { run(); }) {
    setLogSink([this](LogLevel level, std::string_view component,
                      std::string_view text) { write(level, component, text); },
               [this] { drain(); });
}

LogStream::~LogStream() {
    setLogSink({});
    queue_.close();
}

void LogStream::write(LogLevel level, std::string_view component, std::string_view text) noexcept {
    try {
        std::string line = logText(level, component, text) + "\n";
        const std::size_t bytes = line.size();
        ++waiting_;
        if (queue_.push(std::move(line), bytes)) return;
        --waiting_;
        ++dropped_;
    } catch (...) {
        ++dropped_;  // no memory: nobody can be told now
    }
}

void LogStream::drain() const {
    const Deadline deadline = Deadline::in(kDrain);
    while (waiting_ > 0 && !deadline.isPast()) std::this_thread::sleep_for(milliseconds(5));
}

void LogStream::run() {
    for (std::optional<Deadline> last;;) {
        const auto line = queue_.pop(Deadline::in(last ? seconds(0) : std::chrono::hours(1)));
        if (queue_.isClosed() && !last) last = Deadline::in(kDrain);
        if (last && (!line || last->isPast())) return;
        if (!line) continue;
        if (writeWhole(*line))
            tellDropped();
        else
            ++dropped_;
        --waiting_;
    }
}

/// False: it is lost, because nobody will ever read it or because it is time to end.
bool LogStream::writeWhole(const std::string& line) {
    std::optional<Deadline> last;
    for (std::size_t done = 0; done < line.size();) {
        const auto written = writeSome(fd_, std::string_view(line).substr(done));
        if (!written) return false;
        done += *written;
        if (*written > 0) continue;
        if (queue_.isClosed() && !last) last = Deadline::in(kDrain);
        if (last && last->isPast()) return false;
        waitFor(fd_, POLLOUT, Deadline::in(kLook));
    }
    return true;
}

void LogStream::tellDropped() {
    const std::uint64_t dropped = dropped_.load();
    if (dropped == told_dropped_) return;
    if (writeWhole(logText(LogLevel::Warning, "log", lostText(dropped - told_dropped_)) + "\n"))
        told_dropped_ = dropped;
}

}  // namespace porchlight::base
