#include "source.h"

#include <ctime>

#include <algorithm>
#include <chrono>

namespace porchlight::libcamera_source {
namespace {

Turn turnOf(std::string_view name) {
    if (name == "180") return Turn::Rotate180;
    if (name == "mirror") return Turn::Mirror;
    if (name == "flip") return Turn::Flip;
    return Turn::None;
}

Wanted wantedOf(const Settings& settings) {
    Wanted wanted;
    wanted.format = settings.text("format");
    wanted.is_size_given = settings.integer("width") > 0;
    if (wanted.is_size_given) {
        wanted.width_px = static_cast<unsigned>(settings.integer("width"));
        wanted.height_px = static_cast<unsigned>(settings.integer("height"));
    }
    wanted.low_width_px = static_cast<unsigned>(settings.integer("low_width"));
    wanted.buffers = static_cast<unsigned>(settings.integer("buffers"));
    wanted.turn = turnOf(settings.text("orientation"));
    return wanted;
}

std::string sizeText(const libcamera::StreamConfiguration& stream) {
    return stream.size.toString() + ' ' + stream.pixelFormat.toString();
}

std::int64_t nowNs(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// Drivers stamp with the monotonic clock or with the one that runs on while the machine sleeps; the age
/// tells which.
Monotonic::time_point capturedAt(std::int64_t stamp_ns) {
    constexpr std::int64_t kOldest = 5'000'000'000;
    for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_BOOTTIME}) {
        const std::int64_t age_ns = nowNs(clock) - stamp_ns;
        if (stamp_ns > 0 && age_ns >= 0 && age_ns < kOldest)
            return Monotonic::now() - std::chrono::nanoseconds(age_ns);
    }
    return {};
}

std::int64_t stampOf(const libcamera::Request& request, const libcamera::FrameMetadata& frame) {
    auto& readable = const_cast<libcamera::Request&>(request);  // metadata() is const from 0.7 on only
    const auto stamp = readable.metadata().get(libcamera::controls::SensorTimestamp);
    return stamp ? *stamp : static_cast<std::int64_t>(frame.timestamp);
}

}  // namespace

SourceInfo LibcameraSource::open(const Settings& settings, Deadline deadline) {
    manager_.emplace();
    const auto camera =
        manager_->find(std::string(settings.text("camera")), std::string(settings.text("model")));
    const std::string model = modelOf(*camera);
    const Wanted wanted = wantedOf(settings);
    session_.emplace(camera, wanted, completions_);
    ControlWishes wishes(*camera);
    wishes.take(settings);
    const double rate_hz = settings.number("fps");
    const bool is_paced = wishes.setRate(rate_hz);
    thinned_rate_hz_ = is_paced ? 0 : rate_hz;
    session_->start(wishes.list());
    if (deadline.isPast())
        throw Error(ErrorKind::Unavailable, "open camera '" + camera->id() + "': not within its deadline");
    const libcamera::StreamConfiguration& main = session_->main();
    format_.video = isCompressed(main.pixelFormat) ? Codec::Mjpeg : Codec::None;
    format_.width_px = static_cast<int>(main.size.width);
    format_.height_px = static_cast<int>(main.size.height);
    format_.rate_hz = is_paced ? rate_hz : 0;
    SourceInfo info;
    info.format = format_;
    info.description = describe(model.empty() ? camera->id() : model);
    return info;
}

std::string LibcameraSource::describe(const std::string& model) const {
    std::string text = "libcamera " + Manager::version() + " (built with " + Manager::builtWith() + ") " +
                       model + ' ' + sizeText(session_->main());
    if (const auto* low = session_->low()) text += " + " + sizeText(*low);
    return text;
}

ReadStatus LibcameraSource::read(Sample& sample, Deadline deadline) {
    for (;;) {
        libcamera::Request* const request = completions_.next(deadline);
        if (request == nullptr) {
            if (completions_.isDisconnected())
                throw Error(ErrorKind::Unavailable, "the camera was unplugged");
            return ReadStatus::Timeout;
        }
        // Nobody but the library cancels while we read: its receiver timed out, or the camera is going away.
        if (request->status() == libcamera::Request::RequestCancelled)
            throw Error(ErrorKind::Unavailable,
                        completions_.isDisconnected()
                            ? "the camera was unplugged"
                            : "libcamera cancelled the capture: the camera stopped delivering");
        const bool is_taken = take(*request, sample);
        session_->giveBack(request);
        if (is_taken) return ReadStatus::Sample;
        if (deadline.isPast() || completions_.isInterrupted()) return ReadStatus::Timeout;
    }
}

