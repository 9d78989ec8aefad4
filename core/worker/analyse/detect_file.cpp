#include "worker/analyse/detect_file.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>

#include "worker/analyse/decoder.h"
#include "worker/analyse/media_file.h"
#include "worker/picture/luma_scaler.h"

namespace porchlight::worker {
namespace {

double threadCpuUs() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// One run over one file; stream time takes the place of both clocks.
class Run {
  public:
    Run(std::string clip, const DetectFileSettings& settings, Detector& detector, const FileEventSink& sink)
        : clip_(std::move(clip)),
          interval_us_(std::llround(1e6 / std::clamp(settings.detect_rate_hz, 0.1, 60.0))),
          detector_(detector),
          sink_(sink),
          engine_({settings.event_gap, settings.max_event, microseconds{0}, seconds{1}}, ids_) {}

    void see(const Picture& picture) {
        if (!first_us_) due_us_ = *(first_us_ = picture.pts_us);
        const std::int64_t time_us = picture.pts_us - *first_us_;
        result_.duration_s = std::max(result_.duration_s, static_cast<double>(time_us) / 1e6);
        ++result_.pictures;
        if (picture.pts_us < due_us_) return;
        // The same raster as live: the average rate is kept when pictures come at other times than it.
        due_us_ += interval_us_;
        if (due_us_ > picture.pts_us + interval_us_ || due_us_ <= picture.pts_us - interval_us_)
            due_us_ = picture.pts_us + interval_us_;
        const int divisor = LumaScaler::divisorFor(picture.width_px, detector_.preferredWidthPx());
        const LumaPicture luma = scaler_.scale(picture, divisor);
        const double before_us = threadCpuUs();
        const Detection detection = detector_.analyse(luma);
        detector_us_ += threadCpuUs() - before_us;
        ++result_.analysed;
        const microseconds since_start{time_us};
        tell(engine_.onDetection(WallTime(since_start), Monotonic::time_point(since_start), detection));
    }

    DetectFileResult finish(std::uint64_t bad_packets) {
        tell(engine_.close(event::CloseReason::Quiet));
        result_.bad_packets = bad_packets;
        if (result_.analysed > 0) result_.detector_us = detector_us_ / static_cast<double>(result_.analysed);
        return result_;
    }

  private:
    void tell(const std::vector<event::Action>& actions) const {
        const auto toSeconds = [](WallTime time) {
            return static_cast<double>(time.time_since_epoch().count()) / 1e6;
        };
        for (const event::Action& action : actions) {
            if (action.kind != event::ActionKind::Ended) continue;
            const event::Event& event = action.event;
            sink_({clip_, toSeconds(event.started_at), toSeconds(*event.ended_at), event.score, event.zone});
        }
    }

    const std::string clip_;
    const std::int64_t interval_us_;
    Detector& detector_;
    const FileEventSink& sink_;
    event::EventIds ids_{0};
    event::EventEngine engine_;
    LumaScaler scaler_;
    std::optional<std::int64_t> first_us_;
    std::int64_t due_us_ = 0;
    double detector_us_ = 0;
    DetectFileResult result_;
};

}  // namespace

DetectFileResult runDetectFile(const std::filesystem::path& file, const DetectFileSettings& settings,
                               Detector& detector, const FileEventSink& sink) {
    MediaFile media(file);
    Decoder decoder(media.format());
    decoder.setCheap(true);
    Run run(file.filename().string(), settings, detector, sink);
    const auto see = [&run](Picture&& picture) { run.see(picture); };
    Packet packet;
    while (media.read(packet)) decoder.decode(packet, see);
    decoder.drain(see);
    if (decoder.pictures() == 0)
        throw Error(ErrorKind::BadData, "read " + file.string() + ": not one picture could be decoded");
    return run.finish(decoder.badPackets());
}

}  // namespace porchlight::worker
