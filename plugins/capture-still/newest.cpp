#include "newest.h"

#include <algorithm>
#include <string>

#include "porchlight/error.h"
#include "porchlight/jpeg.h"

namespace porchlight::still {
namespace {

constexpr int kMaxPixels = 3840 * 2160;

}  // namespace

void Newest::take(const Answer& answer) {
    if (answer.news == Answer::News::Picture)
        takePicture(answer.bytes);
    else
        is_vouched_ = answer.news == Answer::News::NoneItSays;
}

void Newest::takePicture(std::span<const std::uint8_t> bytes) {
    const JpegVerdict verdict = judgeJpeg(bytes, 0, 0);
    if (verdict.fault != nullptr)
        throw Error(ErrorKind::BadData, std::string("the picture ") + verdict.fault);
    if (verdict.width_px > kMaxPixels / verdict.height_px)
        throw Error(ErrorKind::Misconfigured,
                    "the picture is too large: " + std::to_string(verdict.width_px) + "x" +
                        std::to_string(verdict.height_px) + ", no more than 3840x2160 is taken");
    auto next = std::make_shared<const std::vector<std::uint8_t>>(completedJpeg(bytes, verdict));
    is_vouched_ = !picture_ || *next != *picture_;
    is_told_ = false;
    picture_ = std::move(next);
    width_px_ = verdict.width_px;
    height_px_ = verdict.height_px;
}

StreamFormat Newest::format(microseconds pace) const {
    StreamFormat format;
    format.video = Codec::Mjpeg;
    format.width_px = width_px_;
    format.height_px = height_px_;
    format.rate_hz = 1e6 / static_cast<double>(pace.count());
    return format;
}

Packet Newest::packet(microseconds pace) {
    const auto now = Monotonic::now();
    Packet packet;
    packet.data = *picture_;
    packet.owner = picture_;
    last_us_ = std::max(last_us_ + 1, std::chrono::floor<microseconds>(now - start_).count());
    packet.pts_us = packet.dts_us = last_us_;
    packet.duration_us = pace.count();
    packet.is_key = true;
    packet.is_unchanged = is_told_ && is_vouched_;
    packet.arrived_at = now;
    is_told_ = true;
    return packet;
}

}  // namespace porchlight::still
