#include "worker/libav_log.h"

extern "C" {
#include <libavutil/log.h>
}

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "base/log.h"
#include "porchlight/time.h"

namespace porchlight::worker {
namespace {

constexpr std::int64_t kWindowUs = 10'000'000;
constexpr int kMaxInWindow = 5;

// libav's callback has no user pointer: its rate limit is one per process, as the callback is.
constinit std::atomic<std::int64_t> window_began_us{0};
constinit std::atomic<int> in_window{0};

bool mayPass() noexcept {
    const auto now_us = std::chrono::duration_cast<microseconds>(Monotonic::now().time_since_epoch()).count();
    if (now_us - window_began_us.load() > kWindowUs) {
        const int swallowed = in_window.exchange(0) - kMaxInWindow;
        window_began_us = now_us;
        if (swallowed > 0) base::logWarning("libav", std::to_string(swallowed) + " further messages were not shown");
    }
    return in_window.fetch_add(1) < kMaxInWindow;
}

void forward(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING || !mayPass()) return;
    char line[512];
    int prefix = 1;
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix);
    std::string text(line);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    base::log(level <= AV_LOG_ERROR ? base::LogLevel::Warning : base::LogLevel::Info, "libav", text);
}

}  // namespace

void redirectLibavLog() noexcept {
    av_log_set_level(AV_LOG_WARNING);
    av_log_set_callback(&forward);
}

}  // namespace porchlight::worker
