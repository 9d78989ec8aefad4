/// The structured log: JSON lines in files of bounded size, written by a thread of their own; and how they
/// are read.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/thread.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// One line: {"at","level","component","camera","code","kind","text"}, in this order, all texts.
/// `camera` is the second part of components such as camera/porch, recorder/porch. A text that begins with
/// CAMERA_ISSUE, CAMERA_RECOVERY, CAMERA_CRITICAL or HOST_STALL gives `code`; the word behind it, when a
/// colon follows, `kind`.
std::string logLine(WallTime at, LogLevel level, std::string_view component, std::string_view text);

/// **Owns** `folder`/log.jsonl, to which it appends, and log.1.jsonl, which it was before it grew over
/// max_file_bytes, and the thread "log". While it lives every line of log() goes to it. **Thread**: write()
/// from any thread, never blocks: a queue that is full (a disk that hangs) loses the new line, which is
/// counted and told once it goes on. A full disk loses lines and nothing else. Nothing is synced: a power cut
/// takes what the kernel had not written yet, half a minute at most. Nothing is written while nothing is
/// logged.
class LogFile {
  public:
    LogFile(std::filesystem::path folder, std::uint64_t max_file_bytes);
    ~LogFile();  ///< writes what is queued, within a second
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    void write(LogLevel level, std::string_view component, std::string_view text) noexcept;
    std::uint64_t dropped() const noexcept { return dropped_.load(); }

  private:
    void run();
    bool append(const std::string& line);  ///< false: it is lost
    void openFile();

    const std::filesystem::path folder_;
    const std::uint64_t max_file_bytes_;
    BoundedQueue<std::string> queue_{1024, 512U << 10U};
    std::atomic<std::uint64_t> dropped_{0};
    std::uint64_t told_dropped_ = 0;
    Fd file_;
    std::uint64_t file_bytes_ = 0;
    Monotonic::time_point retry_at_{};
    Thread thread_;
};

struct LogQuery {
    WallTime since{};
    std::string camera;            ///< empty: all, and lines about no camera
    bool has_only_errors = false;  ///< warnings and errors
    std::size_t limit = 500;
    std::size_t max_bytes = 2U << 20U;
};

/// The newest lines that fit the query, oldest first, as JSON texts. Torn lines are left out. Throws nothing:
/// what cannot be read is not there.
std::vector<std::string> readLog(const std::filesystem::path& folder, const LogQuery& query);

}  // namespace porchlight::base
