#include "worker/encode/hardware_encoder.h"

#include <algorithm>
#include <cmath>

#include "porchlight/error.h"
#include "porchlight/nal.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kInsideAtMost = 2;  ///< one being coded, one waiting: the hardware never idles
constexpr milliseconds kHangsAfter{1000};
constexpr milliseconds kFinishWithin{300};

}  // namespace

H264Content inspectH264(std::span<const std::uint8_t> bytes) noexcept {
    H264Content content;
    for (nal::Walk walk(bytes); !content.has_picture && walk.next();) {
        const nal::Kind kind = nal::kindOf(Codec::H264, walk.rest());
        content.has_sps = content.has_sps || kind == nal::Kind::Sps;
        content.is_idr = kind == nal::Kind::KeySlice;
        content.has_picture =
            nal::isSlice(kind);  // all slices of a picture are of one kind, and it comes last
    }
    return content;
}

HardwareEncoder::HardwareEncoder(std::unique_ptr<M2mPort> port, const EncoderWish& wish)
    : codec_(std::move(port), wish, V4L2_PIX_FMT_H264) {
    format_.video = Codec::H264;
    format_.width_px = wish.width_px & ~1;
    format_.height_px = wish.height_px & ~1;
    format_.rate_hz = wish.rate_hz;
}

void HardwareEncoder::encode(const Picture& picture, bool is_key_wanted, const Sink& sink) {
    const std::int64_t pts = has_begun_ ? std::max(picture.pts_us, last_in_us_ + 1) : picture.pts_us;
    last_in_us_ = pts;
    has_begun_ = true;
    codec_.feed(picture, pts, keys_.mustBeKey(pts, is_key_wanted), Deadline::in(kHangsAfter));
    inside_.push_back({pts, picture.arrived_at});
    while (collect(sink, Deadline::in(inside_.size() > kInsideAtMost ? kHangsAfter : milliseconds(0))))
        continue;
    if (inside_.size() > kInsideAtMost)
        throw Error(ErrorKind::Unavailable, codec_.name() + ": no coded picture for a second: it hangs");
}

/// One buffer of the encoder; false: none until the deadline.
bool HardwareEncoder::collect(const Sink& sink, Deadline deadline) {
    if (inside_.empty()) return false;
    CodedPicture coded;
    if (!codec_.take(coded, deadline)) return false;
    const H264Content content = inspectH264(coded.bytes);
    if (!content.has_picture) {
        if (content.has_sps) parameter_sets_ = std::move(coded.bytes);
        return true;
    }
    sink(packetOf(std::move(coded), content));
    return true;
}

Packet HardwareEncoder::packetOf(CodedPicture&& coded, const H264Content& content) {
    const auto place = std::find_if(inside_.begin(), inside_.end(),
                                    [&](const Inside& one) { return one.pts_us == coded.pts_us; });
    if (place == inside_.end())
        throw Error(ErrorKind::Unavailable, codec_.name() + ": a coded picture with a time that none had");
    if (has_output_ && coded.pts_us <= last_out_us_)
        throw Error(ErrorKind::Unavailable, codec_.name() + ": coded pictures out of order");
    std::vector<std::uint8_t> bytes = std::move(parameter_sets_);
    parameter_sets_.clear();
    if (bytes.empty() || content.has_sps)
        bytes = std::move(coded.bytes);
    else
        bytes.insert(bytes.end(), coded.bytes.begin(), coded.bytes.end());
    auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
    Packet packet;
    packet.data = *owner;
    packet.owner = std::move(owner);
    packet.pts_us = packet.dts_us = coded.pts_us;
    packet.duration_us = std::llround(1e6 / (format_.rate_hz > 0.5 ? format_.rate_hz : 15.0));
    packet.is_key = content.is_idr;
    packet.arrived_at = place->arrived_at;
    // Those before it were skipped by the encoder's rate control.
    inside_.erase(inside_.begin(), place + 1);
    last_out_us_ = coded.pts_us;
    has_output_ = true;
    return packet;
}

void HardwareEncoder::finish(const Sink& sink) noexcept {
    try {
        const Deadline deadline = Deadline::in(kFinishWithin);
        while (!inside_.empty() && collect(sink, deadline)) continue;
    } catch (const std::exception&) {
        // The stream is over anyway; the next one begins with a new instance.
    }
    inside_.clear();
}

}  // namespace porchlight::worker
