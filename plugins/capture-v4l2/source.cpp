#include "source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

#include "controls.h"
#include "h264.h"
#include "porchlight/jpeg.h"

namespace porchlight::v4l2 {
namespace {

constexpr std::uint32_t kBuffers = 4;
constexpr int kMaxFailures = 5;  ///< of DQBUF in a row, then the stream is set up again
constexpr int kFailurePauseMs = 20;
constexpr std::uint64_t kMaxLostAtStart = 3;

std::optional<Encoding> encodingOf(std::string_view name) {
    for (const Encoding encoding :
         {Encoding::Mjpeg, Encoding::H264, Encoding::Yuyv, Encoding::Nv12, Encoding::Yuv420, Encoding::Grey})
        if (name == nameOf(encoding)) return encoding;
    return std::nullopt;
}

/// Drivers whose buffers are ordinary, cached memory: reading a picture twice costs nothing extra.
bool hasCachedMemory(const std::string& driver) {
    return driver == "uvcvideo" || driver == "vivid" || driver == "em28xx" || driver == "v4l2 loopback";
}

/// Copies a picture's planes one behind the other.
void copyPlanes(Picture& picture, const Layout& layout) {
    std::size_t total = 0;
    for (const auto& plane : layout.planes) total += plane.size_bytes;
    const std::shared_ptr<std::uint8_t[]> copy(new std::uint8_t[total]);
    std::uint8_t* to = copy.get();
    for (std::size_t i = 0; i < layout.planes.size(); ++i) {
        std::memcpy(to, picture.planes[i], layout.planes[i].size_bytes);
        picture.planes[i] = to;
        to += layout.planes[i].size_bytes;
    }
    picture.owner = copy;
}

}  // namespace

V4l2Source::~V4l2Source() {
    if (queue_) queue_->stop();  // before the descriptor is closed; lent pictures keep the mappings
}

SourceInfo V4l2Source::open(const Settings& settings, Deadline) {
    const std::string path(settings.text("device"));
    device_ = Device(path);
    if (!device_.canCapture())
        throw Error(ErrorKind::Misconfigured,
                    "open " + path + " (" + device_.card() + "): this node does not capture video" +
                        (camerasHere().empty() ? "" : "; cameras here: " + camerasHere()));
    if (const auto input = settings.integer("input"); input >= 0)
        selectInput(device_, static_cast<int>(input));
    checkInput(device_);
    agree(settings);
    applyControls(device_, settings);
    if (wake_.isNotified()) throw Error(ErrorKind::Unavailable, "open " + path + ": interrupted");
    startStreaming();
    return {format_, description_, true};
}

void V4l2Source::agree(const Settings& settings) {
    Wish wish;
    wish.encoding = encodingOf(settings.text("format"));
    wish.width_px = static_cast<int>(settings.integer("width"));
    wish.height_px = static_cast<int>(settings.integer("height"));
    wish.rate_hz = settings.number("fps");
    if ((wish.width_px > 0) != (wish.height_px > 0))
        throw Error(ErrorKind::Misconfigured, "settings width and height: give both or none");
    const auto offers = offersOf(device_);
    const auto choice = choose(offers, wish);
    if (!choice)
        throw Error(wish.encoding ? ErrorKind::Misconfigured : ErrorKind::NotSupported,
                    device_.path() + " (" + device_.card() + ") has no " +
                        (wish.encoding ? nameOf(*wish.encoding) : "format that can be used here") +
                        "; offers: " + describe(offers));
    const auto judgeSize = [&](int width_px, int height_px) {
        const std::string why = whyNotAsWished(wish, width_px, height_px);
        if (!why.empty())
            throw Error(ErrorKind::Misconfigured, "settings width and height: " + device_.path() + " (" +
                                                      device_.card() + ") has " + why +
                                                      "; offers: " + describe(offers));
    };
    judgeSize(choice->width_px, choice->height_px);
    agreed_ = agreeFormat(device_, choice->fourcc->code, choice->width_px, choice->height_px);
    judgeSize(agreed_.width_px, agreed_.height_px);
    fourcc_ = findFourCc(agreed_.fourcc);
    if (!fourcc_ || fourcc_->encoding != choice->fourcc->encoding)
        throw Error(ErrorKind::NotSupported,
                    device_.path() + ": the driver made " + fourCcText(agreed_.fourcc) + " of " +
                        fourCcText(choice->fourcc->code) + "; offers: " + describe(offers));
    format_.width_px = agreed_.width_px;
    format_.height_px = agreed_.height_px;
    format_.rate_hz = agreeRate(device_, choice->rate);
    if (fourcc_->encoding == Encoding::Mjpeg) format_.video = Codec::Mjpeg;
    if (fourcc_->encoding == Encoding::H264) format_.video = Codec::H264;
    if (format_.video == Codec::None)
        layout_ = layoutOf(*fourcc_, agreed_.width_px, agreed_.height_px, agreed_.strides_bytes);
    description_ = device_.card() + " " + nameOf(fourcc_->encoding) + " " + std::to_string(agreed_.width_px) +
                   "x" + std::to_string(agreed_.height_px);
    if (format_.rate_hz > 0) description_ += " at " + std::to_string(std::lround(format_.rate_hz)) + " fps";
    description_ += "; offers: " + describe(offers, 4);
}

void V4l2Source::startStreaming() {
    is_memory_cached_ = hasCachedMemory(device_.driver());
    v4l2_event_subscription subscription{};
    subscription.type = V4L2_EVENT_SOURCE_CHANGE;
    device_.tryCall(VIDIOC_SUBSCRIBE_EVENT, &subscription);  // most cameras have no such event
    queue_ = std::make_shared<BufferQueue>(device_, kBuffers);
    queue_->start();
}

/// What the device has: 0 at the deadline or when interrupted.
short V4l2Source::waitForFrame(Deadline deadline) const {
    pollfd polls[2] = {{wake_.fd(), POLLIN, 0}, {device_.fd(), POLLIN | POLLPRI, 0}};
    for (;;) {
        const int seen = ::poll(polls, 2, static_cast<int>(deadline.remaining().count()));
        if (seen < 0 && errno != EINTR) throw device_.failure("wait for a picture", errno);
        if (seen < 0) continue;
        return polls[0].revents != 0 ? short{0} : polls[1].revents;
    }
}

void V4l2Source::checkEvents() const {
    v4l2_event event{};
    while (device_.tryCall(VIDIOC_DQEVENT, &event) == 0)
        if (event.type == V4L2_EVENT_SOURCE_CHANGE)
            throw Error(ErrorKind::Unavailable, device_.path() + ": the signal changed");
}

/// One try to take a buffer. Throws Error(Unavailable) when the stream is over.
bool V4l2Source::takeFilled(Filled& filled, bool is_failing) {
    const int failed = queue_->dequeue(filled);
    if (failed == 0) {
        failures_in_a_row_ = 0;
        return true;
    }
    if (failed == EAGAIN && !is_failing) return false;
    if (failed == ENODEV || failed == ENXIO) throw device_.failure("read a picture", failed);
    // POLLERR without an errno: not streaming, or the device is going away. Neither may become a busy loop.
    if (++failures_in_a_row_ >= kMaxFailures)
        throw device_.failure("read a picture", failed == EAGAIN ? EIO : failed);
    pollfd pause{wake_.fd(), POLLIN, 0};
    ::poll(&pause, 1, kFailurePauseMs);
    return false;
}

ReadStatus V4l2Source::read(Sample& sample, Deadline deadline) {
    do {
        const short events = waitForFrame(deadline);
        if (events == 0) return ReadStatus::Timeout;
        if ((events & POLLPRI) != 0) checkEvents();
        Filled filled;
        if ((events & (POLLIN | POLLERR | POLLHUP)) == 0 ||
            !takeFilled(filled, (events & (POLLERR | POLLHUP)) != 0))
            continue;
        arrived_at_ = Monotonic::now();
        bool is_lent = false;
        bool is_filled = false;
        try {
            is_filled = fill(sample, filled, is_lent);
        } catch (...) {
            queue_->requeue(filled.index);
            // Cameras begin in the middle of a frame: the first few are no fault yet.
            if (has_sample_ || ++lost_at_start_ > kMaxLostAtStart) throw;
            continue;
        }
        if (!is_lent) queue_->requeue(filled.index);
        has_sample_ = has_sample_ || is_filled;
        if (is_filled) return ReadStatus::Sample;
    } while (!deadline.isPast());
    return ReadStatus::Timeout;
}

/// False: nothing for the reader in it. Throws Error(BadData).
bool V4l2Source::fill(Sample& sample, const Filled& filled, bool& is_lent) {
    clock_.count(filled.sequence);
    if ((filled.flags & V4L2_BUF_FLAG_ERROR) != 0)
        throw Error(ErrorKind::BadData, device_.path() + ": the driver says that this picture is damaged");
    if (filled.memory.empty() || filled.memory[0].empty())
        throw Error(ErrorKind::BadData, device_.path() + ": an empty picture");
    std::optional<microseconds> told;
    if ((filled.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
        told = seconds(filled.timestamp.tv_sec) + microseconds(filled.timestamp.tv_usec);
    const FrameClock::Stamp stamp = clock_.stamp(told, arrived_at_);
    if (format_.video == Codec::Mjpeg) return fillJpeg(sample, filled, stamp);
    if (format_.video == Codec::H264) return fillH264(sample, filled, stamp);
    fillPicture(sample, filled, stamp, is_lent);
    return true;
}

Packet V4l2Source::packetOf(std::vector<std::uint8_t>&& bytes, const FrameClock::Stamp& stamp,
                            bool is_key) const {
    auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
    Packet packet;
    packet.data = *owner;
    packet.owner = std::move(owner);
    packet.pts_us = packet.dts_us = stamp.pts_us;
    packet.duration_us = std::llround(1e6 / (format_.rate_hz > 0 ? format_.rate_hz : 30.0));
    packet.is_key = is_key;
    packet.arrived_at = arrived_at_;
    packet.captured_at = stamp.captured_at;
    return packet;
}

bool V4l2Source::fillJpeg(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp) {
    const JpegVerdict verdict = judgeJpeg(filled.memory[0], format_.width_px, format_.height_px);
    if (verdict.fault)
        throw Error(ErrorKind::BadData, device_.path() + ": a JPEG of " +
                                            std::to_string(filled.memory[0].size()) + " bytes " +
                                            verdict.fault);
    sample = packetOf(completedJpeg(filled.memory[0], verdict), stamp, true);
    return true;
}

bool V4l2Source::fillH264(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp) {
    const auto bytes = filled.memory[0];
    const H264Unit unit = inspectH264(bytes);
    if (!unit.has_picture && !unit.has_parameters)
        throw Error(ErrorKind::BadData, device_.path() + ": no H.264 in a buffer");
    if (!unit.has_picture) return false;
    if (!has_key_ && !unit.is_key) return false;
    has_key_ = true;
    sample = packetOf({bytes.begin(), bytes.end()}, stamp, unit.is_key);
    return true;
}

void V4l2Source::fillPicture(Sample& sample, const Filled& filled, const FrameClock::Stamp& stamp,
                             bool& is_lent) {
    Picture picture;
    for (std::size_t i = 0; i < filled.memory.size(); ++i) {
        const std::size_t needed = layout_.neededBytes(static_cast<int>(i));
        if (filled.memory[i].size() < needed)
            throw Error(ErrorKind::BadData, device_.path() + ": a picture was cut off, " +
                                                std::to_string(filled.memory[i].size()) + " of " +
                                                std::to_string(needed) + " bytes");
    }
    for (std::size_t i = 0; i < layout_.planes.size(); ++i) {
        const auto& plane = layout_.planes[i];
        if (static_cast<std::size_t>(plane.memory) >= filled.memory.size())
            throw Error(ErrorKind::BadData, device_.path() + ": a picture without its colours");
        picture.planes[i] = filled.memory[static_cast<std::size_t>(plane.memory)].data() + plane.offset;
        picture.strides_bytes[i] = plane.stride_bytes;
    }
    picture.format = layout_.pixels;
    picture.width_px = layout_.width_px;
    picture.height_px = layout_.height_px;
    picture.pts_us = stamp.pts_us;
    picture.arrived_at = arrived_at_;
    picture.captured_at = stamp.captured_at;
    if (is_memory_cached_) picture.owner = queue_->lend(filled.index);
    is_lent = picture.owner != nullptr;
    if (!is_lent) copyPlanes(picture, layout_);
    sample = std::move(picture);
}

}  // namespace porchlight::v4l2