bool LibcameraSource::take(const libcamera::Request& request, Sample& sample) {
    const libcamera::StreamConfiguration& stream = session_->main();
    const libcamera::FrameBuffer* const buffer = request.findBuffer(stream.stream());
    if (buffer == nullptr) return false;
    const libcamera::FrameMetadata& frame = buffer->metadata();
    if (!isInOrder(frame.sequence)) return false;
    if (frame.status != libcamera::FrameMetadata::FrameSuccess) {
        ++lost_;
        return false;
    }
    const std::int64_t stamp_ns = stampOf(request, frame);
    const auto now = Monotonic::now();
    std::int64_t pts_us = stamp_ns > 0
                              ? stamp_ns / 1000
                              : std::chrono::duration_cast<microseconds>(now.time_since_epoch()).count();
    if (isTooEarly(pts_us)) return false;
    pts_us = last_pts_us_ =
        std::max(pts_us, last_pts_us_ + 1);  // drivers repeat the stamp of a damaged frame
    const MappedBuffer& mapped = session_->mapped(buffer);
    mapped.beginRead();
    std::optional<Packet> packet;
    std::optional<Picture> picture;
    if (format_.video == Codec::Mjpeg) {
        std::size_t used = 0;
        for (const auto& plane : frame.planes()) used += plane.bytesused;
        packet = copyJpeg(mapped.planes()[0].first(std::min(used, mapped.planes()[0].size())), *pool_);
    } else {
        picture = copyPicture(stream, mapped.planes(), *pool_);
    }
    mapped.endRead();
    if (packet) {
        packet->pts_us = packet->dts_us = pts_us;
        packet->arrived_at = now;
        packet->captured_at = capturedAt(stamp_ns);
        sample = std::move(*packet);
    } else if (picture) {
        picture->pts_us = pts_us;
        picture->arrived_at = now;
        picture->captured_at = capturedAt(stamp_ns);
        picture->low = takeLow(request, *picture);
        sample = std::move(*picture);
    } else {
        ++lost_;
        return false;
    }
    return true;
}

std::shared_ptr<const Picture> LibcameraSource::takeLow(const libcamera::Request& request,
                                                        const Picture& main) {
    const libcamera::StreamConfiguration* const stream = session_->low();
    const libcamera::FrameBuffer* const buffer = stream ? request.findBuffer(stream->stream()) : nullptr;
    if (buffer == nullptr || buffer->metadata().status != libcamera::FrameMetadata::FrameSuccess)
        return nullptr;
    const MappedBuffer& mapped = session_->mapped(buffer);
    mapped.beginRead();
    auto low = copyLuma(*stream, mapped.planes(), *pool_);
    mapped.endRead();
    if (!low) return nullptr;
    low->pts_us = main.pts_us;
    low->arrived_at = main.arrived_at;
    low->captured_at = main.captured_at;
    return std::make_shared<const Picture>(std::move(*low));
}

/// A quarter of a frame early is on time, and pictures that come late are made up for: cameras jitter, and
/// one whose rate is the wanted one must lose none by that.
bool LibcameraSource::isTooEarly(std::int64_t pts_us) noexcept {
    if (thinned_rate_hz_ <= 0) return false;
    const auto interval_us = static_cast<std::int64_t>(1e6 / thinned_rate_hz_);
    if (pts_us < due_us_ - interval_us / 4 && pts_us > due_us_ - 4 * interval_us) return true;
    due_us_ = std::max(due_us_ + interval_us, pts_us - 2 * interval_us);
    return false;
}

/// Counts what is missing before it. False for a picture from before the last one: it has been counted as
/// missing.
bool LibcameraSource::isInOrder(unsigned sequence) noexcept {
    constexpr unsigned kJump = 10'000;  // no hole: the driver counts anew
    constexpr unsigned kLate = 64;      // more than there are requests: the driver counts anew
    const unsigned before = last_sequence_.value_or(sequence - 1);
    if (sequence < before && before - sequence < kLate) return false;
    if (sequence > before + 1 && sequence - before < kJump) lost_ += sequence - before - 1;
    last_sequence_ = sequence;
    return true;
}

}  // namespace porchlight::libcamera_source
