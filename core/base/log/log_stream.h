/// The log on standard error, written by a thread of its own: nobody waits for whoever reads it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bounded_queue.h"
#include "base/log.h"
#include "base/thread.h"

namespace porchlight::base {

/// **Owns** the thread "log-out" and the lines that wait for `fd`, 512 KiB at most. While it lives it is the
/// sink of log(). **Thread**: write() and drain() from any thread; write() never blocks: a queue that is full
/// (a pipe nobody reads, a journal that hangs) loses the new line, which is counted and told once it goes on.
/// drain() blocks for a second at most.
class LogStream {
  public:
    explicit LogStream(int fd);
    ~LogStream();  ///< writes what is queued, within a second
    LogStream(const LogStream&) = delete;
    LogStream& operator=(const LogStream&) = delete;

    void write(LogLevel level, std::string_view component, std::string_view text) noexcept;
    void drain() const;
    std::uint64_t dropped() const noexcept { return dropped_.load(); }

  private:
    void run();
    bool writeWhole(const std::string& line);
    void tellDropped();

    const int fd_;
    BoundedQueue<std::string> queue_{4096, 512U << 10U};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::uint64_t> waiting_{0};  ///< lines that were taken and are not written yet
    std::uint64_t told_dropped_ = 0;
    Thread thread_;
};

}  // namespace porchlight::base
