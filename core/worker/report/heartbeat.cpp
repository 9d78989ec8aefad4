#include "worker/report/heartbeat.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace porchlight::worker {
namespace {

/// Pictures are judged every second, or at keyframes every few.
constexpr std::int64_t kJudgementLateUs = 20'000'000;
/// Two minutes (SampleSchedule) and the longest group of pictures.
constexpr std::int64_t kRareJudgementLateUs = 185'000'000;

std::int64_t ageUs(std::int64_t at_us, std::int64_t now_us) {
    return at_us == 0 ? -1 : std::max<std::int64_t>(now_us - at_us, 0);
}

std::int64_t stuckUs(std::int64_t since_us, std::int64_t now_us) {
    return since_us == 0 ? 0 : std::max<std::int64_t>(now_us - since_us, 0);
}

/// Number `index` (from 0) of a line of numbers in a /proc file; what stands before the last ')' is skipped.
std::uint64_t numberOf(const char* path, int index) {
    const base::Fd file(::open(path, O_RDONLY | O_CLOEXEC));
    char text[512] = {};
    if (!file || ::read(file.get(), text, sizeof text - 1) <= 0) return 0;
    const char* at = std::strrchr(text, ')');
    at = at ? at + 1 : text;
    for (; index > 0 && at; --index) at = std::strchr(at + 1, ' ');
    return at ? std::strtoull(at, nullptr, 10) : 0;
}

std::uint64_t rssBytes() {
    return numberOf("/proc/self/statm", 1) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint32_t threads() {
    return static_cast<std::uint32_t>(numberOf("/proc/self/stat", 17));
}

std::uint32_t descriptors() {
    DIR* folder = ::opendir("/proc/self/fd");
    if (!folder) return 0;
    std::uint32_t count = 0;
    while (const dirent* entry = ::readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(folder);
    return count - 1;  // without the one that reads the folder
}

/// A limit of this process; 0: none.
std::uint64_t limitOf(__rlimit_resource resource) {
    rlimit limit{};
    return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : 0;
}

/// How long ago the picture last changed, as of the last judgement: pictures are judged now and then only,
/// and one that has not been looked at since is not older for that. A stream that stopped, or is not judged
/// any more, ages all the same.
std::int64_t distinctAgeUs(const Progress& progress, std::int64_t now_us) {
    const std::int64_t judged_us = progress.last_judged_us;
    const std::int64_t distinct_us = progress.last_distinct_us;
    if (distinct_us == 0) return -1;
    const std::int64_t silence_us = std::max<std::int64_t>(
        now_us -
            std::max({progress.main.last_sample_us.load(), progress.sub.last_sample_us.load(), judged_us}),
        0);
    if (now_us - judged_us > (progress.is_judged_rarely ? kRareJudgementLateUs : kJudgementLateUs))
        return now_us - distinct_us;
    return std::max<std::int64_t>(judged_us - distinct_us, 0) + silence_us;
}

double secondsOf(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

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
    const double cpu_s = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
    const double span_s = std::chrono::duration<double>(now - cpu_at_).count();
    const double percent =
        cpu_at_ == Monotonic::time_point{} || span_s <= 0 ? 0 : (cpu_s - cpu_s_) / span_s * 100;
    cpu_at_ = now;
    cpu_s_ = cpu_s;
    return percent;
}

ipc::Heartbeat HeartbeatMaker::make(const Progress& progress, const Queues& queues) {
    const auto now = Monotonic::now();
    const std::int64_t now_us = monotonicUs(now);
    ipc::Heartbeat beat;
    beat.phase = progress.main.phase;
    beat.capture_stuck_us = stuckUs(progress.main.call_since_us, now_us);
    beat.sub_phase = progress.sub.phase;
    beat.sub_stuck_us = stuckUs(progress.sub.call_since_us, now_us);
    beat.encode_stuck_us = stuckUs(progress.encode_since_us, now_us);
    beat.detect_stuck_us = stuckUs(progress.detect_since_us, now_us);
    beat.packet_age_us = ageUs(progress.main.last_sample_us, now_us);
    beat.distinct_age_us = distinctAgeUs(progress, now_us);
    beat.distinct_seen_age_us = ageUs(progress.last_distinct_us, now_us);
    beat.black_age_us = ageUs(progress.black_since_us, now_us);
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
    beat.descriptors = descriptors();
    beat.threads = threads();
    beat.queue_bytes = queues.bytes;
    beat.queue_max_bytes = queues.max_bytes;
    beat.memory_max_bytes = limitOf(RLIMIT_DATA);
    beat.descriptors_max =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(limitOf(RLIMIT_NOFILE), UINT32_MAX));
    beat.is_detecting_on_main = progress.is_detecting_on_main;
    beat.dropped_messages = progress.dropped_messages;
    return beat;
}

}  // namespace porchlight::worker
