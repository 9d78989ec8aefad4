#include "worker/stream/libav_log.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <string>

#include "base/log.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::worker {
namespace {

constexpr std::int64_t kWindowUs = 10'000'000;
constexpr int kMaxInWindow = 5;
constexpr std::chrono::minutes kRepeatAfter{1};

// libav's callback has no user pointer: its rate limit is one per process, as the callback is.
constinit std::atomic<std::int64_t> window_began_us{0};
constinit std::atomic<int> in_window{0};

/// What was said in the last minute. A camera that is away has the same said of it every two seconds: once is
/// enough, the camera's own state tells the rest.
class Said {
  public:
    bool isNew(const std::string& text) {
        const auto now = Monotonic::now();
        const std::size_t hash = std::hash<std::string>()(withoutAddresses(text));
        const LockGuard lock(mutex_);
        Entry* oldest = &entries_[0];
        for (Entry& entry : entries_) {
            if (entry.hash == hash && entry.at != Monotonic::time_point{} && now - entry.at < kRepeatAfter)
                return false;
            if (entry.at < oldest->at) oldest = &entry;
        }
        *oldest = {hash, now};
        return true;
    }

  private:
    struct Entry {
        std::size_t hash = 0;
        Monotonic::time_point at{};
    };
    /// libav names its contexts by address: "[tcp @ 0x55f8bb334540] ...".
    static std::string withoutAddresses(std::string text) {
        for (auto at = text.find("@ 0x"); at != std::string::npos; at = text.find("@ 0x", at))
            text.erase(at, text.find_first_of("] ", at + 4) - at);
        return text;
    }
    Mutex mutex_;
    std::array<Entry, 8> entries_ PORCHLIGHT_GUARDED_BY(mutex_){};
};

bool mayPass() noexcept {
    const auto now_us = std::chrono::duration_cast<microseconds>(Monotonic::now().time_since_epoch()).count();
    if (now_us - window_began_us.load() > kWindowUs) {
        const int swallowed = in_window.exchange(0) - kMaxInWindow;
        window_began_us = now_us;
        if (swallowed > 0)
            base::logWarning("libav", std::to_string(swallowed) + " further messages were not shown");
    }
    return in_window.fetch_add(1) < kMaxInWindow;
}

void forward(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING) return;
    char line[512];
    int prefix = 1;
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix);
    std::string text(line);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    static Said said;
    if (!said.isNew(text) || !mayPass()) return;
    base::log(level <= AV_LOG_ERROR ? base::LogLevel::Warning : base::LogLevel::Info, "libav", text);
}

}  // namespace

void redirectLibavLog() noexcept {
    av_log_set_level(AV_LOG_WARNING);
    av_log_set_callback(&forward);
}

void silenceLibavLog() noexcept {
    av_log_set_level(AV_LOG_QUIET);
}

}  // namespace porchlight::worker
