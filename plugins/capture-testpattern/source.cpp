#include "source.h"

#include <string>
#include <utility>

namespace porchlight::testpattern {
namespace {

constexpr std::size_t kKept = 4;  ///< buffers kept for the next pictures

Light lightOf(std::string_view name) {
    if (name == "day") return Light::Day;
    if (name == "night") return Light::Night;
    if (name == "switching") return Light::Switching;
    throw Error(ErrorKind::Misconfigured,
                "setting light: '" + std::string(name) + "' is none of day, night, switching");
}

SceneOptions sceneOptions(const Settings& settings) {
    SceneOptions options;
    options.width_px = static_cast<int>(settings.integer("width"));
    options.height_px = static_cast<int>(settings.integer("height"));
    options.seed = static_cast<std::uint64_t>(settings.integer("seed"));
    options.figure_every_us = settings.duration("figure_every").count();
    options.figure_for_us = settings.duration("figure_for").count();
    options.noise = static_cast<int>(settings.integer("noise"));
    options.light = lightOf(settings.text("light"));
    options.light_period_us = settings.duration("light_period").count();
    if (options.width_px < 64 || options.height_px < 64 || options.width_px > 4096 ||
        options.height_px > 4096 || options.width_px % 2 != 0 || options.height_px % 2 != 0)
        throw Error(ErrorKind::Misconfigured, "settings width, height: " + std::to_string(options.width_px) +
                                                  "x" + std::to_string(options.height_px) +
                                                  " must be even numbers from 64 to 4096");
    return options;
}

}  // namespace

BufferPool::BufferPool(std::size_t size_bytes) : size_bytes_(size_bytes) {
    free_.reserve(kKept);
}

std::shared_ptr<std::uint8_t> BufferPool::take() {
    Buffer buffer;
    {
        const LockGuard lock(mutex_);
        if (!free_.empty()) {
            buffer = std::move(free_.back());
            free_.pop_back();
        }
    }
    if (!buffer) buffer.reset(new std::uint8_t[size_bytes_]);
    return {buffer.release(), [pool = shared_from_this()](std::uint8_t* bytes) {
                Buffer returned(bytes);
                const LockGuard lock(pool->mutex_);
                if (pool->free_.size() < kKept) pool->free_.push_back(std::move(returned));
            }};
}

SourceInfo TestPatternSource::open(const Settings& settings, Deadline) {
    const SceneOptions options = sceneOptions(settings);
    format_.width_px = options.width_px;
    format_.height_px = options.height_px;
    format_.rate_hz = settings.number("fps");
    if (!(format_.rate_hz > 0 && format_.rate_hz <= 120))
        throw Error(ErrorKind::Misconfigured, "setting fps: must be above 0 and at most 120");
    const auto luma_bytes =
        static_cast<std::size_t>(options.width_px) * static_cast<std::size_t>(options.height_px);
    pool_ = std::make_shared<BufferPool>(luma_bytes * 3 / 2);
    scene_.emplace(options);
    start_ = Monotonic::now();
    const std::string size = std::to_string(options.width_px) + "x" + std::to_string(options.height_px);
    return {format_, "test scene " + size, true};
}

Monotonic::time_point TestPatternSource::dueAt(std::uint64_t frame_number) const noexcept {
    const std::chrono::duration<double> since_start(static_cast<double>(frame_number) / format_.rate_hz);
    return start_ + std::chrono::duration_cast<Monotonic::duration>(since_start);
}

Picture TestPatternSource::render(std::uint64_t frame_number) {
    const auto luma_bytes =
        static_cast<std::size_t>(format_.width_px) * static_cast<std::size_t>(format_.height_px);
    std::shared_ptr<std::uint8_t> buffer = pool_->take();
    std::uint8_t* const luma = buffer.get();
    const Target target{luma, luma + luma_bytes, luma + luma_bytes * 5 / 4};
    Picture picture;
    picture.pts_us = std::chrono::round<microseconds>(dueAt(frame_number) - start_).count();
    const auto wall = std::chrono::floor<microseconds>(std::chrono::system_clock::now());
    scene_->render(frame_number, picture.pts_us, wall, target);
    picture.width_px = format_.width_px;
    picture.height_px = format_.height_px;
    picture.planes = {target.luma, target.u, target.v};
    picture.strides_bytes = {format_.width_px, format_.width_px / 2, format_.width_px / 2};
    picture.owner = std::move(buffer);
    picture.arrived_at = Monotonic::now();
    return picture;
}

ReadStatus TestPatternSource::read(Sample& sample, Deadline deadline) {
    if (!interrupt_.sleepUntil(dueAt(next_frame_), deadline)) return ReadStatus::Timeout;
    const std::chrono::duration<double> running = Monotonic::now() - start_;
    next_frame_ = std::max(next_frame_, static_cast<std::uint64_t>(running.count() * format_.rate_hz));
    sample = render(next_frame_);
    ++next_frame_;
    return ReadStatus::Sample;
}

}  // namespace porchlight::testpattern
