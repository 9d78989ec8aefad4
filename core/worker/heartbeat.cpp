#include "worker/heartbeat.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/fd.h"

namespace porchlight::worker {
namespace {

std::int64_t ageUs(std::int64_t at_us, std::int64_t now_us) { return at_us == 0 ? -1 : std::max<std::int64_t>(now_us - at_us, 0); }

std::int64_t stuckUs(const CaptureProgress& capture, std::int64_t now_us) {
    const std::int64_t since_us = capture.call_since_us;
    return since_us == 0 ? 0 : std::max<std::int64_t>(now_us - since_us, 0);
}

std::uint64_t rssBytes() {
    const base::Fd file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    char text[128] = {};
    if (!file || ::read(file.get(), text, sizeof text - 1) <= 0) return 0;
    char* resident = nullptr;
    std::strtoull(text, &resident, 10);
    return std::strtoull(resident, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

double HeartbeatMaker::rateHz(std::uint64_t samples, Monotonic::time_point now) {
    marks_.push_back(Mark{now, samples});
    while (marks_.size() > 2 && now - marks_.front().at > milliseconds(5'500)) marks_.pop_front();
    const double span_s = std::chrono::duration<double>(now - marks_.front().at).count();
    return span_s > 0 ? static_cast<double>(samples - marks_.front().samples) / span_s : 0;
}

double HeartbeatMaker::cpuPercent(Monotonic::time_point now) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const double cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    const double span_s = std::chrono::duration<double>(now - cpu_at_).count();
    const double percent = cpu_at_ == Monotonic::time_point{} || span_s <= 0 ? 0 : (cpu_s - cpu_s_) / span_s * 100;
    cpu_at_ = now;
    cpu_s_ = cpu_s;
    return percent;
}

ipc::Heartbeat HeartbeatMaker::make(const Progress& progress) {
    const auto now = Monotonic::now();
    const std::int64_t now_us = monotonicUs(now);
    ipc::Heartbeat beat;
    beat.phase = progress.main.phase;
    beat.capture_stuck_us = stuckUs(progress.main, now_us);
    beat.sub_phase = progress.sub.phase;
    beat.sub_stuck_us = stuckUs(progress.sub, now_us);
    beat.packet_age_us = ageUs(progress.main.last_sample_us, now_us);
    beat.distinct_age_us = ageUs(progress.last_distinct_us, now_us);
    beat.packets = progress.main.samples + progress.sub.samples;
    beat.pictures_decoded = progress.pictures_decoded;
    beat.pictures_analysed = progress.pictures_analysed;
    beat.fragments = progress.fragments;
    beat.dropped_fragments = progress.dropped_fragments;
    beat.dropped_packets = progress.dropped_packets;
    beat.bad_packets = progress.bad_packets + progress.main.bad + progress.sub.bad;
    beat.lost_frames = progress.main.lost + progress.sub.lost;
    beat.opens = progress.main.opens;
    beat.rate_hz = rateHz(progress.main.samples, now);
    beat.rss_bytes = rssBytes();
    beat.cpu_percent = cpuPercent(now);
    return beat;
}

}  // namespace porchlight::worker
