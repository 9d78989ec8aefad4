/// porchlight-capture-probe PLUGIN_FOLDER PLUGIN SECONDS [NAME=VALUE]...
///
/// Keeps one source open with the worker's own capture loop and prints a JSON object a line, each second:
/// counters since the start, what went wrong, CPU and descriptors of this process. The last line has
/// "is_last": true.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "plugin/loader.h"
#include "worker/capture_loop.h"

using namespace porchlight;

namespace {

std::string jsonText(const std::string& text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
    return out + "\"";
}

/// What was seen, behind one lock.
class Tally {
  public:
    void opened(const SourceInfo& info) {
        const std::lock_guard lock(mutex_);
        ++opens_;
        info_ = info;
        last_pts_us_ = -1;
        since_open_ = 0;
        opened_at_ = Monotonic::now();
    }

    void sample(const Sample& sample) {
        const auto now = Monotonic::now();
        const std::lock_guard lock(mutex_);
        std::int64_t pts_us = 0;
        std::size_t bytes = 0;
        Monotonic::time_point captured_at{};
        if (const auto* picture = std::get_if<Picture>(&sample)) {
            pts_us = picture->pts_us;
            captured_at = picture->captured_at;
            const int rows = picture->height_px;
            for (int y = 0; y < rows; y += 16)
                checksum_ += picture->planes[0][static_cast<std::ptrdiff_t>(y) * picture->strides_bytes[0]];
        } else {
            const auto& packet = std::get<Packet>(sample);
            if (packet.track != Track::Video) return;
            pts_us = packet.pts_us;
            bytes = packet.data.size();
            captured_at = packet.captured_at;
        }
        ++samples_;
        ++since_open_;
        bytes_ += bytes;
        if (pts_us <= last_pts_us_) ++out_of_order_;
        last_pts_us_ = pts_us;
        if (captured_at != Monotonic::time_point{}) ++dated_;
        if (last_at_ != Monotonic::time_point{}) longest_gap_ = std::max(longest_gap_, now - last_at_);
        if (since_open_ == 1) first_frame_ = now - opened_at_;
        last_at_ = now;
    }

    void fault(const ipc::Fault& fault) {
        const std::lock_guard lock(mutex_);
        ++faults_;
        if (texts_.size() < 20) texts_.push_back(std::string(nameOf(fault.kind)) + ": " + fault.text);
    }

    void print(const worker::CaptureProgress& progress, double elapsed_s, bool is_last) {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        const auto inSeconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        const auto fds = std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                       std::filesystem::directory_iterator());
        const std::lock_guard lock(mutex_);
        const auto inMs = [](Monotonic::duration span) {
            return std::chrono::duration<double, std::milli>(span).count();
        };
        std::printf(
            "{\"elapsed_s\": %.2f, \"opens\": %d, \"samples\": %llu, \"bytes\": %llu, \"out_of_order\": "
            "%llu, \"dated\": %llu, ",
            elapsed_s, opens_, asNumber(samples_), asNumber(bytes_), asNumber(out_of_order_),
            asNumber(dated_));
        std::printf(
            "\"bad\": %llu, \"lost\": %llu, \"faults\": %d, \"longest_gap_ms\": %.1f, \"first_frame_ms\": "
            "%.1f, ",
            asNumber(progress.bad), asNumber(progress.lost), faults_, inMs(longest_gap_), inMs(first_frame_));
        std::printf("\"age_ms\": %.1f, \"cpu_s\": %.3f, \"descriptors\": %ld, \"rss_kib\": %ld, ",
                    last_at_ == Monotonic::time_point{} ? -1.0 : inMs(Monotonic::now() - last_at_),
                    inSeconds(usage.ru_utime) + inSeconds(usage.ru_stime), static_cast<long>(fds),
                    usage.ru_maxrss);
        std::printf(
            "\"width_px\": %d, \"height_px\": %d, \"rate_hz\": %.3f, \"codec\": \"%s\", \"description\": %s, "
            "\"errors\": [",
            info_.format.width_px, info_.format.height_px, info_.format.rate_hz, nameOf(info_.format.video),
            jsonText(info_.description).c_str());
        for (std::size_t i = 0; i < texts_.size(); ++i)
            std::printf("%s%s", i == 0 ? "" : ", ", jsonText(texts_[i]).c_str());
        std::printf("]%s}\n", is_last ? ", \"is_last\": true" : "");
        std::fflush(stdout);
    }

