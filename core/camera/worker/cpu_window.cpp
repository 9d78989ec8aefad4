#include "camera/worker/cpu_window.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace porchlight::camera {
namespace {

constexpr seconds kCpuBeginning{10};  // beyond two windows: still the beginning of a worker

std::string coresText(double cores) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", cores);
    return text;
}

}  // namespace

void CpuWindow::note(double percent, double span_s, Monotonic::time_point now) {
    const double used_s = std::clamp(percent, 0.0, 10'000.0) / 100 * span_s;
    marks_.push_back({now, (marks_.empty() ? 0 : marks_.back().used_s) + used_s});
    while (marks_.size() > 2 && now - marks_[1].at >= limits_.cpu_window) marks_.pop_front();
    const auto& [first_at, first_s] = marks_.front();
    const auto span = now - first_at;
    cores_ = span < limits_.cpu_window
                 ? 0
                 : (marks_.back().used_s - first_s) / std::chrono::duration<double>(span).count();
    if (isOver() && follows_limit_ && now - started_at_ < 2 * limits_.cpu_window + kCpuBeginning)
        is_honest_ = true;
}

void CpuWindow::clear() noexcept {
    marks_.clear();
    cores_ = 0;
}

std::string CpuWindow::text() const {
    return coresText(cores_) + " cores for " + base::formatDuration(limits_.cpu_window) + ", the limit is " +
           coresText(limits_.cpu_limit_cores);
}

}  // namespace porchlight::camera