  private:
    static unsigned long long asNumber(std::uint64_t value) noexcept { return value; }

    std::mutex mutex_;
    SourceInfo info_;
    int opens_ = 0;
    int faults_ = 0;
    std::uint64_t samples_ = 0;
    std::uint64_t since_open_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t out_of_order_ = 0;
    std::uint64_t dated_ = 0;
    unsigned checksum_ = 0;
    std::int64_t last_pts_us_ = -1;
    Monotonic::time_point last_at_{};
    Monotonic::time_point opened_at_{};
    Monotonic::duration longest_gap_{};
    Monotonic::duration first_frame_{};
    std::vector<std::string> texts_;
};

/// The plugin's defaults with the given values over them, as the core hands them out.
Settings settingsOf(const plugin::Listing& listing, int count, char** words) {
    Settings settings;
    for (const SettingSpec& spec : listing.settings) {
        std::string value = spec.default_value;
        if (spec.type == SettingType::Duration)
            value = std::to_string(base::parseDuration(value).value_or(microseconds(0)).count());
        settings.set(spec.name, value);
    }
    for (int i = 0; i < count; ++i) {
        const std::string word = words[i];
        const auto equals = word.find('=');
        if (equals == std::string::npos) throw Error(ErrorKind::Misconfigured, word + " is not NAME=VALUE");
        settings.set(word.substr(0, equals), word.substr(equals + 1));
    }
    return settings;
}

int run(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("usage: porchlight-capture-probe PLUGIN_FOLDER PLUGIN SECONDS [NAME=VALUE]...\n", stderr);
        return 64;
    }
    const plugin::Catalogue catalogue{std::filesystem::path(argv[1])};
    const plugin::Listing* listing = catalogue.find(PluginKind::Capture, argv[2]);
    if (!listing)
        throw Error(ErrorKind::NotSupported, std::string("no capture plugin ") + argv[2] + " in " + argv[1]);
    const auto module = catalogue.load(PluginKind::Capture, argv[2]);
    const double wanted_s = std::stod(argv[3]);
    Tally tally;
    worker::CaptureProgress progress;
    worker::CaptureLoop::Sinks sinks;
    sinks.opened = [&](const SourceInfo& info) { tally.opened(info); };
    sinks.format_changed = [](const StreamFormat&) {};
    sinks.sample = [&](Sample&& sample) { tally.sample(sample); };
    sinks.closed = [] {};
    sinks.fault = [&](ipc::Fault&& fault) { tally.fault(fault); };
    const auto began_at = Monotonic::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Monotonic::now() - began_at).count(); };
    worker::CaptureLoop loop(
        "probe", [module] { return module->create<CaptureSource>(); },
        settingsOf(*listing, argc - 4, argv + 4), {seconds(5), seconds(5)}, progress, sinks);
    for (int second = 1; elapsed() < wanted_s; ++second) {
        std::this_thread::sleep_until(began_at +
                                      std::chrono::duration_cast<Monotonic::duration>(
                                          std::chrono::duration<double>(std::min<double>(second, wanted_s))));
        tally.print(progress, elapsed(), elapsed() >= wanted_s);
    }
    const auto stopping_at = Monotonic::now();
    loop.stop();
    const bool did_end = loop.waitEnded(Deadline::in(seconds(5)));
    std::fprintf(stderr, "stopped in %.0f ms\n",
                 std::chrono::duration<double, std::milli>(Monotonic::now() - stopping_at).count());
    if (!did_end) ::_exit(3);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "porchlight-capture-probe: %s\n", error.what());
        return 1;
    }
}
